//! What is told and reported of a node's releases.

use std::fmt::Display;
use std::sync::Arc;

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_messages::std_msgs::msg;

use crate::bus::{BusError, Publisher, Qos};
use crate::node::Setup;
use crate::report::{Part, Registry, Text};

/// The part `updates` of a node's report, and its topic `~/update`.
#[derive(Debug)]
pub struct UpdateReport {
    part: Part,
    in_charge: Text,
    candidate: Text,
    stage: Text,
    last: Text,
    update: Arc<Publisher<msg::String>>,
}

impl UpdateReport {
    /// The topic `~/update`, latched.
    ///
    /// # Errors
    /// Where the topic has another type.
    pub fn topic<P>(setup: &Setup<P>) -> Result<Arc<Publisher<msg::String>>, BusError> {
        Ok(Arc::new(setup.output("~/update", Qos::latched())?))
    }

    /// Of a node that runs a model of `hardware_id`, a robot or a device.
    pub fn new(registry: &Registry, hardware_id: &str, update: Arc<Publisher<msg::String>>) -> Self {
        let part = registry.part("updates", hardware_id);
        part.judge(DiagnosticStatus::OK, "no candidate");
        Self {
            in_charge: part.text("in_charge", "Name and version of the release in charge."),
            candidate: part.text("candidate", "Name and version of the release that may follow it."),
            stage: part.text("stage", "How far that has come."),
            last: part.text("last", "What was done last with a release, and why."),
            part,
            update,
        }
    }

    /// The part, for what a node reports besides.
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// Which release is in charge; which may follow it, and how far that has come.
    pub fn show(&self, in_charge: &str, candidate: Option<(&str, &str)>) {
        self.in_charge.set(in_charge.to_owned());
        self.candidate.set(candidate.map(|(version, _)| version.to_owned()));
        self.stage.set(candidate.map(|(_, stage)| stage.to_owned()));
    }

    /// What was done with a release and why, for the log, `~/update` and `/diagnostics`.
    pub fn tell(&self, told: &impl Display, is_warning: bool) {
        let text = told.to_string();
        let level = if is_warning {
            tracing::warn!("{text}");
            DiagnosticStatus::WARN
        } else {
            tracing::info!("{text}");
            DiagnosticStatus::OK
        };
        self.last.set(text.clone());
        self.part.judge(level, text.clone());
        if let Err(error) = self.update.publish(msg::String { data: text }) {
            tracing::warn!("{error}");
        }
    }
}
