//! The host's process, and the simulated robot that it is told of.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use nalgebra::Vector3;
use sinew_control::io::RobotIo;
use sinew_control::state::{JointCommand, RobotState};
use sinew_sim::{SimParams, SimRobot};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The robot of these tests.
pub(crate) fn robot_file() -> PathBuf {
    root().join("launch/robots/strider.yaml")
}

/// The host; `None`, with a word about it, where nothing compiles C here.
pub(crate) fn compiled() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PROGRAM.get_or_init(compile) {
        Ok(program) => Some(program),
        Err(why) => {
            eprintln!("skipped: {why}; on Debian: apt-get install gcc libc6-dev");
            None
        }
    }
}

fn compile() -> Result<PathBuf, String> {
    if let Err(error) = Command::new("cc").arg("--version").output() {
        return Err(format!("cc: {error}"));
    }
    // The library lies beside the tests.
    let tests = std::env::current_exe().unwrap();
    let libraries = tests.parent().unwrap();
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("c_host.{}", std::process::id()));
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut compiler = Command::new("cc");
    compiler
        .args(["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .arg(crate_folder.join("tests/c_host/host.c"))
        .arg("-I")
        .arg(crate_folder.join("include"))
        .arg("-L")
        .arg(libraries)
        .arg(format!("-Wl,-rpath,{}", libraries.display()))
        .args(["-lsinew_controller", "-lm"]);
    let output = compiler.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(program)
}

/// What is asked of the host in one step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked(u32);

impl Asked {
    pub(crate) const ACTIVATE: Self = Self(1);
    const UPDATE: Self = Self(2);
    pub(crate) const DEACTIVATE: Self = Self(4);
    pub(crate) const SUPERVISE: Self = Self(8);
    pub(crate) const STOP: Self = Self(16);
    pub(crate) const CLEAR: Self = Self(32);
    pub(crate) const START: Self = Self(64);
    const COMMAND: Self = Self(256);
}

/// The host, and its robot.
pub(crate) struct Host {
    process: Child,
    requests: ChildStdin,
    answers: ChildStdout,
    robot: SimRobot,
    state: RobotState,
    now_nanos: u64,
    period_nanos: u64,
    /// The velocity that an operator asks for, m/s and rad/s.
    pub(crate) velocity: [f64; 3],
    /// Whether he does.
    pub(crate) commands: bool,
    /// Whether the joints are measured; else their readings are NaN.
    pub(crate) measures: bool,
    /// What the loop did last.
    pub(crate) mode: u32,
    /// Position, velocity, effort, kp and kd of all drives.
    pub(crate) drives: [Vec<f64>; 5],
}

impl Host {
    /// Strider in its harness, which lets go once the policy has begun.
    pub(crate) fn start(interfaces: u32, update_rate_hz: f64) -> Option<Self> {
        let program = compiled()?;
        let model = sinew_robot::load(&root().join("sim/robots/strider/scene.xml")).unwrap();
        let params = SimParams {
            harness_secs: 1.9,
            timestep_secs: 0.001,
            ..SimParams::default()
        };
        let robot = SimRobot::new(&model, &params).unwrap();
        let (dof, feet) = (robot.description().dof(), robot.capabilities().feet.len());
        let mut process = Command::new(program)
            .arg("walk")
            .arg(robot_file())
            .args([interfaces.to_string(), update_rate_hz.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Some(Self {
            requests: process.stdin.take().unwrap(),
            answers: process.stdout.take().unwrap(),
            process,
            robot,
            state: RobotState::new(dof, feet),
            now_nanos: 0,
            period_nanos: (1e9 / update_rate_hz) as u64,
            velocity: [0.0; 3],
            commands: true,
            measures: true,
            mode: 0,
            drives: std::array::from_fn(|_| vec![0.0; dof]),
        })
    }

    /// Activates the controller.
    pub(crate) fn begin(&mut self) {
        assert_eq!(self.ask(Asked::ACTIVATE), 0);
    }

    /// Asks the host for one thing between two updates; gives its status.
    pub(crate) fn ask(&mut self, asked: Asked) -> u32 {
        self.step(asked.0)
    }

    /// Updates for so long.
    pub(crate) fn run(&mut self, secs: f64) {
        for _ in 0..(secs * 1e9) as u64 / self.period_nanos {
            self.update();
        }
    }

    /// Updates until the loop is in this mode, or for so long; gives its mode.
    pub(crate) fn until(&mut self, mode: u32, secs: f64) -> u32 {
        for _ in 0..(secs * 1e9) as u64 / self.period_nanos {
            if self.mode == mode {
                break;
            }
            self.update();
        }
        self.mode
    }

    fn update(&mut self) {
        self.now_nanos += self.period_nanos;
        self.robot.read(self.now_nanos, &mut self.state).unwrap();
        let mut asked = Asked::UPDATE.0 | Asked::SUPERVISE.0;
        // 50 times a second.
        if self.commands && self.now_nanos.is_multiple_of(20_000_000) {
            asked |= Asked::COMMAND.0;
        }
        assert_eq!(self.step(asked), 0);
        let [position, velocity, effort, kp, kd] = self.drives.clone();
        let command = JointCommand {
            position,
            velocity,
            effort,
            kp,
            kd,
        };
        self.robot.write(&command, &self.state).unwrap();
    }

    fn step(&mut self, flags: u32) -> u32 {
        let state = &self.state;
        let (q, imu) = (state.imu.orientation.coords, &state.imu);
        let mut numbers = vec![f64::from(flags), self.now_nanos as f64];
        numbers.extend(self.velocity);
        numbers.extend([q.x, q.y, q.z, q.w]);
        numbers.extend(imu.angular_velocity.iter().chain(&imu.linear_acceleration));
        for part in [&state.position, &state.velocity, &state.effort] {
            numbers.extend(part.iter().map(|&number| if self.measures { number } else { f64::NAN }));
        }
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
        self.requests.write_all(&bytes).unwrap();
        let mut answer = vec![0; 8 * (2 + 5 * state.position.len())];
        self.answers.read_exact(&mut answer).unwrap();
        let mut numbers = answer
            .chunks_exact(8)
            .map(|bytes| f64::from_ne_bytes(bytes.try_into().unwrap()));
        let status = numbers.next().unwrap() as u32;
        self.mode = numbers.next().unwrap() as u32;
        for part in &mut self.drives {
            part.iter_mut().for_each(|number| *number = numbers.next().unwrap());
        }
        status
    }

    /// Where the base is, m.
    pub(crate) fn position(&self) -> Vector3<f64> {
        self.state.truth.unwrap().position
    }

    /// How far the base's z axis points up.
    pub(crate) fn up(&self) -> f64 {
        (self.state.truth.unwrap().orientation * Vector3::z()).z
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It only waits for its next request.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
