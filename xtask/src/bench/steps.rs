//! How many steps the embedded simulator makes in a second of CPU, beside MuJoCo.

use std::path::Path;

use anyhow::Result;

use super::figures::{figure, interleaved, measure as run};
use super::report::{Goal, Peer, Report};
use super::walk::{python_peer, sinew};
use crate::project;

const ROUNDS: u64 = 5;

/// Both step the same robots, standing in their default pose under the same drives.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    for (robot, scene) in [
        ("Strider", "sim/robots/strider/scene.xml"),
        ("G1", "../shared/robots/unitree_g1/scene.xml"),
    ] {
        let name = format!("simulator steps of {robot}");
        if Path::new(&project::root().join(scene)).is_file() {
            measure_robot(report, &name, scene)?;
        } else {
            report.skip(&name, format!("{scene} is not there"));
        }
    }
    Ok(())
}

fn measure_robot(report: &mut Report, name: &str, scene: &str) -> Result<()> {
    let mut rapier = || run(sinew("steps").arg(scene));
    let mut mujoco = || run(python_peer("steps.py")?.arg(scene));
    let [rapier, mujoco] = interleaved(name, ROUNDS, [&mut rapier, &mut mujoco])?;
    let peer = Peer {
        name: "MuJoCo",
        value: figure(&mujoco, "steps_per_cpu_sec")?,
    };
    let ours = figure(&rapier, "steps_per_cpu_sec")?;
    report.add(name, ours, "1/CPU-s", Some(peer), Goal::None);
    Ok(())
}
