//! Tests of sinew-models from outside. They need ONNX Runtime: `cargo xtask setup`.

#![allow(clippy::unwrap_used)]

mod allocations;
mod broken_input;
mod build;
mod deploy_yaml;
mod external_weights;
mod kinfer;
mod limits;
mod metadata_dialects;
mod model_files;
mod onnx_files;
mod other_joints;
mod packing;
mod placeholder_gains;
mod policies;
mod providers;
mod readme;
mod refusals;
mod shared_policies;
mod support;
