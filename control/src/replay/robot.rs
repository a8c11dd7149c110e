//! The robot and the clock of a loop that runs again: they give what was recorded.

use std::sync::{Arc, Mutex};

use super::setup::RobotCapabilities;
use crate::io::{Capabilities, Clock, IoError, RobotIo};
use crate::record::TickInputs;
use crate::state::{JointCommand, RobotState};
use crate::sync::lock;

/// What the tick that runs next gets.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) inputs: TickInputs,
    pub(super) read: RobotState,
    /// How often the time was asked for in this tick.
    asked: usize,
}

/// Both ends of it: whoever replays fills it before each tick.
pub(super) type Shared = Arc<Mutex<Recorded>>;

impl Recorded {
    /// Before the first tick of a loop that began at `began_nanos`.
    pub(super) fn new(read: RobotState, began_nanos: u64) -> Shared {
        let inputs = TickInputs {
            began_nanos,
            ..TickInputs::default()
        };
        Arc::new(Mutex::new(Self { inputs, read, asked: 0 }))
    }

    pub(super) fn next(&mut self, inputs: &TickInputs, read: &RobotState) {
        self.inputs = *inputs;
        self.read.copy_from(read);
        self.asked = 0;
    }
}

/// A robot that is read as it was.
#[derive(Debug)]
pub(super) struct RecordedRobot {
    pub(super) recorded: Shared,
    pub(super) capabilities: RobotCapabilities,
}

impl RobotIo for RecordedRobot {
    fn read(&mut self, _: u64, state: &mut RobotState) -> Result<(), IoError> {
        let recorded = lock(&self.recorded);
        state.copy_from(&recorded.read);
        if recorded.inputs.answers.read == Err(IoError::WrongLength) {
            // What the gate then makes of its vectors was recorded: that they were not of their length counts.
            state.position.push(f64::NAN);
        }
        recorded.inputs.answers.read
    }

    fn write(&mut self, _: &JointCommand, _: &RobotState) -> Result<(), IoError> {
        lock(&self.recorded).inputs.answers.write.unwrap_or(Ok(()))
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.replayed()
    }

    fn own_stop(&mut self) -> Result<(), IoError> {
        let answer = lock(&self.recorded).inputs.answers.own_stop;
        // A loop with other limits may stop where the recorded one did not.
        answer.unwrap_or(if self.capabilities.own_stop {
            Ok(())
        } else {
            Err(IoError::WriteFailed)
        })
    }
}

/// A clock that says what it said.
#[derive(Debug)]
pub(super) struct RecordedClock(pub(super) Shared);

impl Clock for RecordedClock {
    /// A tick asks four times, in this order; before the first tick it is the loop's beginning.
    fn now_nanos(&self) -> u64 {
        let mut recorded = lock(&self.0);
        let inputs = &recorded.inputs;
        let times = [
            inputs.woken_nanos,
            inputs.read_nanos,
            inputs.decided_nanos,
            inputs.done_nanos,
        ];
        let began = inputs.scheduled_nanos == 0;
        let now = if began {
            inputs.began_nanos
        } else {
            times[recorded.asked.min(3)]
        };
        recorded.asked += 1;
        now
    }

    fn sleep_until(&mut self, _: u64) {}
}
