//! Pixels to tensors to detections.
#![deny(unsafe_code)]

pub mod image;
pub mod preprocess;
