//! The node around [`Uploads`]: a thread of its own, and what it reports.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, bail};
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_node::node::{Live, Node, Setup};
use sinew_node::report::{Counter, Diagnostics, Gauge, Part, Text, Unit};
use sinew_node::sync::lock;
use sinew_node::worker::{Builder, Ending, Worker};
use sinew_storage::Bandwidth;

use crate::filter::Filter;
use crate::params::UploaderParams;
use crate::progress::Progress;
use crate::uploads::{Step, UploadSettings, Uploads};

const WATCH_PERIOD: Duration = Duration::from_millis(100);
/// How long the end of the node waits for a part that is on its way: the journal knows all before it.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(5);

/// The node.
#[derive(Debug)]
pub struct UploaderNode {
    params: Live<UploaderParams>,
    uploads: Option<Uploads>,
    worker: Option<Worker<Uploads>>,
    bandwidth: Arc<Bandwidth>,
    counts: Arc<Counts>,
    diagnostics: Diagnostics,
}

/// What is reported.
#[derive(Debug)]
struct Counts {
    part: Part,
    uploaded: Counter,
    sent_bytes: Counter,
    failures: Counter,
    left_out: Counter,
    blurred: Counter,
    pending: Gauge,
    pending_bytes: Gauge,
    unfinished: Gauge,
    kept: Gauge,
    lost: Counter,
    last_error: Text,
    last_uploaded: Text,
    /// Why the last recording failed, until one succeeds.
    failing: Mutex<Option<String>>,
}

impl Node for UploaderNode {
    const NAME: &'static str = "uploader";
    const DESCRIPTION: &'static str = "sends finished recordings to a folder or an object store";
    type Params = UploaderParams;

