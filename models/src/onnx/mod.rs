//! A small, safe reader of ONNX files, and a writer of their metadata.
//!
//! It knows only what contracts and providers need: metadata, inputs and outputs, weights that are not finite or
//! lie elsewhere.
//! [`with_metadata`] rewrites metadata alone and copies every other byte as it is;
//! [`with_weights_inside`] puts weights that lie in other files into the model.
//!
//! ```
//! let model = [0x08, 0x08, 0x3a, 0x00]; // IR version 8 and an empty graph
//! let packed = sinew_models::onnx::with_metadata(&model, &[("note", "hello")])?;
//! assert!(packed.starts_with(&model));
//! assert_eq!(sinew_models::onnx::OnnxModel::parse(&packed)?.metadata["note"], "hello");
//! # Ok::<(), sinew_models::onnx::OnnxError>(())
//! ```

mod inside;
mod model;
mod operators;
mod softmax;
mod weights;
mod wire;

use thiserror::Error;

pub use inside::{WholeModel, with_weights_inside};
pub use model::{Dim, OnnxModel, TensorInfo, with_metadata};
pub use weights::BadWeight;

pub(crate) use softmax::softmax;

/// Why bytes are not an ONNX model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// The bytes end inside a field.
    #[error("a truncated or damaged ONNX file: a field needs {missing} bytes that are not there")]
    Truncated {
        /// How many bytes are not there.
        missing: usize,
    },
    /// The bytes are not protobuf.
    #[error("not an ONNX file: its bytes are not protobuf")]
    NotProtobuf,
    /// It is protobuf, but holds no graph.
    #[error("not an ONNX file, or a truncated one: there is no graph in it")]
    NoGraph,
    /// Graphs lie within graphs, further down than any model has them.
    #[error("its graphs are nested more than {limit} deep")]
    TooDeep {
        /// The most that is read.
        limit: usize,
    },
    /// Weights are not where the model says.
    #[error("the weights of tensor `{tensor}` lie in another file: {reason}")]
    Weights {
        /// The tensor's name.
        tensor: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// Its weights do not fit into one file.
    #[error("with its weights inside it has more than {limit} bytes, the most that an ONNX file can have")]
    TooLarge {
        /// The most that a file may have.
        limit: u64,
    },
}
