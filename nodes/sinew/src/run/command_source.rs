//! Who commands the velocity of a robot in a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sinew_control::command::VelocityCommand;
use sinew_control::exchange::{Taker, exchange};

use super::camera_follower::{CameraFollower, LATENCY_SECS};
use sinew_node::pace::Pace;
use sinew_node::worker::{Builder, Worker};
use sinew_node_course::Course;

/// A command that nobody has renewed for this long is not passed on, so that the gate's deadman sees it.
const STALE: Duration = Duration::from_millis(300);

/// No time.
const NOT_YET: u64 = u64::MAX;

/// Who commands.
#[derive(Debug)]
pub enum CommandSource {
    /// A list of velocities.
    Course(Course),
    /// What the robot sees, in the thread of the loop: a run is then a function of its inputs and seed.
    InLine(Box<InLineFollower>),
    /// What the robot sees, in a thread of its own: the loop waits for nothing.
    Concurrent(CommandWorker),
}

/// A follower in virtual time.
#[derive(Debug)]
pub struct InLineFollower {
    follower: CameraFollower,
    next_secs: f64,
    /// The command in force, and that which comes into force at a time.
    command: VelocityCommand,
    coming: Option<(f64, VelocityCommand)>,
}

/// A follower in its own thread.
#[derive(Debug)]
pub struct CommandWorker {
    /// The newest command, and when it was made.
    commands: Taker<Option<(VelocityCommand, Instant)>>,
    /// Time since the policy took over, ns; [`NOT_YET`] before that.
    running_nanos: Arc<AtomicU64>,
    thread: Worker<CameraFollower>,
}

impl CommandSource {
    /// A follower that works in the calling thread, or beside a loop that runs in real time.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn following(follower: CameraFollower, realtime: bool) -> std::io::Result<Self> {
        if realtime {
            Ok(Self::Concurrent(CommandWorker::start(follower)?))
        } else {
            Ok(Self::InLine(Box::new(InLineFollower {
                follower,
                next_secs: 0.0,
                command: VelocityCommand::default(),
                coming: None,
            })))
        }
    }

    /// The command at `running_secs` after the policy took over; `None` before that as time. Gives `None` where
    /// the source has fallen silent.
    pub(super) fn command(&mut self, running_secs: Option<f64>) -> Option<VelocityCommand> {
        match self {
            Self::Course(course) => Some(course.at(running_secs.unwrap_or(0.0))),
            Self::InLine(in_line) => Some(running_secs.map_or_else(Default::default, |secs| in_line.at(secs))),
            Self::Concurrent(worker) => worker.at(running_secs),
        }
    }

    /// Ends a thread, where there is one; gives back the follower.
    pub fn end(self) -> Option<CameraFollower> {
        match self {
            Self::Course(_) => None,
            Self::InLine(in_line) => Some(in_line.follower),
            Self::Concurrent(worker) => worker.thread.give_back(),
        }
    }

    /// Since when the robot is where it shall be, s after the policy took over.
    pub(super) fn arrived_secs(&self) -> Option<f64> {
        match self {
            Self::InLine(in_line) => in_line.follower.log().arrived_secs,
            _ => None,
        }
    }
}

impl InLineFollower {
    fn at(&mut self, secs: f64) -> VelocityCommand {
        if let Some((from, command)) = self.coming
            && secs >= from
        {
            (self.command, self.coming) = (command, None);
        }
        if secs >= self.next_secs {
            self.next_secs += self.follower.period_secs();
            self.coming = Some((secs + LATENCY_SECS, self.follower.step(secs)));
        }
        self.command
    }
}

impl CommandWorker {
    fn start(follower: CameraFollower) -> std::io::Result<Self> {
        let running_nanos = Arc::new(AtomicU64::new(NOT_YET));
        let running = running_nanos.clone();
        let (mut giver, commands) = exchange(&None);
        let thread = Builder::new("follow").start(follower, move |follower, ending| {
            let mut pace = Pace::new(follower.period_secs());
            while !ending.is_asked() {
                let running_nanos = running.load(Ordering::Acquire);
                if running_nanos != NOT_YET {
                    let command = follower.step(running_nanos as f64 * 1e-9);
                    giver.give(|newest| *newest = Some((command, Instant::now())));
                }
                pace.wait(ending);
            }
        })?;
        Ok(Self {
            commands,
            running_nanos,
            thread,
        })
    }

    fn at(&mut self, running_secs: Option<f64>) -> Option<VelocityCommand> {
        let Some(secs) = running_secs else {
            return Some(VelocityCommand::default());
        };
        self.running_nanos.store((secs * 1e9) as u64, Ordering::Release);
        self.commands.take();
        match *self.commands.newest() {
            Some((command, made)) => (made.elapsed() < STALE).then_some(command),
            // The first image may take its time.
            None => (secs < 1.0).then(VelocityCommand::default),
        }
    }
}
