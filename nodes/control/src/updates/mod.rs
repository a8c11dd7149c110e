//! Another policy for the loop: from the robot's store of releases through admission, shadow, promotion and probation.
//!
//! [`Updates`] is the whole of it without a thread or a bus: [`step`](Updates::step) takes what the loop's tap has, looks
//! into the store now and then, and does what is next. It asks of the loop only what [`PolicyPlaces`] offers.
//!
//! [`PolicyPlaces`]: sinew_control::policies::PolicyPlaces

mod charge;
mod choice;
mod disagreement;
mod evaluation;
mod gains;
mod kept_baseline;
mod params;
mod release;
mod released;
mod steps;
mod trial;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use sinew_control::io::Capabilities;
use sinew_control::mailbox::Operator;
use sinew_control::observation::TermRegistry;
use sinew_control::policies::PolicyRoom;
use sinew_control::probation::{BaselineMeter, Probation};
use sinew_control::robot::RobotDescription;
use sinew_control::shadow::Shadow;
use sinew_control::tap::TapReader;
use sinew_control::tick::LoopParams;
use sinew_models::SessionOptions;
use sinew_node::node::InstalledPolicies;
use sinew_node::report::Event;
use sinew_releases::store::ReleaseSteps;

pub use choice::PolicyChoice;
use disagreement::Disagreement;
use evaluation::Evaluation;
pub use params::{EvaluationParams, UpdateParams};
use release::Admitted;
pub use release::ReleasedPolicy;
pub(super) use released::Released;
pub use released::open_store;
pub(super) use worker::UpdatesWorker;

/// The file of the program that runs, whatever has become of its name.
const THIS_PROGRAM: &str = "/proc/self/exe";
/// The longest observation of a policy that comes with an update, where the first one's is no longer.
const LONGEST_OBSERVATION: usize = 2048;

/// The room that a loop over `dof` joints keeps for policies that come with updates, where they do.
pub(super) fn room(params: &UpdateParams, dof: usize) -> PolicyRoom {
    match params.store {
        None => PolicyRoom::default(),
        Some(_) => PolicyRoom {
            observation: LONGEST_OBSERVATION,
            action: dof,
        },
    }
}

/// What a policy is loaded for.
#[derive(Debug)]
pub struct LoopOfUpdates {
    /// The robot.
    pub robot: RobotDescription,
    /// What it can do.
    pub capabilities: Capabilities,
    /// The terms that may be observed.
    pub registry: TermRegistry,
    /// The loop's parameters.
    pub params: LoopParams,
    /// On what policies run.
    pub session: SessionOptions,
    /// Keys of a contract that win over what a release says.
    pub overrides: Option<serde_yaml_ng::Value>,
}

/// A policy that is in a place of the loop.
#[derive(Debug, Clone)]
struct Placed {
    released: ReleasedPolicy,
    place: u8,
    number: u32,
}

/// What is being done.
#[derive(Debug)]
enum Work {
    /// Nothing but to measure the policy in charge.
    Watch,
    /// It walks in simulation.
    Evaluation {
        candidate: Box<Admitted>,
        evaluation: Box<Evaluation>,
    },
    Shadow {
        candidate: Box<Admitted>,
        shadow: Box<Shadow>,
        disagreement: Disagreement,
        /// How long the robot has run, s.
        ran_secs: f64,
        last_secs: Option<f64>,
    },
    /// It may take charge, once somebody says so.
    Ready(Box<Admitted>),
    /// The loop was asked to change over.
    Switching { to: Box<Placed>, by_operator: bool },
    Probation {
        probation: Box<Probation>,
        /// None where it cannot be loaded any more: then the store says what is gone back to.
        before: Option<Box<Placed>>,
    },
}

/// Brings releases into charge of one loop.
#[derive(Debug)]
pub struct Updates {
    params: UpdateParams,
    releases: ReleaseSteps,
    /// What evaluates candidates: this program.
    program: PathBuf,
    of: LoopOfUpdates,
    operator: Operator,
    installed: Arc<InstalledPolicies>,
    /// There but while its records are taken.
    tap: Option<TapReader>,
    lost_records: u64,
    meter: BaselineMeter,
    work: Work,
    /// The one in charge.
    running: Placed,
    /// The one before, which still is in its place.
    before: Option<Placed>,
    next_number: u32,
    events: Vec<Event>,
}
