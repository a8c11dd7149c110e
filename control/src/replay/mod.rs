//! A control loop that runs again, on what was recorded of it.
//!
//! Its ticks are those of [`ControlLoop`], with the same gate, the same observation and the same policy. Only the robot,
//! the clock and the operator are replaced, by what a [`LoopRecord`] says of them. A loop that is run again with the
//! policy and the parameters that it had does the same to the bit, on the same machine; with another policy or other
//! limits it shows what they would have done with what was read, though not how the robot would have moved then.

mod difference;
mod robot;
mod setup;

use std::fmt;

pub use difference::{Difference, Found};
use robot::{Recorded, RecordedClock, RecordedRobot, Shared};
pub use setup::{LoopSetup, RobotCapabilities};

use crate::io::Policy;
use crate::mailbox::Operator;
use crate::observation::TermRegistry;
use crate::record::LoopRecord;
use crate::state::RobotState;
use crate::sync::lock;
use crate::tap::TapReader;
use crate::tick::{ControlLoop, LoopError, LoopParts};

/// A loop that runs again, record by record from its first tick.
pub struct Replay {
    control: ControlLoop,
    operator: Operator,
    tap: TapReader,
    recorded: Shared,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("control", &self.control)
            .finish_non_exhaustive()
    }
}

impl Replay {
    /// Of a loop that was made of `setup`, with `policy`, and began at `began_nanos`
    /// ([`TickInputs::began_nanos`](crate::record::TickInputs::began_nanos) of its records).
    ///
    /// # Errors
    /// With what does not fit.
    pub fn new(
        setup: &LoopSetup,
        policy: Box<dyn Policy>,
        registry: &TermRegistry,
        began_nanos: u64,
    ) -> Result<Self, LoopError> {
        let state = RobotState::new(setup.robot.dof(), setup.capabilities.feet.len());
        let recorded = Recorded::new(state, began_nanos);
        let parts = LoopParts {
            robot: &setup.robot,
            contract: &setup.contract,
            io: Box::new(RecordedRobot {
                recorded: recorded.clone(),
                capabilities: setup.capabilities.clone(),
            }),
            policy,
            clock: Box::new(RecordedClock(recorded.clone())),
            registry,
            records: 2,
        };
        let mut control = ControlLoop::new(parts, &setup.params)?;
        if let Some(stop) = setup.stop {
            control.latch(stop);
        }
        control.begin();
        let operator = control.operator();
        let tap = operator.tap();
        Ok(Self {
            control,
            operator,
            tap,
            recorded,
        })
    }

    /// Runs the next tick with what `record` says of its inputs; gives what came of it. A record of a loop of other
    /// sizes is not for this one: `None`.
    pub fn tick(&mut self, record: &LoopRecord) -> Option<&LoopRecord> {
        let state = self.control.state();
        let fits = record.read.position.len() == state.position.len()
            && record.read.velocity.len() == state.position.len()
            && record.read.effort.len() == state.position.len()
            && record.read.joint_stamp_nanos.len() == state.position.len()
            && record.read.foot_contact.len() == state.foot_contact.len();
        if !fits {
            return None;
        }
        lock(&self.recorded).next(&record.inputs, &record.read);
        let asked = &record.inputs.asked;
        for request in asked.requests {
            // As many as the recorded loop took at once.
            let _ = self.operator.request(request);
        }
        if let Some(velocity) = asked.velocity {
            self.operator.command(velocity);
        }
        if let Some(check) = asked.stop {
            self.operator.stop_for(check);
        }
        if record.inputs.stands {
            self.operator.free_standing();
        } else {
            self.operator.withhold_standing();
        }
        self.control.tick();
        self.tap.next_record()
    }

    /// The loop, to look at.
    pub fn control(&self) -> &ControlLoop {
        &self.control
    }
}