    fn configure(setup: &Setup<UploaderParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        let location = params.with_files(|path| setup.path(path)).location();
        let location = location.map_err(anyhow::Error::msg)?;
        let filter = Filter::new(&params.filter, |path| setup.path(path))?;
        let settings = UploadSettings {
            robot: params.robot_name()?,
            rules: params.rules.clone(),
            sample_share: params.sample_share,
            settle: Duration::from_secs_f64(params.settle_secs),
            delete_after_upload: params.delete_after_upload,
            location,
        };
        let bandwidth = Arc::new(Bandwidth::new(Some(params.bandwidth)));
        let place = settings.location.name();
        let folder: PathBuf = setup.path(&params.folder);
        tracing::info!(folder = %folder.display(), destination = place, "recordings go to {place}");
        Ok(Self {
            params: setup.params.clone(),
            uploads: Some(Uploads::open(&folder, settings, filter, bandwidth.clone())?),
            worker: None,
            bandwidth,
            counts: Arc::new(Counts::new(setup.registry.part("uploads", &place))),
            diagnostics: Diagnostics::new(setup)?,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let uploads = self.uploads.take().context("the uploading thread has ended before")?;
        self.worker = Some(self.start(uploads)?);
        let mut watch = tokio::time::interval(WATCH_PERIOD);
        self.diagnostics.begin();
        loop {
            watch.tick().await;
            self.bandwidth.limit(Some(self.params.get().bandwidth));
            let has_ended = self.worker.as_ref().is_none_or(Worker::has_ended);
            if has_ended || self.diagnostics.is_due() {
                self.counts.judge();
                self.diagnostics.publish()?;
            }
            if has_ended {
                bail!("the uploading thread has ended");
            }
        }
    }

    fn deactivate(&mut self) {
        let Some(worker) = self.worker.take() else { return };
        // Where a part is on its way for longer, the thread is left to end by itself.
        self.uploads = worker.give_back_within(PATIENCE);
    }
}

impl UploaderNode {
    fn start(&self, uploads: Uploads) -> std::io::Result<Worker<Uploads>> {
        let (counts, params) = (self.counts.clone(), self.params.clone());
        // `deactivate` has waited for it before.
        let builder = Builder::new("uploader").left_after(LOOK);
        builder.start(uploads, move |uploads, ending| {
            let progress = Watched {
                ending,
                counts: &counts,
            };
            while !ending.is_asked() {
                let rests = work(uploads, &progress, &counts);
                if rests && ending.wait(Duration::from_secs_f64(params.get().scan_secs)) {
                    return;
                }
            }
        })
    }
}

/// One step; whether there is nothing more to do for now.
fn work(uploads: &mut Uploads, progress: &Watched<'_>, counts: &Counts) -> bool {
    let step = uploads.step(progress);
    counts.stand(uploads);
    match step {
        Ok(Step::Uploaded(manifest)) => {
            counts.uploaded.add(1);
            counts.last_uploaded.set(manifest.recording.clone());
            for topic in manifest.left_out.iter().flat_map(|report| report.topics.values()) {
                counts.left_out.add(topic.messages.saturating_sub(topic.sent));
                counts.blurred.add(topic.blurred);
            }
            *lock(&counts.failing) = None;
            false
        }
        Ok(Step::Failed { recording, error }) => {
            counts.fail(format!("{recording}: {error}"));
            false
        }
        Ok(Step::Before) => false,
        Ok(Step::Rest | Step::Ended) => true,
        Err(error) => {
            counts.fail(error.to_string());
            true
        }
    }
}

impl Counts {
    fn new(part: Part) -> Self {
        Self {
            uploaded: part.counter(
                "uploaded",
                Unit::None,
                "Recordings that are there, with their manifests.",
            ),
            sent_bytes: part.counter("sent_bytes", Unit::None, "Bytes of recordings that were sent."),
            failures: part.counter("failures", Unit::None, "Attempts that failed; they are made again."),
            left_out: part.counter("left_out", Unit::None, "Messages that the filter did not let go."),
            blurred: part.counter(
                "blurred",
                Unit::None,
                "Images in which something was made unrecognisable.",
            ),
            pending: part.gauge("pending", Unit::None, 0, "Finished recordings that wait."),
            pending_bytes: part.gauge("pending_bytes", Unit::None, 0, "Their bytes here."),
            unfinished: part.gauge(
                "unfinished",
                Unit::None,
                0,
                "Recordings that are not finished, or not whole.",
            ),
            kept: part.gauge("kept", Unit::None, 0, "Finished recordings that no rule lets go."),
            lost: part.rare_counter(
                "lost",
                Unit::None,
                "Recordings that somebody deleted before they were there.",
            ),
            last_error: part.text("last_error", "Why the last attempt that failed did so."),
            last_uploaded: part.text("last_uploaded", "The recording that was uploaded last."),
            failing: Mutex::new(None),
            part,
        }
    }

    fn stand(&self, uploads: &Uploads) {
        let standing = uploads.standing();
        self.pending.set(standing.pending as f64);
        self.pending_bytes.set(standing.pending_bytes as f64);
        self.unfinished.set(standing.unfinished as f64);
        self.kept.set(standing.kept as f64);
        self.lost.raise_to(standing.lost);
        if let Some(misnamed) = uploads.misnamed().first() {
            self.last_error.set(misnamed.clone());
        }
    }

    /// Counts a failure; one that repeats itself is said once.
    fn fail(&self, error: String) {
        self.failures.add(1);
        let mut failing = lock(&self.failing);
        if failing.as_ref() != Some(&error) {
            tracing::warn!("{error}");
        }
        self.last_error.set(error.clone());
        *failing = Some(error);
    }

    fn judge(&self) {
        let (level, message) = match &*lock(&self.failing) {
            Some(error) => (DiagnosticStatus::WARN, error.clone()),
            None => {
                let pending = self.pending.get().unwrap_or(0.0);
                (
                    DiagnosticStatus::OK,
                    format!("{} uploaded, {pending} wait", self.uploaded.get()),
                )
            }
        };
        self.part.judge(level, message);
    }
}

/// Follows the uploads of the node.
struct Watched<'a> {
    ending: &'a Ending,
    counts: &'a Counts,
}

impl Progress for Watched<'_> {
    fn is_ending(&self) -> bool {
        self.ending.is_asked()
    }

    fn sent(&self, bytes: u64) {
        self.counts.sent_bytes.add(bytes);
    }
}
