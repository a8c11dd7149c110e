//! What is known of the model in charge before it has seen anything.

use std::sync::{Arc, Mutex};

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_node::report::{Part, Text};
use sinew_node::sync::lock;
use sinew_perception::Model;

/// On what it runs, and whether it is used as it was meant; clones are the same.
#[derive(Debug, Clone)]
pub(super) struct ModelFacts {
    part: Part,
    said: Arc<Mutex<Said>>,
}

#[derive(Debug, Default)]
struct Said {
    doubts: Vec<Text>,
    /// What speaks against it first.
    warning: Option<String>,
}

impl ModelFacts {
    pub(super) fn new(part: &Part) -> Self {
        Self {
            part: part.clone(),
            said: Arc::default(),
        }
    }

    /// Shows a model, which is in charge from now on.
    pub(super) fn show(&self, model: &Model) {
        let provision = model.provision();
        let failed = provision.failed.iter().map(|failed| (failed.provider, &failed.reason));
        self.part.provider(provision.used, failed);
        let mut said = lock(&self.said);
        for i in said.doubts.len()..model.doubts().len() {
            let help = "Why the model may not be used as it was meant.";
            let text = self.part.state(format!("doubt.{i}"), help);
            said.doubts.push(text);
        }
        for (i, text) in said.doubts.iter().enumerate() {
            text.set(model.doubts().get(i).cloned());
        }
        let fallback = provision.failed.first();
        let fallback = fallback.map(|failed| format!("on {} because {failed}", provision.used));
        said.warning = fallback.or_else(|| model.doubts().first().cloned());
    }

    /// Level and message, where there was nothing else to say than `message`.
    pub(super) fn judge(&self, level: u8, message: String) -> (u8, String) {
        match &lock(&self.said).warning {
            Some(warning) if level == DiagnosticStatus::OK => (DiagnosticStatus::WARN, format!("{message}, {warning}")),
            _ => (level, message),
        }
    }
}
