//! The node `recorder`: what a robot did, in MCAP files.

pub mod tick_message;
