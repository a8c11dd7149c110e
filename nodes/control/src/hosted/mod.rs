//! A control loop that somebody else's thread ticks, such as the thread of ros2_control's controller manager.
//!
//! The same loop, gate, latch and reports as those of the node `control`, from the same parameters, without a bus and
//! without a thread of its own. It has two ends:
//!
//! - [`HostedTicks`] for the thread that reads and writes the robot: activate, update at a fixed rate, deactivate. An
//!   update hands on what was measured and gives what the drives are to do; nothing in it waits, locks or allocates.
//! - [`HostedOperator`] for everybody else: velocities, requests, reports. Somebody has to call
//!   [`supervise`](HostedOperator::supervise) about every 20 ms: before that the robot does not stand up, and what is
//!   latched is not kept.
//!
//! | | with kp and kd in the drives | with efforts alone |
//! |---|---|---|
//! | a command | what the gate wrote in the loop's last tick | its torque, computed in each update from what was measured there |
//! | `damp` | kp 0, the damping of `damp_kd` | a torque against the measured velocity |
//! | a joint is not measured | what the safe action says | zero for it, once its reading is stale |
//! | the loop panics | `damp` until it is deactivated; it begins stopped after that | the same |
//! | deactivated | the safe action, without a torque of its own | zero |
//!
//! After a deactivation the next loop begins as the node's does: stopped where it was stopped.

mod clock;
mod operator;
mod robot;
mod ticking;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use anyhow::{Context, bail, ensure};
use crossbeam_queue::ArrayQueue;
use sinew_control::gate::{JointLimits, Stop};
use sinew_control::tick::ControlLoop;
use sinew_node::declared::{ParameterError, ParameterFiles};
use sinew_node::node::{RosArgs, parameters_of};
use sinew_node::topics::CommandForm;

use self::clock::{HostClock, HostTime};
pub use self::operator::{Answer, HostedOperator};
use self::robot::{HostEnd, hosted_robot};
pub use self::ticking::{HostedError, HostedTicks, ImuReading, Readings};
use super::latch::Latch;
use super::services::ServiceState;
use super::updates::PolicyChoice;
use super::{Control, LoopSource, PolicyOnRobot, hear_base_velocity, latch_file, late_damping, records_kept};

/// Which commands the host's hardware takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandInterfaces {
    /// Position, velocity, effort, kp and kd: the drives compute the torque.
    Impedance,
    /// Efforts: Sinew computes the torque in each update.
    Effort,
}

impl CommandInterfaces {
    /// Name for people and machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Impedance => "impedance",
            Self::Effort => "effort",
        }
    }
}

/// What a hosted loop is made from.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// The robot's parameter files, of which later ones win.
    pub files: Vec<PathBuf>,
    /// Full name of who hosts the loop, such as `/sinew_controller`: its latch file is named after it.
    pub name: String,
    /// Which commands the hardware takes.
    pub interfaces: CommandInterfaces,
    /// How often [`HostedTicks::update`] is called, Hz: a whole multiple of `rate_hz`.
    pub update_rate_hz: f64,
    /// Whether a simulator plays the robot: then the host's time is its, which stands still within an update; else it is
    /// that of the machine's monotonic clock.
    pub simulated: bool,
}

/// How far the ratio of two rates may be from a whole number.
const WHOLE: f64 = 1e-6;

/// What both ends know.
#[derive(Debug)]
struct Hosted {
    source: LoopSource,
    loaded: PolicyOnRobot,
    interfaces: CommandInterfaces,
    cautions: Vec<String>,
    limits: Vec<JointLimits>,
    reach: ServiceState,
    latch: Arc<Latch>,
    /// The loop of the next activation.
    ready: ArrayQueue<Box<HostedLoop>>,
    /// That of the last one.
    ended: ArrayQueue<Box<HostedLoop>>,
    activations: AtomicU64,
    went_back: AtomicBool,
    failed: AtomicBool,
}

/// A loop, and the host's end of its robot.
#[derive(Debug)]
struct HostedLoop {
    control: ControlLoop,
    host: HostEnd,
    /// The stop that was latched before it was deactivated.
    stop: Option<Stop>,
    /// Whether it has panicked.
    failed: bool,
}

