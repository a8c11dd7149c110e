//! How many steps the simulator makes in a second of CPU with either engine, beside MuJoCo's own loop.

use std::path::Path;

use anyhow::Result;

use super::figures::{Figures, figure, interleaved, measure as run};
use super::report::{Goal, Peer, Report};
use super::walk::{python_peer, sinew};
use crate::project;

const ROUNDS: u64 = 5;
/// What every side prints.
const STEPS: &str = "steps_per_cpu_sec";

/// All step the same robots, standing in their default pose under the same drives.
pub(crate) fn measure(report: &mut Report, with_mujoco: bool) -> Result<()> {
    for (robot, scene) in [
        ("Strider", "sim/robots/strider/scene.xml"),
        ("G1", "../shared/robots/unitree_g1/scene.xml"),
    ] {
        let name = format!("simulator steps of {robot}");
        if Path::new(&project::root().join(scene)).is_file() {
            measure_robot(report, &name, scene, with_mujoco)?;
        } else {
            report.skip(&name, format!("{scene} is not there"));
        }
    }
    Ok(())
}

fn measure_robot(report: &mut Report, name: &str, scene: &str, with_mujoco: bool) -> Result<()> {
    let mut embedded = || run(sinew("steps").arg(scene));
    let mut bare = || run(python_peer("steps.py")?.arg(scene));
    let mut mujoco = || run(sinew("steps").arg(scene).arg("--mujoco"));
    if !with_mujoco {
        let [embedded, bare] = interleaved(name, ROUNDS, [&mut embedded, &mut bare])?;
        return add(report, name, &embedded, ("MuJoCo's own loop", &bare), Goal::None);
    }
    let [embedded, bare, mujoco] = interleaved(name, ROUNDS, [&mut embedded, &mut bare, &mut mujoco])?;
    add(report, name, &embedded, ("MuJoCo's own loop", &bare), Goal::None)?;
    let name = format!("{name}, engine: mujoco");
    add(
        report,
        &name,
        &mujoco,
        ("MuJoCo's own loop", &bare),
        Goal::RatioAtLeast(0.95),
    )?;
    add(
        report,
        &name,
        &mujoco,
        ("engine: embedded", &embedded),
        Goal::RatioAtLeast(2.0),
    )
}

fn add(
    report: &mut Report,
    name: &str,
    ours: &Figures,
    (peer, theirs): (&'static str, &Figures),
    goal: Goal,
) -> Result<()> {
    let peer = Peer {
        name: peer,
        value: figure(theirs, STEPS)?,
    };
    report.add(name, figure(ours, STEPS)?, "1/CPU-s", Some(peer), goal);
    Ok(())
}
