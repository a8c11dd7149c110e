//! What the code of a node names: `use sinew_node::prelude::*;`.

pub use crate::bus::{Client, Input, Publisher, Qos, Requests, Server};
pub use crate::declared::NodeParams;
pub use crate::node::{Live, Node, Setup};
