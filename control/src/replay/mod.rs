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
use thiserror::Error;

use crate::contract::PolicyContract;
use crate::io::Policy;
use crate::mailbox::Operator;
use crate::observation::TermRegistry;
use crate::policies::{Install, InstallError, LoadedPolicy, NotInstalled};
use crate::record::LoopRecord;
use crate::state::RobotState;
use crate::sync::lock;
use crate::tap::TapReader;
use crate::tick::{ControlLoop, LoopError, LoopParts};

/// Why a tick cannot run again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayTickError {
    /// The record is of a loop of other sizes.
    #[error("a record of another number of joints or feet than the loop has")]
    Sizes,
    /// Nobody has given the policy that was installed.
    #[error("policy {number}, which was installed in tick {tick}, is not known")]
    UnknownPolicy {
        /// Its number.
        number: u32,
        /// The tick.
        tick: u64,
    },
    /// A policy that was installed does not fit the loop.
    #[error("policy {number}: {cause}")]
    Policy {
        /// Its number.
        number: u32,
        /// Why.
        cause: Box<LoopError>,
    },
    /// It cannot be installed as it was.
    #[error("policy {number}: {cause}")]
    Install {
        /// Its number.
        number: u32,
        /// Why.
        cause: InstallError,
    },
}

/// Gives the contract and the policy that was installed under a number; `None` where they are not known.
pub type PolicySource = Box<dyn FnMut(u32) -> Option<(PolicyContract, Box<dyn Policy>)> + Send>;

/// A loop that runs again, record by record from its first tick.
pub struct Replay {
    setup: LoopSetup,
    registry: TermRegistry,
    installed: PolicySource,
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
        Self::with_policies(setup, policy, Box::new(|_| None), registry, began_nanos)
    }

    /// The same of a loop in which other policies were installed: `installed` gives each of them when its time comes.
    ///
    /// # Errors
    /// With what does not fit.
    pub fn with_policies(
        setup: &LoopSetup,
        policy: Box<dyn Policy>,
        installed: PolicySource,
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
            room: setup.room,
        };
        let mut control = ControlLoop::new(parts, &setup.params)?;
        if let Some(stop) = setup.stop {
            control.latch(stop);
        }
        control.begin();
        let operator = control.operator();
        let tap = operator.tap();
        Ok(Self {
            setup: setup.clone(),
            registry: registry.clone(),
            installed,
            control,
            operator,
            tap,
            recorded,
        })
    }

    /// Runs the next tick with what `record` says of its inputs; gives what came of it.
    ///
    /// # Errors
    /// For a record that is not of this loop, or one that installs a policy which is not known.
    pub fn tick(&mut self, record: &LoopRecord) -> Result<&LoopRecord, ReplayTickError> {
        let state = self.control.state();
        let fits = record.read.position.len() == state.position.len()
            && record.read.velocity.len() == state.position.len()
            && record.read.effort.len() == state.position.len()
            && record.read.joint_stamp_nanos.len() == state.position.len()
            && record.read.foot_contact.len() == state.foot_contact.len();
        if !fits {
            return Err(ReplayTickError::Sizes);
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
        if let Some(install) = asked.install {
            self.install(install, record.tick.tick)?;
        }
        if let Some(switch) = asked.switch {
            self.operator.policies().switch(switch);
        }
        if record.inputs.stands {
            self.operator.free_standing();
        } else {
            self.operator.withhold_standing();
        }
        self.control.tick();
        // Its only reader reads each record at once.
        self.tap.next_record().ok_or(ReplayTickError::Sizes)
    }

    fn install(&mut self, install: Install, tick: u64) -> Result<(), ReplayTickError> {
        let number = install.number;
        let found = (self.installed)(number);
        let (contract, policy) = found.ok_or(ReplayTickError::UnknownPolicy { number, tick })?;
        let setup = &self.setup;
        let capabilities = setup.capabilities.replayed();
        let loaded = LoadedPolicy::new(
            &contract,
            policy,
            &setup.robot,
            &capabilities,
            &self.registry,
            &setup.params,
        );
        let loaded = loaded.map_err(|cause| ReplayTickError::Policy {
            number,
            cause: Box::new(cause),
        })?;
        let policies = self.operator.policies();
        match policies.install(install.place, Box::new(loaded.numbered(number))) {
            // The loop itself had refused it.
            Ok(())
            | Err(NotInstalled {
                why: InstallError::InCharge { .. },
                ..
            }) => Ok(()),
            Err(NotInstalled { why: cause, .. }) => Err(ReplayTickError::Install { number, cause }),
        }
    }

    /// The loop, to look at.
    pub fn control(&self) -> &ControlLoop {
        &self.control
    }
}
