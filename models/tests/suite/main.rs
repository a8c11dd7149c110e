//! Tests of sinew-models from outside. They need ONNX Runtime: `cargo xtask setup`.

mod allocations;
mod build;
mod onnx_files;
mod policies;
mod refusals;
mod shared_policies;
mod support;
