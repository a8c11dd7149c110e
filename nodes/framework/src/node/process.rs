//! The nodes of a process at work, each in threads of its own, and how the process ends.
//!
//! A node whose `run` never yields blocks its own threads and nobody else's. When the process is asked to end, the
//! control loops of the process are told first, past every node; once they have taken their last safe action, or after
//! [`LAST_ACTION`], the nodes are told, which have what is left of [`PATIENCE`] for a good end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use tokio::sync::watch;

use super::ends_first;
use super::outside::{panicked, still_configuring};
use super::service_manager::ServiceManager;
use crate::sync::unpoisoned;

/// Threads for a node's tasks: where one blocks, the other still keeps the time.
const WORKERS: usize = 2;
/// Most threads of a node: its life, its tasks, and what it makes by itself, such as a control loop and its sender.
const THREADS: usize = 1 + WORKERS + 2;

/// How long the nodes have to end after they were asked to: `ros2 launch` asks more firmly after 5 s.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long a control loop has for its last safe action when nobody wants to wait.
const LAST_ACTION: Duration = Duration::from_secs(1);
/// How long it may take to say why the process ends: nobody may be reading.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A node's life, from its configuration to its end.
pub(super) type NodeFuture = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

enum ProcessEvent {
    /// Somebody wants the process to end.
    Asked,
    /// A node has ended.
    Ended(String, anyhow::Result<()>),
}

/// How all nodes ended.
pub(super) enum End {
    /// All of them, or not all, but nobody asked those to do anything yet.
    Good,
    /// All of them, the first failure with its reason.
    Failed(anyhow::Error),
    /// These did not end in time.
    Stuck(Vec<String>),
}

/// The nodes of this process.
pub(super) struct Process {
    down: watch::Sender<bool>,
    news: Sender<ProcessEvent>,
    told: Receiver<ProcessEvent>,
    working: Vec<String>,
}

impl Process {
    /// Listens to the signals that ask for an end.
    pub(super) fn new() -> anyhow::Result<Self> {
        let (news, told) = channel();
        let asked = news.clone();
        let ask = move || {
            ends_first::end_all();
            // Without a receiver the process ends already.
            let _ = asked.send(ProcessEvent::Asked);
        };
        crate::signals::on_end(ask, || ends_first::wait(LAST_ACTION))?;
        Ok(Self {
            down: watch::Sender::new(false),
            news,
            told,
            working: Vec::new(),
        })
    }

    /// Is told when the nodes have to end.
    pub(super) fn shutdown(&self) -> watch::Receiver<bool> {
        self.down.subscribe()
    }

    /// Lets nodes live, all of them or none.
    pub(super) fn start(&mut self, lives: Vec<(String, NodeFuture)>) -> anyhow::Result<()> {
        // The runtime and its libraries panic where no thread can be made: it is tried beforehand.
        let count = lives.len() * THREADS;
        can_make_threads(count)
            .with_context(|| format!("cannot make the {count} threads that the nodes need (see `ulimit -u`)"))?;
        for (name, life) in lives {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(WORKERS)
                .thread_name(&name)
                .enable_time()
                .build()
                .with_context(|| format!("{name}: no threads can be made"))?;
            let (news, called) = (self.news.clone(), name.clone());
            let live = move || {
                let lived = catch_unwind(AssertUnwindSafe(|| runtime.block_on(life)));
                let lived = lived.unwrap_or_else(|panic| Err(panicked(&*panic)));
                // Its tasks are over, or block: nobody waits for those.
                runtime.shutdown_background();
                let _ = news.send(ProcessEvent::Ended(called, lived));
            };
            let thread = std::thread::Builder::new().name(name.clone()).spawn(live);
            thread.with_context(|| format!("{name}: no thread can be made"))?;
            self.working.push(name);
        }
        Ok(())
    }

    /// Waits until the nodes have ended: after `time`, if that is given, when they are asked to, or because one of
    /// them has. One node that cannot be brought up ends all: half a robot is none.
    pub(super) fn end(mut self, time: Option<Duration>) -> End {
        let mut deadline = time.map(|time| Instant::now() + time);
        let mut asked = false;
        let mut outcome = Ok(());
        while !self.working.is_empty() {
            match self.news(deadline) {
                Some(ProcessEvent::Ended(name, lived)) => {
                    self.working.retain(|other| *other != name);
                    outcome = outcome.and(lived);
                }
                Some(ProcessEvent::Asked) => {}
                None if asked => return End::Stuck(self.working),
                None => {}
            }
            if !asked {
                asked = true;
                ServiceManager::stopping();
                deadline = Some(Instant::now() + PATIENCE);
                // Whatever their nodes are busy with. The others go on meanwhile: without a simulator, a recorder or
                // whoever brings readings the loop's last action would be one with stale sensors.
                ends_first::end_all();
                ends_first::wait(LAST_ACTION);
                self.down.send_replace(true);
            }
        }
        match outcome {
            Ok(()) => End::Good,
            Err(error) => End::Failed(error),
        }
    }

    fn news(&self, deadline: Option<Instant>) -> Option<ProcessEvent> {
        match deadline {
            None => self.told.recv().ok(),
            Some(at) => {
                let left = at.saturating_duration_since(Instant::now());
                self.told.recv_timeout(left).ok()
            }
        }
    }
}

impl End {
    /// What [`App::run`](super::App::run) returns; ends the process where threads are left that do not end.
    pub(super) fn outcome(self) -> anyhow::Result<()> {
        let stuck = match self {
            Self::Good if !still_configuring() => return Ok(()),
            Self::Failed(error) if !still_configuring() => return Err(error),
            Self::Good => exit_now(0),
            Self::Failed(error) => {
                crate::log::complain(&error);
                exit_now(2)
            }
            Self::Stuck(stuck) => stuck,
        };
        soon_exit(1);
        let error = anyhow!(
            "{}: did not end within {} s of being asked to: `run`, `deactivate` or a callback blocks; the process ends \
             without it, after the control loop's last safe action",
            stuck.join(", "),
            PATIENCE.as_secs()
        );
        crate::log::complain(&error);
        exit_now(1)
    }
}

/// Ends the process without the libraries' own clean-up, which threads that still work would not survive.
fn exit_now(code: i32) -> ! {
    ends_first::wait(LAST_ACTION);
    signal_hook::low_level::exit(code)
}

/// Ends the process for one that may not get to it: what it says may find nobody who reads it.
fn soon_exit(code: i32) {
    let exit = move || {
        std::thread::sleep(LAST_WORDS);
        exit_now(code)
    };
    // Without a thread there is only the one that says it.
    let _ = std::thread::Builder::new().spawn(exit);
}

/// Whether the system lets us have so many more threads.
fn can_make_threads(count: usize) -> std::io::Result<()> {
    // They wait behind this lock until the last has been made.
    let gate = Arc::new(RwLock::new(()));
    let closed = unpoisoned(gate.write());
    let mut made = Vec::with_capacity(count);
    let mut outcome = Ok(());
    for _ in 0..count {
        let gate = gate.clone();
        match std::thread::Builder::new().spawn(move || drop(gate.read())) {
            Ok(thread) => made.push(thread),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    drop(closed);
    for thread in made {
        // It does nothing that could panic.
        let _ = thread.join();
    }
    outcome
}
