//! Node parameters: one Rust struct for the node, a flat list of declared parameters for ROS 2.
//!
//! The struct is all there is to write: its fields' types, doc comments, defaults and schema
//! attributes become types, descriptions, ranges and flags.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use sinew_node::declared::{Declared, Layer, NoCommon, NodeParams, Parameter, Value};
//!
//! #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields, default)]
//! struct GaitParams {
//!     /// Height of a step, m.
//!     #[schemars(range(min = 0.0, max = 0.3), extend("x-live" = true))]
//!     step_height_m: f64,
//!     /// Joints that the gait drives.
//!     #[schemars(extend("readOnly" = true))]
//!     joints: Vec<String>,
//! }
//!
//! impl NodeParams for GaitParams {}
//!
//! let file = serde_yaml_ng::from_str("{step_height_m: 0.1, joints: [hip, knee]}")?;
//! let layers = [
//!     Layer::section("gait.yaml", "gait", file),
//!     Layer::argument("gait", "step_height_m", "0.2", false)?,
//! ];
//! let mut declared = Declared::<GaitParams>::from_layers("gait", &layers)?;
//! assert_eq!(declared.value().step_height_m, 0.2);
//!
//! let while_active = true;
//! declared.apply(&[Parameter::new("step_height_m", Value::Double(0.05))], while_active)?;
//! assert_eq!(declared.value().step_height_m, 0.05);
//!
//! let refused = declared.apply(&[Parameter::new("step_height_m", Value::Double(0.5))], while_active);
//! assert_eq!(refused.unwrap_err().to_string(), "`step_height_m`: expected double from 0.0 to 0.3, found 0.5");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - `#[schemars(range(min = …, max = …))]`: the range; on an array, `inner(range(…))`.
//! - `#[schemars(extend("readOnly" = true))]`: never changes after the start.
//! - `#[schemars(extend("x-live" = true))]`: may change while the node is active; all others may
//!   change while it is not, and count from its next activation.
//! - `#[schemars(extend("x-path" = true))]`: the path of a file, which lies beside the parameter file that gives it;
//!   on an array, that of each.
//! - `Option<T>` may be without a value. An enum without data is a string with choices.
//! - A struct within the struct gives dotted names, and its flags to its fields. Maps, and values of
//!   any form, can be given in a parameter file, but are no ROS 2 parameters.
//!
//! A field that serde skips is none either, and a set gives it its default: keep none.

mod file;
mod files;
mod initial;
mod messages;
mod reference;
mod schema;
mod spec;
mod store;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use std::fmt::Debug;

pub use file::{ParameterError, ParameterFile};
pub use files::ParameterFiles;
pub use initial::{InitialError, Layer};
pub use reference::{Reference, reference};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sinew_control::ranges;
pub use sinew_control::ranges::Range;
pub use spec::Spec;
pub use store::{Changes, Declared, NoCommon, SetError};
pub use value::{Parameter, Type, Value};

/// The parameters of a node: a struct with named fields.
pub trait NodeParams: Debug + Clone + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Checks what types and ranges cannot say, such as parameters that must go together. The message
    /// names the parameter, what was expected and what was found.
    ///
    /// # Errors
    /// With that message.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }

    /// Checks ranges and [`validate`](Self::validate): for what is made of parameters that were built in code. Those
    /// that a node has were checked when they were read or set.
    ///
    /// # Errors
    /// Names the parameter, what was expected and what was found.
    fn check(&self) -> Result<(), String> {
        ranges::check(self).map_err(|outside| outside.to_string())?;
        self.validate()
    }
}