/// The two ends of a loop that a host ticks.
///
/// # Errors
/// Where the files, the robot or the policy cannot be used, or do not fit each other or the host; the message names
/// file, key, what was expected and what was found.
pub fn host(options: &HostOptions) -> anyhow::Result<(HostedTicks, HostedOperator)> {
    let mut source = loop_source(&options.files)?;
    let topics = &mut source.control.topics;
    topics.command = match options.interfaces {
        CommandInterfaces::Impedance => CommandForm::Impedance,
        CommandInterfaces::Effort => CommandForm::ForwardEffort,
    };
    // Whoever hosts the loop stops it by deactivating it.
    topics.safe_stop.clear();
    expect_rates(&source, options.update_rate_hz)?;
    let loaded = PolicyOnRobot::chosen(&source, &PolicyChoice::default())?;
    hear_base_velocity(&mut source.control.topics, &loaded, options.simulated)
        .with_context(|| source.params_file.display().to_string())?;
    let time = HostTime::new(options.simulated);
    let first = next_loop(&source, &loaded, time.clock())?;
    let limits = first.control.gate().limits().to_vec();
    let mut cautions = loaded.fallbacks();
    cautions.extend(loaded.unbounded_torque(&source.robot_description));
    cautions.extend(late_damping(&source.control, options.update_rate_hz));
    tracing::info!("{}", loaded.introduction(&first.control));
    cautions.iter().for_each(|caution| tracing::warn!("{caution}"));
    let latch = opened_latch(&source, options)?;
    let reach = ServiceState::new(
        first.control.operator(),
        latch.clone(),
        loaded.robot.clone(),
        &source.control,
    );
    let hosted = Arc::new(Hosted {
        source,
        loaded,
        interfaces: options.interfaces,
        cautions,
        limits,
        reach,
        latch,
        ready: ArrayQueue::new(1),
        ended: ArrayQueue::new(1),
        activations: AtomicU64::new(0),
        went_back: AtomicBool::new(false),
        failed: AtomicBool::new(false),
    });
    let clock = time.clock();
    let _ = hosted.ready.push(Box::new(first));
    let ticks = HostedTicks::new(hosted.clone(), time, options.update_rate_hz);
    Ok((ticks, HostedOperator::new(hosted, clock)))
}

/// What the node `control` of these files would make its loop from.
fn loop_source(paths: &[PathBuf]) -> anyhow::Result<LoopSource> {
    ensure!(!paths.is_empty(), "expected a robot's parameter file, found none");
    let files = ParameterFiles::read(paths)?;
    let declared = parameters_of::<Control>(&files, &RosArgs::default())?;
    let beside = |path: &Path| files.beside(path);
    let file = files.last().unwrap_or(Path::new("")).to_owned();
    let Some(description) = &declared.common().robot_description else {
        let message = "`robot_description`: expected a MJCF or URDF file, found none";
        return Err(ParameterError::value(&file, "/**", message).into());
    };
    Ok(LoopSource {
        robot_description: beside(description),
        control: declared.value().clone().with_files(beside),
        params_file: file,
    })
}

fn expect_rates(source: &LoopSource, update_rate_hz: f64) -> anyhow::Result<()> {
    ensure!(
        update_rate_hz.is_finite() && update_rate_hz > 0.0,
        "the rate of the host's updates: expected more than 0 Hz, found {update_rate_hz}"
    );
    let rate_hz = source.control.rate_hz;
    let ratio = update_rate_hz / rate_hz;
    if ratio < 1.0 - WHOLE || (ratio - ratio.round()).abs() > WHOLE * ratio {
        bail!(
            "{}: control: `rate_hz`: expected {update_rate_hz} Hz, the rate of the host's updates, divided by a whole \
             number, found {rate_hz} Hz",
            source.params_file.display()
        );
    }
    Ok(())
}

fn next_loop(source: &LoopSource, loaded: &PolicyOnRobot, clock: HostClock) -> anyhow::Result<HostedLoop> {
    let topics = &source.control.topics;
    let (robot, host) = hosted_robot(&loaded.robot, &topics.feet, topics.base_velocity);
    let records = records_kept(source.control.rate_hz);
    let (control, _) = loaded.checked_loop(&source.control, Box::new(robot), Box::new(clock), records)?;
    Ok(HostedLoop {
        control,
        host,
        stop: None,
        failed: false,
    })
}

fn opened_latch(source: &LoopSource, options: &HostOptions) -> anyhow::Result<Arc<Latch>> {
    let asked = source.control.latch_file.as_deref();
    let file = latch_file::file_of(asked, &options.name, options.simulated, |name| std::env::var_os(name))?;
    let latch = Arc::new(Latch::default());
    if let Some(told) = latch.open(file, source.control.safety.safe_action)? {
        tracing::warn!("{told}");
    }
    Ok(latch)
}
