/// Whether lost messages are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reliability {
    /// They are, while the publisher still has them.
    Reliable,
    /// They are not.
    BestEffort,
}

/// Whether late joiners get what was published before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Durability {
    /// No.
    Volatile,
    /// They get the publisher's last messages, as many as its depth.
    TransientLocal,
}

/// ROS 2's quality of service: history is always «keep last», and what is kept is the newest.
///
/// As in DDS, a subscriber that asks for more than a publisher offers (reliable of a best-effort
/// one, transient local of a volatile one) gets nothing from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Qos {
    /// Whether lost messages are sent again.
    pub reliability: Reliability,
    /// Whether late joiners get what was published before.
    pub durability: Durability,
    /// How many messages are kept at each end; at least 1.
    pub depth: usize,
}

impl Default for Qos {
    /// ROS 2's default: reliable, volatile, the last 10.
    fn default() -> Self {
        Self {
            reliability: Reliability::Reliable,
            durability: Durability::Volatile,
            depth: 10,
        }
    }
}

impl Qos {
    /// ROS 2's profile for sensor data: best effort, volatile, the last 5.
    pub const fn sensor_data() -> Self {
        Self {
            reliability: Reliability::BestEffort,
            durability: Durability::Volatile,
            depth: 5,
        }
    }

    /// For what is published once and must reach those who come later: reliable, transient local,
    /// the last one.
    pub const fn latched() -> Self {
        Self {
            reliability: Reliability::Reliable,
            durability: Durability::TransientLocal,
            depth: 1,
        }
    }

    /// The same with another depth.
    pub const fn keep_last(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Whether a publisher of this QoS gives its messages to a subscriber of that one.
    pub fn serves(&self, subscriber: &Qos) -> bool {
        let reliable = self.reliability == Reliability::Reliable || subscriber.reliability == Reliability::BestEffort;
        let durable = self.durability == Durability::TransientLocal || subscriber.durability == Durability::Volatile;
        reliable && durable
    }
}
