//! ROS 2 messages as serde structs, their wire form, and how to make more of them.
//!
//! ```
//! use sinew_messages::{Message, cdr};
//! use sinew_messages::sensor_msgs::msg::JointState;
//!
//! let mut state = JointState::default();
//! state.name = vec!["hip".into(), "knee".into()];
//! state.position = vec![0.3, -0.6];
//!
//! let mut bytes = Vec::new();
//! cdr::encode(&state, &mut bytes)?;
//! assert_eq!(cdr::decode::<JointState>(&bytes)?, state);
//! assert_eq!(JointState::TYPE, "sensor_msgs/msg/JointState");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The structs have the names, fields and units of ROS 2 Jazzy. [`cdr`] is the one codec: what it writes
//! is what a ROS 2 node writes. [`schema`](fn@schema) says what a type consists of, as recordings keep it. [`generate`](mod@generate) made the structs, and makes those of other packages from
//! their `.msg` and `.srv` files.

// Generated code names this crate in one way, here and elsewhere.
extern crate self as sinew_messages;

pub mod cdr;
pub mod dynamic;
pub mod generate;
mod make;
mod ros;
mod schema;

use std::fmt::Debug;

pub use ros::*;
pub use schema::{Definition, schema};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A ROS 2 message: a plain struct with the names, types and units of its definition.
pub trait Message: Serialize + DeserializeOwned + Debug + Clone + Default + PartialEq + Send + Sync + 'static {
    /// Full name of the type, for example `sensor_msgs/msg/JointState`.
    const TYPE: &'static str;
    /// What the type consists of, as text.
    const DEFINITION: Definition;
}

/// A ROS 2 service: a request and its response.
pub trait Service: Debug + Send + Sync + 'static {
    /// Full name of the type, for example `std_srvs/srv/Trigger`.
    const TYPE: &'static str;
    /// What a client sends.
    type Request: Message;
    /// What it gets back.
    type Response: Message;
}
