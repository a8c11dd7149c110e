//! CDR, the wire form of ROS 2: DDS's XCDR version 1, over serde.
//!
//! ```
//! use sinew_messages::cdr;
//! use sinew_messages::std_msgs::msg::String;
//!
//! let mut bytes = Vec::new();
//! cdr::encode(&String { data: "hi".into() }, &mut bytes)?;
//! assert_eq!(bytes, [0, 1, 0, 0, 3, 0, 0, 0, b'h', b'i', 0]);
//! assert_eq!(cdr::decode::<String>(&bytes)?.data, "hi");
//!
//! let error = cdr::decode::<String>(&bytes[..9]).unwrap_err().to_string();
//! assert!(error.ends_with("at byte 8 of 9, expected a string in 3 more bytes, and 1 are left"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Four bytes of encapsulation come first. A number lies at a multiple of its own size, counted from
//! behind them. A sequence and a string have a length of 32 bits, a string ends with a NUL that its
//! length counts, an array has no length, and a struct without fields is one byte.

pub mod array;
pub mod bytes;
mod decode;
mod encode;
mod error;

pub use decode::decode;
pub(crate) use decode::decode_seed;
pub use encode::encode;
pub use error::{DecodeError, EncodeError, Problem};

/// The encapsulation header, behind which alignment counts.
const HEADER_BYTES: usize = 4;
