//! Another model in charge: from the robot's store of releases through admission, shadow, promotion and probation.
//!
//! [`Updates`] is the whole of it without a thread or a bus: its `step` takes the runs of the model in charge,
//! lets the one beside it look at their images, looks into the store now and then, and does what is next. The two threads
//! meet in a `ModelPlace` alone.

mod charge;
mod companion;
mod disagreement;
mod params;
mod probation;
mod release;
mod released;
mod shadow;
mod steps;
mod trial;
mod worker;

use std::sync::Arc;

use sinew_node::report::Event;
use sinew_releases::store::ReleaseSteps;

use crate::place::{ModelPlace, SeenImage};
use companion::Companion;
use disagreement::Disagreement;
pub use params::UpdateParams;
use probation::{BaselineMeter, Probation};
pub use probation::{Broken, ProbationRules, Rule};
pub use release::ModelUse;
use release::Promise;
pub(crate) use released::Released;
use shadow::Shadow;
pub use shadow::ShadowSummary;
pub(crate) use worker::UpdatesWorker;

/// What is being done.
#[derive(Debug)]
enum Work {
    /// Nothing but to measure the model in charge.
    Watch,
    Shadow {
        candidate: Box<Companion>,
        shadow: Box<Shadow>,
        disagreement: Disagreement,
    },
    /// It may take charge, once somebody says so.
    Ready { candidate: Box<Companion>, agreement: f64 },
    /// A model was handed over, to take charge before the next image.
    Switching(Box<Switching>),
    /// The one before is there, where it could be loaded.
    Probation {
        probation: Box<Probation>,
        before: Option<Box<Companion>>,
    },
}

/// A change of the model in charge that was asked for.
#[derive(Debug)]
struct Switching {
    to: String,
    promise: Promise,
    why: Why,
}

/// Why another model takes charge.
#[derive(Debug)]
enum Why {
    /// It is promoted, and the one before it agreed with it so far in shadow.
    Promoted { by_operator: bool, agreement: f64 },
    /// The store has it in charge already.
    InStore,
}

/// Brings releases into charge of one node's images.
#[derive(Debug)]
pub struct Updates {
    params: UpdateParams,
    of: ModelUse,
    releases: ReleaseSteps,
    place: Arc<ModelPlace>,
    work: Work,
    /// Name and version of the one in charge.
    running: String,
    /// What those who hear it rely on.
    promise: Promise,
    meter: BaselineMeter,
    events: Vec<Event>,
    /// What came last, to measure candidates with.
    last_images: Vec<SeenImage>,
    /// Whether it was told that a candidate waits for images.
    waits_for_images: bool,
    /// Whether the release in charge was looked at since the process began.
    has_begun: bool,
}
