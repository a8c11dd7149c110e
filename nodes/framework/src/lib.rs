//! The framework of nodes: what a node is, and all that is the same for every node.
//!
//! | | |
//! |---|---|
//! | [`node`] | the trait `Node`, the program around nodes, their threads, failures and time |
//! | [`bus`] | topics and services, within a process or on ROS 2 |
//! | [`declared`] | parameters: types, ranges and descriptions from a struct; ROS 2 parameter files |
//! | [`lifecycle`] | the states of a managed node |
//! | [`report`] | counters, gauges, texts and histograms, and `/diagnostics` |
//! | [`topics`] | the form of messages that several nodes share |
//! | [`updates`] | what is alike in nodes whose model another release of it may replace |
//! | [`worker`] | threads that own a state and give it back |
//!
//! A node of your own needs this crate alone: `sinew new node NAME` begins one. [`prelude`] has what its code names.

pub mod bus;
pub mod date;
pub mod declared;
pub mod lifecycle;
pub mod log;
pub mod node;
pub mod pace;
pub mod prelude;
pub mod report;
pub mod signals;
pub mod stamps;
pub mod topics;
pub mod updates;
pub mod worker;

pub use sinew_control::sync;
pub use {schemars, sinew_messages as messages};

/// The guide, whose examples are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Guide;
