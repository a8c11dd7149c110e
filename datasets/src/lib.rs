//! Data sets for training, out of recordings (MCAP, profile `ros2`).
//!
//! [`topics::export`] writes a Parquet file for each topic of whatever type; [`lerobot::export`] a LeRobotDataset v3.0.
//! `docs/datasets.md` says what is in both.
#![deny(unsafe_code)]

mod columns;
mod error;
pub mod lerobot;
mod pixels;
mod recording;
mod staging;
mod table;
pub mod topics;

pub use error::ExportError;
pub use recording::{Recording, Topic};
