//! The last seconds, in memory.

use std::collections::VecDeque;

use crate::queue::Heard;

/// Keeps what was heard in the last seconds, as far as there is room.
#[derive(Debug)]
pub(crate) struct BlackBox {
    kept: VecDeque<Heard>,
    bytes: usize,
    most_nanos: u64,
    most_bytes: usize,
}

impl BlackBox {
    pub(crate) fn new(secs: f64, most_bytes: usize) -> Self {
        Self {
            kept: VecDeque::new(),
            bytes: 0,
            most_nanos: (secs * 1e9) as u64,
            most_bytes,
        }
    }

    pub(crate) fn push(&mut self, heard: Heard) {
        if self.most_nanos == 0 {
            return;
        }
        let newest = heard.log_nanos.max(self.newest_nanos());
        self.bytes += heard.size();
        self.kept.push_back(heard);
        while let Some(oldest) = self.kept.front()
            && (self.bytes > self.most_bytes || oldest.log_nanos.saturating_add(self.most_nanos) < newest)
        {
            self.bytes -= oldest.size();
            self.kept.pop_front();
        }
    }

    /// When the newest was heard; 0 where there is none.
    pub(crate) fn newest_nanos(&self) -> u64 {
        self.kept.back().map_or(0, |heard| heard.log_nanos)
    }

    /// What is kept, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Heard> {
        self.kept.iter()
    }
}

#[cfg(test)]
mod tests {
    use sinew_messages::sinew_msgs::msg::Tick;
    use sinew_node::bus::Kind;

    use super::*;

    fn heard(log_nanos: u64, bytes: usize) -> Heard {
        Heard {
            topic: 0,
            log_nanos,
            publish_nanos: log_nanos,
            kind: Kind::of::<Tick>(),
            bytes: vec![0; bytes].into(),
        }
    }

    #[test]
    fn it_keeps_the_newest_within_its_time_and_its_memory() {
        let times = |black_box: &BlackBox| black_box.iter().map(|heard| heard.log_nanos).collect::<Vec<_>>();
        let mut black_box = BlackBox::new(2.0, 10_000);
        for second in 0..6 {
            black_box.push(heard(second * 1_000_000_000, 100));
        }
        assert_eq!(times(&black_box), [3_000_000_000, 4_000_000_000, 5_000_000_000]);
        black_box.push(heard(5_000_000_001, 9_700));
        assert_eq!(times(&black_box), [5_000_000_000, 5_000_000_001]);
        let mut none = BlackBox::new(0.0, 10_000);
        none.push(heard(1, 1));
        assert!(times(&none).is_empty());
    }
}
