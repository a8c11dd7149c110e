//! The node around the recordings.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sinew_messages::std_srvs::srv::{Trigger, TriggerResponse};
use sinew_node::bus::{Bus, Server};
use sinew_node::node::{Node, Setup, Shown, ShownLoop};
use sinew_node::report::Diagnostics;
use sinew_node::sync::lock;
use sinew_recording::{Identity, WriterOptions};

use crate::disk::{DiskOptions, Subject};
use crate::monitor::Monitor;
use crate::own_identity;
use crate::params::RecorderParams;
use crate::queue::{Event, Queue};
use crate::session::Session;
use crate::topics::Topics;
use crate::watched_events::WatchedEvents;

/// How often it is looked for a new control loop.
const WATCH: Duration = Duration::from_millis(20);
/// How long a control loop is waited for before topics are recorded without one.
const FOR_A_LOOP: Duration = Duration::from_secs(3);

/// The node.
#[derive(Debug)]
pub struct Recorder {
    params: RecorderParams,
    bus: Arc<dyn Bus>,
    shown: Shown,
    options: DiskOptions,
    monitor: Arc<Monitor>,
    diagnostics: Diagnostics,
    session: Option<Session>,
    topics: Topics,
    /// Where a mark goes.
    marked: Arc<Mutex<Option<Arc<Queue>>>>,
    _mark: Server,
}

impl Node for Recorder {
    const NAME: &'static str = "recorder";
    const DESCRIPTION: &'static str = "records every tick of the control loop, and topics, in MCAP files";
    type Params = RecorderParams;

    fn configure(setup: &Setup<RecorderParams>) -> anyhow::Result<Self> {
        let params = setup.params.get().as_ref().clone();
        let folder = setup.path(&params.folder);
        let identity = identity(&params, params.identity.as_ref().map(|path| setup.path(path)))?;
        let marked: Arc<Mutex<Option<Arc<Queue>>>> = Arc::default();
        let to = marked.clone();
        let mark = setup.answer::<Trigger>("~/mark", move |_| {
            let queue = lock(&to).clone();
            let success = queue.is_some();
            if let Some(queue) = queue {
                queue.push_event(Event::new("marked by ~/mark"));
            }
            let message = if success {
                "what the black box has is written"
            } else {
                "nothing is recorded yet"
            };
            TriggerResponse {
                success,
                message: message.to_owned(),
            }
        })?;
        const MB: u64 = 1_000_000;
        let options = DiskOptions {
            continuous: params.continuous,
            black_box_secs: params.black_box_secs,
            black_box_bytes: params.black_box_mb as usize * MB as usize,
            after_event_secs: params.after_event_secs,
            writer: WriterOptions {
                roll_bytes: Some(u64::from(params.roll_mb) * MB),
                roll_secs: Some(params.roll_secs),
                quota_bytes: Some(u64::from(params.quota_mb) * MB),
                // A chunk is what a reader holds, and smaller than any file.
                chunk_bytes: MB,
                identity,
                ..WriterOptions::default()
            },
            folder,
        };
        Ok(Self {
            monitor: Arc::new(Monitor::new(&setup.registry, &options.folder.display().to_string())),
            diagnostics: Diagnostics::new(setup)?,
            bus: setup.bus.clone(),
            shown: setup.host.shown.clone(),
            topics: Topics::new(&params.topics, &*setup.bus),
            params,
            options,
            session: None,
            marked,
            _mark: mark,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let mut recorded: Option<Arc<ShownLoop>> = None;
        let mut events = WatchedEvents::new(&self.params.events, &self.shown);
        let mut watch = tokio::time::interval(WATCH);
        self.diagnostics.begin();
        loop {
            watch.tick().await;
            let newest = self.shown.loops().into_iter().next_back();
            let is_new = match (&newest, &recorded) {
                (Some(newest), Some(recorded)) => !Arc::ptr_eq(newest, recorded),
                (Some(_), None) => true,
                (None, _) => self.session.is_none() && began.elapsed() > FOR_A_LOOP,
            };
            if is_new {
                recorded = newest;
                self.begin(recorded.clone())?;
            }
            for event in events.news() {
                if let Some(session) = &self.session {
                    session.queue.push_event(event);
                }
            }
            self.topics.look(&*self.bus, self.session.as_mut(), &self.monitor)?;
            if self.session.as_ref().is_some_and(Session::has_died) {
                bail!("a thread of the recorder has ended");
            }
            if self.diagnostics.is_due() {
                self.monitor
                    .judge(self.session.as_ref().map_or(0, |session| session.queue.bytes()));
                self.diagnostics.publish()?;
            }
        }
    }

    fn deactivate(&mut self) {
        *lock(&self.marked) = None;
        self.session = None;
    }

    fn outcome(&self) -> anyhow::Result<()> {
        self.monitor.outcome().map_err(anyhow::Error::msg)
    }
}

impl Recorder {
    /// Ends the recording of before, and begins one of this loop.
    fn begin(&mut self, shown: Option<Arc<ShownLoop>>) -> anyhow::Result<()> {
        *lock(&self.marked) = None;
        self.session = None;
        self.topics = Topics::new(&self.params.topics, &*self.bus);
        let subject = Subject {
            shown,
            topics: self.topics.names(),
        };
        let queue = Queue::new(self.params.queue_mb as usize * 1_000_000);
        let session = Session::begin(subject, self.options.clone(), queue, &self.monitor);
        let session = session.context("no thread for the recorder")?;
        *lock(&self.marked) = Some(session.queue.clone());
        self.session = Some(session);
        Ok(())
    }
}

/// Who signs, where somebody does.
fn identity(params: &RecorderParams, folder: Option<PathBuf>) -> anyhow::Result<Option<Identity>> {
    let identity = match folder {
        Some(folder) => Some(Identity::load(&folder).context("`identity`")?),
        None => own_identity()?,
    };
    if identity.is_none() {
        if params.must_sign {
            bail!("`must_sign`: expected an identity, found none: `sinew identity new` makes one");
        }
        tracing::warn!(
            "recordings are not signed, and prove nothing: `sinew identity new` makes an identity that signs them"
        );
    }
    Ok(identity)
}
