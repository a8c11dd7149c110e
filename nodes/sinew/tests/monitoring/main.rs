//! A robot as those see it who look after it: metrics, alerts, a dashboard, logs, and what a stranger finds open.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod dashboard;
mod http;
mod logs;
mod plan;
mod prometheus;
mod ready;
mod rules;
mod sockets;
mod spool;
mod up;
