//! What the process tells the service manager that started it, such as systemd (`sd_notify(3)`): that it is ready, what its
//! nodes do, that it ends, and, where there is a watchdog, that its control loops tick.
//!
//! The watchdog is fed by the ticks: a loop that makes none for `WatchdogSec`, because a driver hangs or a thread is dead, has
//! the process killed and started again, which then waits in its stop. A loop that is stopped ticks, and is no reason.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use sinew_control::Mode;
use sinew_control::tap::TapReader;

use super::host::{Shown, ShownLoop, ShownNode};
use crate::lifecycle::State;

/// How often it is looked whether there is news.
const LOOK: Duration = Duration::from_millis(100);
/// The watchdog is fed so many times in its time.
const FEEDS: u32 = 4;

/// Tells the service manager until it is dropped.
#[derive(Debug)]
pub(super) struct ServiceManager {
    end: Option<(Sender<()>, JoinHandle<()>)>,
}

impl ServiceManager {
    /// Tells of the nodes of this process, where a service manager listens.
    pub(super) fn tell_of(shown: &Shown) -> Self {
        if std::env::var_os("NOTIFY_SOCKET").is_none() {
            return Self { end: None };
        }
        let (end, ended) = channel();
        let mut teller = Teller {
            shown: shown.clone(),
            watchdog: sd_notify::watchdog_enabled(),
            fed: Instant::now(),
            watched: Vec::new(),
            ready: false,
            status: String::new(),
        };
        let tell = move || {
            while ended.recv_timeout(teller.period()) == Err(RecvTimeoutError::Timeout) {
                teller.look();
            }
        };
        match std::thread::Builder::new()
            .name("service manager".to_owned())
            .spawn(tell)
        {
            Ok(thread) => Self {
                end: Some((end, thread)),
            },
            Err(error) => {
                tracing::error!("the service manager is told nothing, for no thread can be made: {error}");
                Self { end: None }
            }
        }
    }

    /// Says that the process ends.
    pub(super) fn stopping() {
        say(&[NotifyState::Stopping]);
    }
}

impl Drop for ServiceManager {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.end.take() {
            drop(end);
            // It does nothing that could panic.
            let _ = thread.join();
        }
    }
}

/// What was told, and is watched.
struct Teller {
    shown: Shown,
    watchdog: Option<Duration>,
    fed: Instant,
    watched: Vec<Watched>,
    ready: bool,
    status: String,
}

/// A control loop, and what it has done since the watchdog was fed.
struct Watched {
    of: Arc<ShownLoop>,
    tap: TapReader,
    ticked: bool,
    mode: Option<Mode>,
}

impl Teller {
    fn period(&self) -> Duration {
        self.watchdog.map_or(LOOK, |time| LOOK.min(time / FEEDS))
    }

    fn look(&mut self) {
        self.follow_loops();
        let nodes = self.shown.nodes();
        let waited = nodes.iter().any(|node| node.autostart && node.state() != State::Active);
        if !self.ready && !waited && !nodes.is_empty() {
            self.ready = true;
            say(&[NotifyState::Ready]);
        }
        let status: Vec<String> = nodes.iter().map(|node| self.status_of(node)).collect();
        let status = status.join(", ");
        if status != self.status {
            say(&[NotifyState::Status(&status)]);
            self.status = status;
        }
        let is_due = self.watchdog.is_some_and(|time| self.fed.elapsed() >= time / FEEDS);
        if is_due && self.all_tick(&nodes) {
            say(&[NotifyState::Watchdog]);
            self.fed = Instant::now();
            self.watched.iter_mut().for_each(|watched| watched.ticked = false);
        }
    }

    /// Reads what the loops have done since the last look.
    fn follow_loops(&mut self) {
        let newest = self.shown.loops();
        let is_newest = |watched: &Watched| newest.iter().any(|of| Arc::ptr_eq(of, &watched.of));
        self.watched.retain(is_newest);
        for of in newest {
            if !self.watched.iter().any(|watched| Arc::ptr_eq(&watched.of, &of)) {
                self.watched.push(Watched {
                    tap: of.operator.tap(),
                    // It has until the next time.
                    ticked: true,
                    mode: None,
                    of,
                });
            }
        }
        for watched in &mut self.watched {
            while let Some(record) = watched.tap.next_record() {
                watched.ticked = true;
                watched.mode = Some(record.tick.mode);
            }
        }
    }

    /// Such as `/control active in run`.
    fn status_of(&self, node: &ShownNode) -> String {
        let state = node.state();
        let of_node = self.watched.iter().find(|watched| watched.of.node == node.name);
        match of_node.and_then(|watched| watched.mode) {
            Some(mode) if state == State::Active => format!("{} {} in {}", node.name, state.label(), mode.name()),
            _ => format!("{} {}", node.name, state.label()),
        }
    }

    /// Whether every loop whose node is active has made a tick since the watchdog was fed.
    fn all_tick(&self, nodes: &[ShownNode]) -> bool {
        let is_active = |name: &str| {
            nodes
                .iter()
                .any(|node| node.name == name && node.state() == State::Active)
        };
        let mut loops = self.watched.iter();
        loops.all(|watched| watched.ticked || !is_active(&watched.of.node))
    }
}

/// Where nobody listens any more there is nobody to tell.
fn say(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!("the service manager was not told: {error}");
    }
}
