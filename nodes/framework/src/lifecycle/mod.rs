//! The life of a ROS 2 managed node: its states, and what leads from one to the next.
//!
//! [`Lifecycle`] is the bare state machine. Whoever owns it asks for a transition, runs the node's
//! callback that belongs to the state it is now in, and tells the outcome:
//!
//! ```
//! use sinew_node::lifecycle::{Lifecycle, Outcome, State};
//!
//! let mut life = Lifecycle::new();
//! let asked = life.resolve(0, "configure")?;
//! let begun = life.request(asked)?;
//! assert_eq!(begun.goal, State::Configuring);
//! // Here the node's own configuration runs.
//! life.finish(Outcome::Success);
//! assert_eq!(life.state(), State::Inactive);
//!
//! let refused = life.resolve(0, "deactivate").unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "`deactivate`: no transition from inactive; expected one of cleanup (2), activate (3), shutdown (6)"
//! );
//! # Ok::<(), sinew_node::lifecycle::Refused>(())
//! ```
//!
//! States, transitions, ids and labels are those of `rcl_lifecycle`, in its order.

mod messages;
mod state;
mod table;
#[cfg(test)]
mod tests;

pub use messages::available_states;
pub use state::State;
use table::{ERROR, FAILURE, STEPS, SUCCESS};
pub use table::{Step, Transition};
use thiserror::Error;

/// How a callback of a node ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked.
    Success,
    /// It did not, and left everything as it was.
    Failure,
    /// It did not, and left things in disorder; a panic is one too.
    Error,
}

impl Outcome {
    fn label(self) -> &'static str {
        match self {
            Self::Success => SUCCESS,
            Self::Failure => FAILURE,
            Self::Error => ERROR,
        }
    }
}

/// A transition that cannot be had now.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{wanted}`: no transition from {state}; expected {expected}")]
pub struct Refused {
    /// The label or id that was asked for.
    pub wanted: String,
    /// Where the node is.
    pub state: State,
    /// What can be asked for there.
    pub expected: String,
}

/// The state machine of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    state: State,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

impl Lifecycle {
    /// A node that is not configured yet.
    pub fn new() -> Self {
        Self {
            state: State::Unconfigured,
        }
    }

    /// Where the node is.
    pub fn state(&self) -> State {
        self.state
    }

    /// What a client asks for that names a transition by its label or, where that is empty, its id. As
    /// in ROS 2 the label wins, because tools that send one leave the id at 0.
    ///
    /// # Errors
    /// Where the state has no such transition.
    pub fn resolve(&self, id: u8, label: &str) -> Result<Transition, Refused> {
        let is_it = |step: &Step| match label {
            "" => step.id == id,
            label => step.label == label,
        };
        let step = self.available().find(is_it);
        let transition = step.and_then(|step| Transition::ALL.into_iter().find(|t| t.label() == step.label));
        transition.ok_or_else(|| match label {
            "" => self.refuse(id.to_string()),
            label => self.refuse(label.chars().take(80).collect()),
        })
    }

    /// Begins a transition. The node is then in a transition state, until [`finish`](Self::finish).
    ///
    /// # Errors
    /// Where the state does not have this transition.
    pub fn request(&mut self, transition: Transition) -> Result<Step, Refused> {
        match self.available().find(|step| step.label == transition.label()) {
            Some(step) => Ok(self.take(step)),
            None => Err(self.refuse(transition.label().to_owned())),
        }
    }

    /// Ends the callback that is running. After an error the node is in
    /// [`State::ErrorProcessing`], whose callback runs next and is finished like any other.
    ///
    /// `None`, and no change, where no callback was running.
    pub fn finish(&mut self, outcome: Outcome) -> Option<Step> {
        let step = self.available().find(|step| step.label == outcome.label())?;
        Some(self.take(step))
    }

    /// The steps that start where the node is; in a transition state, its outcomes.
    pub fn available(&self) -> impl Iterator<Item = Step> + use<> {
        let state = self.state;
        Self::graph().iter().copied().filter(move |step| step.start == state)
    }

    /// Every step there is.
    pub fn graph() -> &'static [Step] {
        &STEPS
    }

    fn take(&mut self, step: Step) -> Step {
        self.state = step.goal;
        step
    }

    fn refuse(&self, wanted: String) -> Refused {
        let expected = match self.state {
            State::Finalized => "none, for this node has ended".to_owned(),
            state if !state.is_primary() => "none before the one under way has ended".to_owned(),
            _ => {
                let named = self.available().map(|step| format!("{} ({})", step.label, step.id));
                format!("one of {}", named.collect::<Vec<_>>().join(", "))
            }
        };
        Refused {
            wanted,
            state: self.state,
            expected,
        }
    }
}
