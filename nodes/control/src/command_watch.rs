//! Watches who else publishes the joint command: past the gate, two of them tear at the same drives.

use sinew_node::bus::Bus;

/// Looks in a row that must see another publisher: one's own of before may be known for a moment longer.
const LOOKS: u32 = 2;

/// Watches one topic, on which the owner publishes once.
#[derive(Debug)]
pub(super) struct CommandWatch {
    topic: &'static str,
    seen: u32,
}

impl CommandWatch {
    pub(super) fn new(topic: &'static str) -> Self {
        Self { topic, seen: 0 }
    }

    /// The nodes that publish on the topic, where they are more than this one.
    pub(super) fn look(&mut self, bus: &dyn Bus) -> Option<Vec<String>> {
        let publishers = bus.publishers(self.topic);
        self.seen = if publishers.len() > 1 { self.seen + 1 } else { 0 };
        (self.seen >= LOOKS).then_some(publishers)
    }

    /// Whether the last look was the first that told of them.
    pub(super) fn is_news(&self) -> bool {
        self.seen == LOOKS
    }
}

#[cfg(test)]
mod tests {
    use sinew_messages::std_msgs::msg::Float64MultiArray;

    use super::*;
    use sinew_node::bus::local::LocalBus;
    use sinew_node::bus::{Publisher, Qos};

    #[test]
    fn another_publisher_is_seen_at_the_second_look_and_one_s_own_is_none() {
        let network = LocalBus::new();
        let (control, other) = (network.node("control", "/"), network.node("other", "/"));
        let publisher = |bus| Publisher::<Float64MultiArray>::new(bus, "commands", Qos::default()).unwrap();
        let mut watch = CommandWatch::new("commands");
        let _own = publisher(&*control);
        for _ in 0..5 {
            assert_eq!(watch.look(&*control), None);
        }
        let intruder = publisher(&*other);
        assert_eq!(watch.look(&*control), None);
        assert_eq!(
            watch.look(&*control),
            Some(vec!["/control".to_owned(), "/other".to_owned()])
        );
        drop(intruder);
        assert_eq!(watch.look(&*control), None);
    }
}
