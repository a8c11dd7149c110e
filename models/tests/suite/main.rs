//! Tests of sinew-models from outside. They need ONNX Runtime: `cargo xtask setup`.

#![allow(clippy::unwrap_used)]

mod allocations;
mod build;
mod onnx_files;
mod packing;
mod policies;
mod refusals;
mod shared_policies;
mod support;
