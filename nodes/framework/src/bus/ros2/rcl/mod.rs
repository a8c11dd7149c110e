//! ROS 2's client library in C, as far as a bus needs it, by r2r's bindings.
//!
//! r2r's own `Node` would be safer to call and cannot do what a bus has to: it keeps ten messages and
//! drops the newest, takes a subscription or service off the graph only when the next message comes for
//! it, has nothing that wakes its wait, and panics where rcl refuses. So the calls are made here, all of
//! them, each file wrapping one handle of rcl behind functions that are safe.
//!
//! rcl lets handles be made and finished from any thread, but not two at a time: [`Context::exclusive`].
//! Publishing, taking, waiting and asking the graph go on meanwhile. A handle holds its node, and a node
//! its context, so that they are finished in the order that rcl needs.

mod client;
mod context;
mod error;
mod guard_condition;
mod image;
mod message;
mod node;
mod publisher;
mod security;
mod service;
mod subscription;
mod wait_set;

pub(super) use client::Client;
pub(super) use context::Context;
pub(super) use error::Refused;
pub(super) use guard_condition::GuardCondition;
pub(super) use message::{Bytes, ServiceSupport};
pub(super) use node::{KnownEndpoint, Node};
pub(super) use publisher::Publisher;
pub(super) use service::{RequestId, Service};
pub(super) use subscription::Subscription;
pub(super) use wait_set::{Ready, WaitSet};

use super::super::{Durability, Qos, Reliability};

/// How many requests and responses wait at most to be taken. ROS 2's usual 10 lose responses: a client
/// receives those to all the others, too, and a burst of theirs displaces its own.
const SERVICE_DEPTH: usize = 100;

/// What rcl gives an entity unless told otherwise, with `qos` in it.
fn profile(qos: Qos, usual: r2r_rcl::rmw_qos_profile_t) -> r2r_rcl::rmw_qos_profile_t {
    use r2r_rcl::{rmw_qos_durability_policy_e as durability, rmw_qos_reliability_policy_e as reliability};
    r2r_rcl::rmw_qos_profile_t {
        history: r2r_rcl::rmw_qos_history_policy_e::RMW_QOS_POLICY_HISTORY_KEEP_LAST,
        depth: qos.depth.max(1),
        reliability: match qos.reliability {
            Reliability::Reliable => reliability::RMW_QOS_POLICY_RELIABILITY_RELIABLE,
            Reliability::BestEffort => reliability::RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT,
        },
        durability: match qos.durability {
            Durability::Volatile => durability::RMW_QOS_POLICY_DURABILITY_VOLATILE,
            Durability::TransientLocal => durability::RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL,
        },
        ..usual
    }
}
