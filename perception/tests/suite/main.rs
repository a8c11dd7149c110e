//! Hostile images, hostile boxes, and whole models.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
mod evidence;
mod hostile_boxes;
mod hostile_images;
mod layouts;
mod models;
mod nms;
mod onnx;
mod preprocess;
mod providers;
mod said;
mod support;
