//! Packages as a user would add them, made by `examples/regenerate.rs` from the definitions beside them.

pub(crate) mod arm_msgs;
pub(crate) mod hand_msgs;
