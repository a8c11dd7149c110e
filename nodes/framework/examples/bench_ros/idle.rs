//! What a node costs that nobody speaks to.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use sinew_messages::sensor_msgs::msg::JointState;
use sinew_messages::std_srvs::srv::Trigger;
use sinew_node::bus::ros2::Ros2Bus;
use sinew_node::bus::{Input, Publisher, Qos, answer};

/// Until the network has settled.
const SETTLE: Duration = Duration::from_secs(1);

pub(crate) fn measure(seconds: f64) -> Result<()> {
    let bus = Ros2Bus::new("idle", "")?;
    let _publisher = Publisher::<JointState>::new(&*bus, "there", Qos::default())?;
    let _input = Input::<JointState>::new(&*bus, "back", Qos::default())?;
    let _server = answer::<Trigger>(&*bus, "~/stop", |_| Default::default())?;
    thread::sleep(SETTLE);
    let before = cpu_ns()?;
    thread::sleep(Duration::from_secs_f64(seconds));
    let percent = (cpu_ns()? - before) as f64 / 1e9 / seconds * 100.0;
    println!("{{\"idle_percent\": {percent}}}");
    Ok(())
}

/// What all threads of this process have had of the CPUs, ns.
fn cpu_ns() -> Result<u64> {
    let mut total = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let statistics = fs::read_to_string(thread?.path().join("schedstat"))?;
        let on_cpu = statistics.split_whitespace().next().context("an empty schedstat")?;
        total += on_cpu.parse::<u64>()?;
    }
    Ok(total)
}
