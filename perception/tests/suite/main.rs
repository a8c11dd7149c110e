//! Hostile images, hostile boxes, and whole models.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
mod hostile_boxes;
mod hostile_images;
mod models;
mod onnx;
mod preprocess;
mod providers;
