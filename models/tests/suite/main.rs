//! Tests of sinew-models from outside. They need ONNX Runtime: `cargo xtask setup`.

#![allow(clippy::unwrap_used)]

mod allocations;
mod broken_input;
mod build;
mod deploy_yaml;
mod kinfer;
mod limits;
mod metadata_dialects;
mod onnx_files;
mod packing;
mod policies;
mod providers;
mod readme;
mod refusals;
mod shared_policies;
mod support;
