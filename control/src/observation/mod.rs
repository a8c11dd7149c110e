//! From a robot's state to a policy's input vector.
//!
//! A contract lists *terms* by name; a [`TermRegistry`] knows how each is computed. A name that is
//! not registered is refused. Your own term is a type with two methods:
//!
//! ```
//! use sinew_control::observation::{Term, TermInputs, TermRegistry};
//!
//! /// How long the policy has been running, in s.
//! struct RunningTime;
//!
//! impl Term for RunningTime {
//!     fn len(&self) -> usize {
//!         1
//!     }
//!     fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]) {
//!         out[0] = (inputs.step as f64 * inputs.step_secs) as f32;
//!     }
//! }
//!
//! let mut registry = TermRegistry::builtin();
//! registry.register("running_time", |_spec, _setup| Ok(Box::new(RunningTime)));
//! assert!(registry.names().any(|name| name == "running_time"));
//! ```

mod builder;
mod builtin;
mod gait;
mod registry;
mod settings;
mod terms;

pub use builder::{ObservationBuilder, TermLayout};
pub use registry::TermRegistry;
pub use terms::{Term, TermInputs, TermSetup};
