use std::fmt;
use std::sync::Arc;

use sinew_messages::cdr::{self, DecodeError, EncodeError};
use sinew_messages::{Definition, Message, Service, for_each_message};

use super::Sample;

/// A message type as a backend sees it: a name, and the way to and from bytes.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Full name, for example `sensor_msgs/msg/JointState`.
    pub name: &'static str,
    definition: Definition,
    encode: fn(&Sample, &mut Vec<u8>) -> Result<(), EncodeError>,
    decode: fn(&[u8]) -> Result<Sample, DecodeError>,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Kind {
    /// Of the message type `M`.
    pub fn of<M: Message>() -> Self {
        Self {
            name: M::TYPE,
            definition: M::DEFINITION,
            encode: |sample, bytes| match sample.downcast_ref::<M>() {
                Some(message) => cdr::encode(message, bytes),
                None => unreachable!("a publisher of {} was given another type", M::TYPE),
            },
            decode: |bytes| Ok(Arc::new(cdr::decode::<M>(bytes)?)),
        }
    }

    /// Of the shipped message type with this full name, such as `sensor_msgs/msg/Imu`; None where there is no such type.
    ///
    /// ```
    /// use sinew_node::bus::Kind;
    ///
    /// let kind = Kind::of_name("sensor_msgs/msg/Imu");
    /// assert!(kind.is_some_and(|kind| kind.schema().contains("geometry_msgs/Quaternion orientation")));
    /// assert!(Kind::of_name("sensor_msgs/Imu").is_none());
    /// ```
    pub fn of_name(name: &str) -> Option<Self> {
        macro_rules! return_if_named {
            ($message:ty) => {
                if name == <$message>::TYPE {
                    return Some(Self::of::<$message>());
                }
            };
        }
        for_each_message!(return_if_named);
        None
    }

    /// What the type consists of: its schema of encoding `ros2msg`, as recordings keep it.
    pub fn schema(&self) -> String {
        self.definition.schema()
    }

    /// Writes a message of this type as CDR, in place of what `bytes` held.
    ///
    /// # Errors
    /// Where CDR cannot hold the message.
    pub fn encode(&self, sample: &Sample, bytes: &mut Vec<u8>) -> Result<(), EncodeError> {
        (self.encode)(sample, bytes)
    }

    /// Reads a message of this type from CDR.
    ///
    /// # Errors
    /// Where the bytes are no message of this type.
    pub fn decode(&self, bytes: &[u8]) -> Result<Sample, DecodeError> {
        (self.decode)(bytes)
    }
}

/// A service type as a backend sees it.
#[derive(Debug, Clone, Copy)]
pub struct ServiceKind {
    /// Full name, for example `std_srvs/srv/Trigger`.
    pub name: &'static str,
    /// Of the request.
    pub request: Kind,
    /// Of the response.
    pub response: Kind,
}

impl ServiceKind {
    /// Of the service type `S`.
    pub fn of<S: Service>() -> Self {
        Self {
            name: S::TYPE,
            request: Kind::of::<S::Request>(),
            response: Kind::of::<S::Response>(),
        }
    }
}
