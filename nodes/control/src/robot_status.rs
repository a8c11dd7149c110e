//! How it stands with the robot behind topics, for `/diagnostics`.

use std::sync::Arc;

use sinew_control::robot::RobotDescription;
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use super::bad_readings::BadReadings;
use super::outgoing::Corrections;
use super::safe_stop::SafeStop;
use sinew_node::report::{Counter, Part, Text, Unit};
use sinew_node::topics::CommandForm;

/// What a [`TopicRobot`](super::TopicRobot) shares with those who watch it.
#[derive(Debug, Clone)]
pub(super) struct RobotStatus {
    command: &'static str,
    command_topic: Option<&'static str>,
    corrections: Arc<Corrections>,
    bad_readings: Arc<BadReadings>,
    pub(super) safe_stop: Option<Arc<SafeStop>>,
    /// What the operator must know of this robot from the beginning.
    pub(super) cautions: Vec<String>,
    bad_before: u64,
}

impl RobotStatus {
    pub(super) fn new(form: CommandForm, corrections: Arc<Corrections>, bad_readings: Arc<BadReadings>) -> Self {
        Self {
            command: form.name(),
            command_topic: Some(form.topic()),
            corrections,
            bad_readings,
            safe_stop: None,
            cautions: Vec::new(),
            bad_before: 0,
        }
    }

    /// Of a robot whose commands go out in the form of this name, and on no topic.
    pub(super) fn without_topics(command: &'static str, robot: &RobotDescription) -> Self {
        Self {
            command,
            command_topic: None,
            ..Self::new(
                CommandForm::default(),
                Arc::new(Corrections::new(robot)),
                Arc::default(),
            )
        }
    }

    /// Registers what is reported of it.
    pub(super) fn metrics(&self, part: Part) -> RobotMetrics {
        part.fact("command", self.command, "The form of the joint command.");
        if let Some(topic) = self.command_topic {
            part.fact("command_topic", topic, "The topic of the joint command.");
        }
        let count = |name: &str, help| part.counter(name, Unit::None, help);
        RobotMetrics {
            safe_stop: part.text("safe_stop", "What has become of the driver's own stop."),
            corrected: count(
                "commands_corrected",
                "Commands that were bounded once more before they were sent.",
            ),
            last_corrected: part.text("last_command_corrected", "The last of them."),
            bad: count("bad_readings", "Messages of the robot that hold something of no use."),
            last_bad: part.text("last_bad_reading", "The last of them."),
            part,
        }
    }

    /// Says how it stands now; bad readings warn in the period in which they came.
    pub(super) fn judge(&mut self, metrics: &RobotMetrics) {
        let mut messages = Vec::new();
        let mut level = DiagnosticStatus::OK;
        if let Some(safe_stop) = &self.safe_stop {
            let (fault, told) = safe_stop.told();
            metrics.safe_stop.set(told.clone());
            if fault {
                level = DiagnosticStatus::ERROR;
                messages.push(told);
            }
        }
        let (corrected, last) = self.corrections.told();
        metrics.corrected.raise_to(corrected);
        metrics.last_corrected.set(last.clone());
        if let Some(last) = last {
            level = DiagnosticStatus::ERROR;
            messages.push(last);
        }
        let (bad, last) = self.bad_readings.told();
        metrics.bad.raise_to(bad);
        metrics.last_bad.set(last.clone());
        let is_news = bad > std::mem::replace(&mut self.bad_before, bad);
        messages.extend(last.filter(|_| is_news));
        messages.extend(self.cautions.iter().cloned());
        if !messages.is_empty() {
            level = level.max(DiagnosticStatus::WARN);
        }
        let message = if messages.is_empty() {
            "no complaints".to_owned()
        } else {
            messages.join("; ")
        };
        metrics.part.judge(level, message);
    }
}

/// What is reported of a robot behind topics.
#[derive(Debug)]
pub(super) struct RobotMetrics {
    part: Part,
    safe_stop: Text,
    corrected: Counter,
    last_corrected: Text,
    bad: Counter,
    last_bad: Text,
}
