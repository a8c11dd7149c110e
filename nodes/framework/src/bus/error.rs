use std::time::Duration;

use thiserror::Error;

/// Why something could not be put on the bus, or sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BusError {
    /// The name is none that ROS 2 allows.
    #[error("`{name}`: {expected}")]
    Name {
        /// The topic or service as it was written.
        name: String,
        /// What is wrong with it.
        expected: &'static str,
    },
    /// In one process a topic or service has one type.
    #[error("{topic} carries {carried}, not {asked}")]
    OtherType {
        /// The topic's or service's full name.
        topic: String,
        /// The type it has.
        carried: &'static str,
        /// The type that was asked for.
        asked: &'static str,
    },
    /// A service of that name is there already.
    #[error("service {service} has a server already")]
    Taken {
        /// The service's full name.
        service: String,
    },
    /// A service was called, and nothing came back.
    #[error("no response from service {service} after {waited:?}: is its server running?")]
    NoResponse {
        /// The service as the client named it.
        service: String,
        /// How long the client waited. Less than its patience where the request was let go.
        waited: Duration,
    },
    /// The message type was not there when Sinew was built.
    #[error(
        "{type_name} is not part of this build: put its package on AMENT_PREFIX_PATH (source its setup file), \
         add it to IDL_PACKAGE_FILTER, and build again"
    )]
    UnknownType {
        /// For example `vision_msgs/msg/Detection2DArray`.
        type_name: &'static str,
    },
    /// A message could not be made into bytes, or bytes into a message.
    #[error("{name}: {message}")]
    Codec {
        /// The topic or service.
        name: String,
        /// What the codec said.
        message: String,
    },
    /// The middleware refused.
    #[error("{name}: {message}")]
    Middleware {
        /// The topic, service or node.
        name: String,
        /// What it said.
        message: String,
    },
    /// The bus is shut down.
    #[error("the bus is shut down")]
    Closed,
}
