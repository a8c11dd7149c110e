//! Gazebo's physics in a process of their own: compiled with the packages of this system, spoken to over a pipe.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion, Vector3};

use crate::common::root;

/// What pkg-config calls the libraries. Those of Gazebo Fortress are what Debian 12 has ready-made.
const LIBRARIES: [&str; 4] = [
    "ignition-physics5",
    "ignition-physics5-sdf",
    "sdformat12",
    "ignition-plugin1-loader",
];
/// The packages of Debian 12 that bring them, and what compiles against them.
const PACKAGES: &str = "g++ pkg-config libignition-physics-dev libignition-physics-sdf-dev \
                        libignition-physics5-dartsim-plugin5 libsdformat-dev libignition-plugin-dev";
/// The packages that bring `ign sdf`.
const SDF_TOOL: &str = "ignition-tools sdformat-sdf libsdformat-dev";

/// The compiled program and the physics engine, or why there is none.
fn program() -> Result<&'static (PathBuf, PathBuf), &'static str> {
    static PROGRAM: OnceLock<Result<(PathBuf, PathBuf), String>> = OnceLock::new();
    let program = PROGRAM.get_or_init(compile);
    program.as_ref().map_err(String::as_str)
}

/// Whether the tests can run here; where not, says which packages are missing.
pub(crate) fn is_here() -> bool {
    let Err(why) = program() else { return true };
    eprintln!("skipped: {why}; on Debian 12: apt-get install {PACKAGES}");
    false
}

fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ))
    }
}

fn compile() -> Result<(PathBuf, PathBuf), String> {
    let config = |what: &str| said(Command::new("pkg-config").arg(what).args(LIBRARIES));
    let (compiler, linker) = (config("--cflags")?, config("--libs")?);
    let folder = said(Command::new("pkg-config").args(["--variable=libdir", LIBRARIES[0]]))?;
    let plugins = Path::new(&folder).join("ign-physics-5/engine-plugins");
    let engine = plugins.join("libignition-physics5-dartsim-plugin.so.5");
    if !engine.is_file() {
        return Err(format!("{} is missing", engine.display()));
    }
    // Beside what cargo makes, where the next run finds it, and compiles it only if it has changed.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (source, made) = (root().join("sim/gazebo/physics_host.cc"), folder.join("physics_host"));
    let changed = |file: &Path| file.metadata().and_then(|data| data.modified()).ok();
    if changed(&made) <= changed(&source) {
        let partly = folder.join(format!("physics_host.{}", std::process::id()));
        let mut command = Command::new("c++");
        // Their headers are not ours to mend.
        let headers = compiler.replace("-I", "-isystem");
        command
            .args(["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-o"])
            .arg(&partly)
            .arg(&source);
        command.args(headers.split_whitespace()).args(linker.split_whitespace());
        said(&mut command)?;
        std::fs::rename(&partly, &made).map_err(|error| error.to_string())?;
    }
    Ok((made, engine))
}

/// What Gazebo's own parser says against a model; `None` where there is no parser here.
pub(crate) fn complaints(model: &Path) -> Option<String> {
    let Ok(output) = Command::new("ign").args(["sdf", "-k"]).arg(model).output() else {
        eprintln!("skipped: no `ign sdf` here; on Debian 12: apt-get install {SDF_TOOL}");
        return None;
    };
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    // Debian's package lacks a library that draws its backtraces.
    let lines = text.lines().filter(|line| !line.contains("backward.so"));
    let lines: Vec<&str> = lines.filter(|line| line.trim() != "Valid.").collect();
    Some(lines.join("\n").trim().to_owned())
}

/// What the host tells after a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct HostState {
    pub(crate) nanos: u64,
    /// Position, velocity and torque of each joint.
    pub(crate) joints: Vec<[f64; 3]>,
    pub(crate) imu_pose: Isometry3<f64>,
    pub(crate) linear_velocity: Vector3<f64>,
    /// In the link's axes, as is what the accelerometer measures.
    pub(crate) angular_velocity: Vector3<f64>,
    pub(crate) acceleration: Vector3<f64>,
    pub(crate) touching: Vec<bool>,
}

/// The process.
pub(crate) struct Host {
    process: Child,
    requests: ChildStdin,
    answers: ChildStdout,
    joints: usize,
    feet: usize,
}

impl Host {
    /// One robot, whose files lie in `folder`, standing at `base` with its joints at `positions`.
    pub(crate) fn start(
        folder: &Path,
        model: &str,
        step_secs: f64,
        imu_link: &str,
        (joints, positions): (&[String], &[f64]),
        feet: &[String],
        base: &Isometry3<f64>,
    ) -> (Self, HostState) {
        let (program, engine) = program().unwrap();
        let mut command = Command::new(program);
        command
            .arg(engine)
            .arg(folder.join("world.sdf"))
            .arg(folder.join(model));
        command.arg(step_secs.to_string()).arg(imu_link);
        command.args(joints.iter().flat_map(|joint| ["--joint", joint]));
        command.args(feet.iter().flat_map(|foot| ["--foot", foot]));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut host = Self {
            requests: process.stdin.take().unwrap(),
            answers: process.stdout.take().unwrap(),
            process,
            joints: joints.len(),
            feet: feet.len(),
        };
        let (place, turn) = (base.translation.vector, base.rotation);
        let mut begin = vec![place.x, place.y, place.z, turn.w, turn.i, turn.j, turn.k];
        begin.extend(positions);
        host.send(&[], &begin);
        let state = host.answer();
        (host, state)
    }

    fn send(&mut self, words: &[u32], numbers: &[f64]) {
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        bytes.extend(numbers.iter().flat_map(|number| number.to_ne_bytes()));
        self.requests
            .write_all(&bytes)
            .expect("the physics have ended: see what they say above");
    }

    /// Takes so many steps with these commands, five numbers for each joint.
    pub(crate) fn step(&mut self, steps: u32, held: bool, commands: &[f64]) -> HostState {
        self.send(&[steps, u32::from(held)], commands);
        self.answer()
    }

    fn answer(&mut self) -> HostState {
        let numbers = 3 * self.joints + 16;
        let mut bytes = vec![0; 8 * (numbers + 1) + 4 * self.feet];
        self.answers
            .read_exact(&mut bytes)
            .expect("the physics have ended: see what they say above");
        let (nanos, rest) = bytes.split_at(8);
        let (numbers, feet) = rest.split_at(8 * numbers);
        let n: Vec<f64> = numbers
            .chunks_exact(8)
            .map(|b| f64::from_ne_bytes(b.try_into().unwrap()))
            .collect();
        let (joints, link) = n.split_at(3 * self.joints);
        let vector = |at: usize| Vector3::new(link[at], link[at + 1], link[at + 2]);
        let turn = Quaternion::new(link[3], link[4], link[5], link[6]);
        HostState {
            nanos: u64::from_ne_bytes(nanos.try_into().unwrap()),
            joints: joints
                .chunks_exact(3)
                .map(|joint| [joint[0], joint[1], joint[2]])
                .collect(),
            imu_pose: Isometry3::from_parts(Translation3::from(vector(0)), UnitQuaternion::new_normalize(turn)),
            linear_velocity: vector(7),
            angular_velocity: vector(10),
            acceleration: vector(13),
            touching: feet.chunks_exact(4).map(|foot| foot != [0; 4]).collect(),
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
