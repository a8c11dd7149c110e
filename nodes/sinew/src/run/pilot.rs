//! Who commands the velocity of a robot in a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sinew_control::command::VelocityCommand;
use sinew_control::exchange::{Taker, exchange};

use super::lookout::{LATENCY_SECS, Lookout};
use sinew_node::pace::Pace;
use sinew_node::worker::{Builder, Worker};
use sinew_node_course::Course;

/// A command that nobody has renewed for this long is not passed on, so that the gate's deadman sees it.
const STALE: Duration = Duration::from_millis(300);

/// No time.
const NOT_YET: u64 = u64::MAX;

/// Who commands.
#[derive(Debug)]
pub enum Pilot {
    /// A list of velocities.
    Course(Course),
    /// What the robot sees, in the thread of the loop: a run is then a function of its inputs and seed.
    InLine(Box<InLine>),
    /// What the robot sees, in a thread of its own: the loop waits for nothing.
    Concurrent(CommandWorker),
}

/// A lookout in virtual time.
#[derive(Debug)]
pub struct InLine {
    lookout: Lookout,
    next_secs: f64,
    /// The command in force, and that which comes into force at a time.
    command: VelocityCommand,
    coming: Option<(f64, VelocityCommand)>,
}

/// A lookout in its own thread.
#[derive(Debug)]
pub struct CommandWorker {
    /// The newest command, and when it was made.
    commands: Taker<Option<(VelocityCommand, Instant)>>,
    /// Time since the policy took over, ns; [`NOT_YET`] before that.
    running_nanos: Arc<AtomicU64>,
    thread: Worker<Lookout>,
}

impl Pilot {
    /// A lookout that works in the calling thread, or beside a loop that runs in real time.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn lookout(lookout: Lookout, realtime: bool) -> std::io::Result<Self> {
        if realtime {
            Ok(Self::Concurrent(CommandWorker::start(lookout)?))
        } else {
            Ok(Self::InLine(Box::new(InLine {
                lookout,
                next_secs: 0.0,
                command: VelocityCommand::default(),
                coming: None,
            })))
        }
    }

    /// The command at `running_secs` after the policy took over; `None` before that as time. Gives `None` where
    /// the pilot has fallen silent.
    pub(super) fn command(&mut self, running_secs: Option<f64>) -> Option<VelocityCommand> {
        match self {
            Self::Course(course) => Some(course.at(running_secs.unwrap_or(0.0))),
            Self::InLine(in_line) => Some(running_secs.map_or_else(Default::default, |secs| in_line.at(secs))),
            Self::Concurrent(worker) => worker.at(running_secs),
        }
    }

    /// Ends a thread, where there is one; gives back the lookout.
    pub fn end(self) -> Option<Lookout> {
        match self {
            Self::Course(_) => None,
            Self::InLine(in_line) => Some(in_line.lookout),
            Self::Concurrent(worker) => worker.thread.give_back(),
        }
    }

    /// Since when the robot is where it shall be, s after the policy took over.
    pub(super) fn arrived_secs(&self) -> Option<f64> {
        match self {
            Self::InLine(in_line) => in_line.lookout.log().arrived_secs,
            _ => None,
        }
    }
}

impl InLine {
    fn at(&mut self, secs: f64) -> VelocityCommand {
        if let Some((from, command)) = self.coming
            && secs >= from
        {
            (self.command, self.coming) = (command, None);
        }
        if secs >= self.next_secs {
            self.next_secs += self.lookout.period_secs();
            self.coming = Some((secs + LATENCY_SECS, self.lookout.look(secs)));
        }
        self.command
    }
}

impl CommandWorker {
    fn start(lookout: Lookout) -> std::io::Result<Self> {
        let running_nanos = Arc::new(AtomicU64::new(NOT_YET));
        let shown = running_nanos.clone();
        let (mut giver, commands) = exchange(&None);
        let thread = Builder::new("lookout").start(lookout, move |lookout, ending| {
            let mut pace = Pace::new(lookout.period_secs());
            while !ending.is_asked() {
                let running_nanos = shown.load(Ordering::Acquire);
                if running_nanos != NOT_YET {
                    let command = lookout.look(running_nanos as f64 * 1e-9);
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
