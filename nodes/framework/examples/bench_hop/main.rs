//! The Rust side of the local part of `cargo xtask bench ros`: one hop of a 12-joint `JointState` over
//! the local bus and over crossbeam-channel, in turns. Prints one JSON object of numbers.
//!
//! A hop is the time from handing over a message that is ready to having it at the other end, by the
//! monotonic clock. `call` is within one thread, the way in which Copper hands a message from task to
//! task; `spin` and `block` are to another thread that asks all the time, or sleeps until it is woken.

mod call;
mod threads;

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Parser;
use sinew_messages::sensor_msgs::msg::JointState;
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Input, Publisher, Qos};

/// The local part of `cargo xtask bench ros`
#[derive(Debug, Parser)]
struct Cli {
    /// How often each is measured in its turn
    #[arg(long, default_value_t = 10)]
    turns: usize,
    /// Hops in a turn; of those that block, a tenth
    #[arg(long, default_value_t = 2000)]
    hops: usize,
}

/// What waits at the other end, in both.
const DEPTH: usize = 10;

/// Durations of hops, ns.
type Hops = Vec<u64>;

fn main() -> Result<()> {
    let Cli { turns, hops } = Cli::parse();
    let mut found: BTreeMap<&str, Hops> = BTreeMap::new();
    for _ in 0..turns {
        let sides: [(&str, Hops); 6] = [
            ("call_bus", call::bus(hops)?),
            ("call_channel", call::channel(hops)?),
            ("spin_bus", threads::spinning_bus(hops)?),
            ("spin_channel", threads::spinning_channel(hops)?),
            ("block_bus", threads::blocking_bus(hops / 10)?),
            ("block_channel", threads::blocking_channel(hops / 10)?),
        ];
        for (side, hops) in sides {
            found.entry(side).or_default().extend(hops);
        }
    }
    let figures: BTreeMap<String, u64> = found
        .into_iter()
        .flat_map(|(side, mut hops)| {
            hops.sort_unstable();
            [50, 99].map(|percent| (format!("{side}_p{percent}_ns"), percentile(&hops, percent)))
        })
        .collect();
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

fn percentile(sorted: &Hops, percent: usize) -> u64 {
    sorted[(sorted.len() * percent).div_ceil(100) - 1]
}

/// Two nodes on a local bus, connected.
fn bus() -> Result<(Publisher<JointState>, Input<JointState>)> {
    let bus = LocalBus::new();
    let (robot, control) = (bus.node("robot", "/"), bus.node("control", "/"));
    let qos = Qos::default().keep_last(DEPTH);
    let input = Input::new(&*control, "joint_states", qos)?;
    Ok((Publisher::new(&*robot, "joint_states", qos)?, input))
}

/// What Strider's drives say.
fn joint_state() -> JointState {
    let mut message = JointState::default();
    message.header.frame_id = "base".to_owned();
    message.name = (0..12).map(|joint| format!("left_leg_joint_{joint}")).collect();
    message.position = (0..12).map(f64::from).collect();
    message.velocity = message.position.clone();
    message.effort = message.position.clone();
    message
}
