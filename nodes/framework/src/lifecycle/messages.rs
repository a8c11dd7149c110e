//! To and from `lifecycle_msgs`.

use sinew_messages::lifecycle_msgs::msg;

use super::{Lifecycle, State, Step};

impl From<State> for msg::State {
    fn from(state: State) -> Self {
        Self {
            id: state.id(),
            label: state.label().to_owned(),
        }
    }
}

impl From<Step> for msg::Transition {
    fn from(step: Step) -> Self {
        Self {
            id: step.id,
            label: step.label.to_owned(),
        }
    }
}

impl From<Step> for msg::TransitionDescription {
    fn from(step: Step) -> Self {
        Self {
            transition: step.into(),
            start_state: step.start.into(),
            goal_state: step.goal.into(),
        }
    }
}

impl Step {
    /// What goes out on `~/transition_event` when this step is taken at `timestamp_nanos`.
    pub fn event(self, timestamp_nanos: u64) -> msg::TransitionEvent {
        msg::TransitionEvent {
            timestamp: timestamp_nanos,
            transition: self.into(),
            start_state: self.start.into(),
            goal_state: self.goal.into(),
        }
    }
}

/// The answer to `~/get_available_states`.
pub fn available_states() -> Vec<msg::State> {
    State::ALL.into_iter().map(Into::into).collect()
}

impl Lifecycle {
    /// The answer to `~/get_available_transitions`.
    pub fn available_transitions(&self) -> Vec<msg::TransitionDescription> {
        self.available().map(Into::into).collect()
    }

    /// The answer to `~/get_transition_graph`.
    pub fn transition_graph() -> Vec<msg::TransitionDescription> {
        Self::graph().iter().copied().map(Into::into).collect()
    }
}
