//! A simulated robot that sees: camera, detector and follower, without a bus.

use sinew_control::command::VelocityCommand;
use sinew_control::exchange::Taker;
use sinew_control::timing::Durations;
use sinew_messages::std_msgs::msg::Header;
use sinew_perception::annotate;
use sinew_perception::bearing::{CameraModel, ImageKind, NotCalibrated};
use sinew_perception::heads::Seen;
use sinew_perception::image::{Encoding, ImageView, Picture};
use sinew_perception::messages::class_name;
use sinew_robot::RobotModel;
use sinew_robot::camera::{CameraError, CameraPose, CameraPoseError};
use sinew_sim::camera::{Camera, Frame, Prop, SceneParams};
use sinew_sim::{PoseSnapshot, SimRobot};
use thiserror::Error;

use sinew_node::declared::ParameterError;
use sinew_node::topics::pinhole_camera_info;
use sinew_node_follow::{Candidate, Choice, FollowParams, FollowParamsError, Follower, Look, Pursuit, Ranger};

use crate::params::Params;
use sinew_node_perception::{Seer, SeerError, Shown};

/// From an image to the command that follows from it, where time is virtual, s. About what it takes.
pub(super) const LATENCY_SECS: f64 = 0.05;
/// Time between the pictures that are kept for people, s.
const KEEP_SECS: f64 = 0.5;
/// As many are kept; then every other one makes room.
const KEPT: usize = 64;

