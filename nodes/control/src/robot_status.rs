//! How it stands with the robot behind topics, for `/diagnostics`.

use std::sync::Arc;

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use super::bad_readings::BadReadings;
use super::outgoing::Corrections;
use super::safe_stop::SafeStop;
use sinew_node::diagnostics::{pair, status};
use sinew_node::topics::CommandForm;

/// What a [`TopicRobot`](super::TopicRobot) shares with those who watch it.
#[derive(Debug, Clone)]
pub(super) struct RobotStatus {
    form: CommandForm,
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
            form,
            corrections,
            bad_readings,
            safe_stop: None,
            cautions: Vec::new(),
            bad_before: 0,
        }
    }

    /// Its state now; bad readings warn in the period in which they came.
    pub(super) fn report(&mut self, fqn: &str, robot: &str) -> DiagnosticStatus {
        let mut messages = Vec::new();
        let mut level = DiagnosticStatus::OK;
        let mut values = vec![
            pair("command", self.form.name()),
            pair("command_topic", self.form.topic()),
        ];
        if let Some(safe_stop) = &self.safe_stop {
            let (fault, told) = safe_stop.told();
            values.push(pair("safe_stop", &told));
            if fault {
                level = DiagnosticStatus::ERROR;
                messages.push(told);
            }
        }
        let (corrected, last) = self.corrections.told();
        values.push(pair("commands_corrected", corrected));
        if let Some(last) = last {
            values.push(pair("last_command_corrected", &last));
            level = DiagnosticStatus::ERROR;
            messages.push(last);
        }
        let (bad, last) = self.bad_readings.told();
        values.push(pair("bad_readings", bad));
        if let Some(last) = last {
            values.push(pair("last_bad_reading", &last));
            if bad > std::mem::replace(&mut self.bad_before, bad) {
                messages.push(last);
            }
        }
        messages.extend(self.cautions.iter().cloned());
        if !messages.is_empty() {
            level = level.max(DiagnosticStatus::WARN);
        }
        let message = if messages.is_empty() {
            "no complaints".to_owned()
        } else {
            messages.join("; ")
        };
        status(level, &format!("{fqn}: robot"), message, robot, values)
    }
}
