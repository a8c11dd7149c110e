use super::State;
use State::{
    Activating, Active, CleaningUp, Configuring, Deactivating, ErrorProcessing, Finalized, Inactive, ShuttingDown,
    Unconfigured,
};

/// One way from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The id in `lifecycle_msgs/msg/Transition`.
    pub id: u8,
    /// The name that ROS 2 tools show; that of an outcome is the same in every transition state.
    pub label: &'static str,
    /// Where it starts.
    pub start: State,
    /// Where it leads.
    pub goal: State,
}

/// What a node can be asked to do. The other steps follow from the outcome of a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// From unconfigured to inactive.
    Configure,
    /// From inactive to unconfigured.
    Cleanup,
    /// From inactive to active.
    Activate,
    /// From active to inactive.
    Deactivate,
    /// From unconfigured, inactive or active to finalized.
    Shutdown,
}

impl Transition {
    pub(super) const ALL: [Self; 5] = [
        Self::Configure,
        Self::Cleanup,
        Self::Activate,
        Self::Deactivate,
        Self::Shutdown,
    ];

    /// The name that ROS 2 tools show.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Configure => "configure",
            Self::Cleanup => "cleanup",
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::Shutdown => "shutdown",
        }
    }
}

const fn step(id: u8, label: &'static str, start: State, goal: State) -> Step {
    Step { id, label, start, goal }
}

pub(super) const SUCCESS: &str = "transition_success";
pub(super) const FAILURE: &str = "transition_failure";
pub(super) const ERROR: &str = "transition_error";

/// Every step there is, in the order in which ROS 2 nodes list them.
pub(super) const STEPS: [Step; 25] = [
    step(1, Transition::Configure.label(), Unconfigured, Configuring),
    step(10, SUCCESS, Configuring, Inactive),
    step(11, FAILURE, Configuring, Unconfigured),
    step(12, ERROR, Configuring, ErrorProcessing),
    step(2, Transition::Cleanup.label(), Inactive, CleaningUp),
    step(20, SUCCESS, CleaningUp, Unconfigured),
    step(21, FAILURE, CleaningUp, Inactive),
    step(22, ERROR, CleaningUp, ErrorProcessing),
    step(3, Transition::Activate.label(), Inactive, Activating),
    step(30, SUCCESS, Activating, Active),
    step(31, FAILURE, Activating, Inactive),
    step(32, ERROR, Activating, ErrorProcessing),
    step(4, Transition::Deactivate.label(), Active, Deactivating),
    step(40, SUCCESS, Deactivating, Inactive),
    step(41, FAILURE, Deactivating, Active),
    step(42, ERROR, Deactivating, ErrorProcessing),
    step(5, Transition::Shutdown.label(), Unconfigured, ShuttingDown),
    step(6, Transition::Shutdown.label(), Inactive, ShuttingDown),
    step(7, Transition::Shutdown.label(), Active, ShuttingDown),
    step(50, SUCCESS, ShuttingDown, Finalized),
    step(51, FAILURE, ShuttingDown, Finalized),
    step(52, ERROR, ShuttingDown, ErrorProcessing),
    step(60, SUCCESS, ErrorProcessing, Unconfigured),
    step(61, FAILURE, ErrorProcessing, Finalized),
    step(62, ERROR, ErrorProcessing, Finalized),
];
