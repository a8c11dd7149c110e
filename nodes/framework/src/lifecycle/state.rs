use std::fmt;

/// Where a node is in its life. Primary states last; transition states last as long as a callback runs.
///
/// The discriminants are the ids of `lifecycle_msgs/msg/State`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// Nothing is known of it. No node is ever here: ROS 2 lists it among the states all the same.
    Unknown = 0,
    /// Exists, holds nothing.
    Unconfigured = 1,
    /// Configured, does nothing.
    Inactive = 2,
    /// Does its work.
    Active = 3,
    /// Will do nothing any more.
    Finalized = 4,
    /// On its way from unconfigured to inactive.
    Configuring = 10,
    /// On its way from inactive to unconfigured.
    CleaningUp = 11,
    /// On its way to finalized.
    ShuttingDown = 12,
    /// On its way from inactive to active.
    Activating = 13,
    /// On its way from active to inactive.
    Deactivating = 14,
    /// A callback had an error; what follows is unconfigured where that is mended, else finalized.
    ErrorProcessing = 15,
}

impl State {
    /// Every state, in the order in which ROS 2 nodes list them.
    pub const ALL: [Self; 11] = [
        Self::Unknown,
        Self::Unconfigured,
        Self::Inactive,
        Self::Active,
        Self::Finalized,
        Self::Configuring,
        Self::CleaningUp,
        Self::ShuttingDown,
        Self::Activating,
        Self::Deactivating,
        Self::ErrorProcessing,
    ];

    /// The id in `lifecycle_msgs/msg/State`.
    pub fn id(self) -> u8 {
        self as u8
    }

    /// The name that ROS 2 tools show.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Unconfigured => "unconfigured",
            Self::Inactive => "inactive",
            Self::Active => "active",
            Self::Finalized => "finalized",
            Self::Configuring => "configuring",
            Self::CleaningUp => "cleaningup",
            Self::ShuttingDown => "shuttingdown",
            Self::Activating => "activating",
            Self::Deactivating => "deactivating",
            Self::ErrorProcessing => "errorprocessing",
        }
    }

    /// Whether it lasts until somebody asks for a transition.
    pub fn is_primary(self) -> bool {
        self.id() <= Self::Finalized.id()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
