//! Releases of models: what one is, and the slots of a robot that it moves through.
#![deny(unsafe_code)]

pub mod store;
