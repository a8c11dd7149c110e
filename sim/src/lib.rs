//! sim
pub mod description;
pub mod world;