/// Why a robot cannot follow what it sees.
#[derive(Debug, Error)]
pub enum LookoutError {
    /// Parameters are missing.
    #[error(transparent)]
    Params(#[from] ParameterError),
    /// What is followed, or how, cannot be.
    #[error("`follow`: {0}")]
    Follow(#[from] FollowParamsError),
    /// The detector cannot be used.
    #[error(transparent)]
    Seer(#[from] SeerError),
    /// The camera cannot be made.
    #[error("`scene.camera`: {0}")]
    Camera(#[from] CameraError),
    /// Where the camera sits is not known.
    #[error(transparent)]
    CameraPose(#[from] CameraPoseError),
    /// The camera's lens cannot be used.
    #[error(transparent)]
    Lens(#[from] NotCalibrated),
}

/// An image as people want to see it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// When it was taken, s since the policy took over.
    pub secs: f64,
    /// With boxes.
    pub picture: Picture,
    /// What the robot was doing about its target.
    pub pursuit: Pursuit,
}

/// Sees, and decides where to go.
#[derive(Debug)]
pub struct Lookout {
    camera: Camera,
    scene: SceneParams,
    snapshots: Taker<PoseSnapshot>,
    lens: CameraModel,
    seer: Seer,
    names: Vec<String>,
    params: FollowParams,
    ranger: Ranger,
    choice: Choice,
    follower: Follower,
    frame: Frame,
    props: Vec<Prop>,
    /// The clock's time when everything was where it starts.
    began_nanos: Option<u64>,
    log: Log,
}

/// What has been seen so far.
#[derive(Debug, Default)]
pub struct Log {
    /// Images that were looked at.
    pub images: u64,
    /// Those with the target in it.
    pub with_target: u64,
    /// Those in which the detector failed.
    pub failed: u64,
    /// When the robot arrived, s since the policy took over.
    pub arrived_secs: Option<f64>,
    /// From pixels to detections.
    pub work: Durations,
    /// Some of the images.
    pub snapshots: Vec<Snapshot>,
}

impl Lookout {
    /// On a robot that is about to be simulated.
    ///
    /// # Errors
    /// Where the parameters lack something, or name what is not there.
    pub fn new(params: &Params, model: &RobotModel, robot: &mut SimRobot) -> Result<Option<Self>, LookoutError> {
        let Some(follow) = &params.follow else { return Ok(None) };
        let Some(perception) = &params.perception else {
            return Ok(None);
        };
        let missing = |node: &str, message: &str| ParameterError::value(&params.file, node, message);
        let scene = &params.sim.scene;
        let camera = Camera::new(model, &scene.camera)?.on_slope(params.sim.slope_rad);
        let seer = Seer::load(perception, |path| params.beside(path))?;
        let names = seer.model().names();
        if !names.is_empty() && !names.contains(&follow.target) {
            let (model, known) = (perception.model.display(), names.join(", "));
            let message = format!(
                "`target`: expected a class of {model}: {known}; found {}",
                follow.target
            );
            return Err(missing("follow", &message).into());
        }
        let lens = camera.intrinsics();
        let (size, focal, centre) = ([lens.width, lens.height], [lens.fx, lens.fy], [lens.cx, lens.cy]);
        let info = pinhole_camera_info(&Header::default(), size, focal, centre);
        Ok(Some(Self {
            lens: CameraModel::of(&info, ImageKind::Raw)?,
            camera,
            scene: scene.clone(),
            snapshots: robot.pose_snapshots(),
            names: seer.model().names().to_vec(),
            seer,
            ranger: Ranger::new(
                CameraPose::find(model, params.control.keyframe.as_deref(), &follow.camera)?,
                follow,
            )?,
            params: follow.clone(),
            choice: Choice::default(),
            follower: Follower::default(),
            frame: Frame::default(),
            props: Vec::new(),
            began_nanos: None,
            log: Log::default(),
        }))
    }

    /// Time between images, s.
    pub fn period_secs(&self) -> f64 {
        1.0 / self.scene.rate_hz
    }

    /// Takes an image, and decides. `running_secs` counts from when the policy took over.
    pub fn look(&mut self, running_secs: f64) -> VelocityCommand {
        self.snapshots.take();
        let (stamp_nanos, orientation) = {
            let snapshot = self.snapshots.newest();
            (snapshot.stamp_nanos, snapshot.orientation)
        };
        let began_nanos = *self.began_nanos.get_or_insert(stamp_nanos);
        let secs = stamp_nanos.saturating_sub(began_nanos) as f64 * 1e-9;
        self.scene.props_at(secs, &mut self.props);
        self.scene.look.noise_seed = self.scene.look.noise_seed.wrapping_add(1);
        let poses = &self.snapshots.newest().poses;
        self.camera
            .render(poses, &self.props, &self.scene.look, &mut self.frame);
        let look = self.find_target(secs, &orientation, running_secs);
        let command = self.follower.update(running_secs, look, &self.params);
        if self.follower.pursuit() == Pursuit::Arrived {
            self.log.arrived_secs.get_or_insert(running_secs);
        }
        command
    }

    fn find_target(&mut self, secs: f64, orientation: &nalgebra::UnitQuaternion<f64>, running_secs: f64) -> Look {
        let size = [self.frame.width as usize, self.frame.height as usize];
        let Ok(view) = ImageView::new(Encoding::Rgb8, size, 3 * size[0], false, &self.frame.rgb) else {
            return Look::NoImage;
        };
        let began = std::time::Instant::now();
        self.log.images += 1;
        let shown = Shown {
            camera: 0,
            stamp_secs: secs,
            image: view,
        };
        let sightings = match self.seer.look(shown) {
            Ok(sightings) => sightings,
            Err(error) => {
                tracing::warn!("{error}");
                self.log.failed += 1;
                return Look::NoImage;
            }
        };
        self.log.work.record(began.elapsed().as_nanos() as u64);
        let Some(sighting) = sightings.of.first() else {
            return Look::NoImage;
        };
        let things = match sighting.seen {
            Seen::Things(things) => things.as_slice(),
            _ => &[],
        };
        let labels: Vec<_> = (0..things.len())
            .map(|i| (class_name(&self.names, things[i].class), sighting.id(i)))
            .collect();
        let candidates = things.iter().zip(&labels).map(|(thing, (class, id))| Candidate {
            class,
            id,
            score: f64::from(thing.score),
            bbox: thing.bbox,
        });
        let chosen = self
            .choice
            .choose(&self.params.target, self.params.min_score, candidates);
        let kept = self.log.snapshots.last().map(|last| last.secs + KEEP_SECS);
        if kept.is_none_or(|next| running_secs >= next)
            && let Some(picture) = view.to_rgb()
        {
            self.log.keep(Snapshot {
                secs: running_secs,
                picture: annotate(&picture, sighting.seen, &self.names, |i| sighting.id(i)),
                pursuit: self.follower.pursuit(),
            });
        }
        let Some(chosen) = chosen else { return Look::Nothing };
        self.log.with_target += 1;
        let depth_bytes: Vec<u8>;
        let depth = match self.ranger.needs_depth() {
            true => {
                depth_bytes = self.frame.depth.iter().flat_map(|depth| depth.to_le_bytes()).collect();
                ImageView::new(Encoding::Depth32F, size, 4 * size[0], false, &depth_bytes).ok()
            }
            false => None,
        };
        let place = self
            .ranger
            .in_optical(&self.lens, &chosen.bbox, orientation, depth.as_ref());
        place.map_or(Look::Nothing, |place| {
            Look::At(self.ranger.on_ground(place, orientation))
        })
    }

    /// What has been seen so far.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// What the robot does about its target.
    pub fn pursuit(&self) -> Pursuit {
        self.follower.pursuit()
    }

    /// What it goes to, and where it stops before that, m.
    pub fn target(&self) -> (&str, f64) {
        (&self.params.target, self.params.stop_distance_m)
    }

    /// The things that stand around: their class, and where they are in the world, m.
    pub fn things(&self) -> Vec<(String, [f64; 2])> {
        let named = self.props.iter().filter(|prop| !prop.class.is_empty());
        named
            .map(|prop| (prop.class.clone(), [prop.pose.position_m[0], prop.pose.position_m[1]]))
            .collect()
    }

    /// Distance over ground from a place to the nearest edge of the nearest thing that is really a target, m.
    pub fn true_distance_m(&self, [x, y]: [f64; 2]) -> Option<f64> {
        let targets = self.props.iter().filter(|prop| prop.class == self.params.target);
        let distance = |prop: &Prop| {
            let [px, py, _] = prop.pose.position_m;
            (px - x).hypot(py - y) - prop.radius_m()
        };
        targets.map(distance).min_by(f64::total_cmp)
    }
}

impl Log {
    fn keep(&mut self, snapshot: Snapshot) {
        if self.snapshots.len() == KEPT {
            let mut keep = false;
            self.snapshots.retain(|_| {
                keep = !keep;
                keep
            });
        }
        self.snapshots.push(snapshot);
    }
}
