//! A simulated robot that follows what its camera shows: camera, detector and follower, without a bus.

use nalgebra::UnitQuaternion;
use sinew_control::command::VelocityCommand;
use sinew_control::exchange::Taker;
use sinew_control::timing::Durations;
use sinew_messages::std_msgs::msg::Header;
use sinew_perception::annotate;
use sinew_perception::bearing::{CameraModel, ImageKind, NotCalibrated};
use sinew_perception::heads::Prediction;
use sinew_perception::image::{Encoding, ImageView, Picture};
use sinew_perception::messages::class_name;
use sinew_robot::RobotModel;
use sinew_robot::camera::{CameraError, CameraPose, CameraPoseError};
use sinew_sim::camera::{Camera, Frame, Prop, SceneParams};
use sinew_sim::{PoseSnapshot, SimRobot};
use thiserror::Error;

use sinew_node::declared::ParameterError;
use sinew_node::topics::pinhole_camera_info;
use sinew_node_follow::{
    Candidate, DetectedImage, FollowParams, FollowParamsError, FollowStep, Pursuit, Ranger, TargetFollower, TargetPlace,
};

use crate::params::Params;
use sinew_node_perception::{CameraImage, Detector, DetectorError};

/// From an image to the command that follows from it, where time is virtual, s. About what it takes.
pub(super) const LATENCY_SECS: f64 = 0.05;
/// Time between the pictures that are kept for people, s.
const KEEP_SECS: f64 = 0.5;
/// So many are kept at most; when there are more, every other one is dropped.
const KEPT: usize = 64;

/// Why a robot cannot follow what it sees.
#[derive(Debug, Error)]
pub enum CameraFollowerError {
    /// Parameters are missing.
    #[error(transparent)]
    Params(#[from] ParameterError),
    /// What is followed, or how, cannot be.
    #[error("`follow`: {0}")]
    Follow(#[from] FollowParamsError),
    /// The detector cannot be used.
    #[error(transparent)]
    Detector(#[from] DetectorError),
    /// The camera cannot be made.
    #[error("`scene.camera`: {0}")]
    Camera(CameraError),
    /// Where the camera sits is not known.
    #[error(transparent)]
    CameraPose(#[from] CameraPoseError),
    /// The camera's lens cannot be used.
    #[error(transparent)]
    Lens(#[from] NotCalibrated),
}

/// An image as people want to see it.
#[derive(Debug, Clone)]
pub struct AnnotatedImage {
    /// When it was taken, s since the policy took over.
    pub secs: f64,
    /// With boxes.
    pub picture: Picture,
    /// What the robot was doing about its target.
    pub pursuit: Pursuit,
}

/// Takes images of a simulated robot, detects its target in them, and decides where to go.
#[derive(Debug)]
pub struct CameraFollower {
    camera: Camera,
    scene: SceneParams,
    snapshots: Taker<PoseSnapshot>,
    lens: CameraModel,
    detector: Detector,
    names: Vec<String>,
    params: FollowParams,
    follower: TargetFollower,
    frame: Frame,
    props: Vec<Prop>,
    /// The clock's time when everything was where it starts.
    began_nanos: Option<u64>,
    log: FollowLog,
}

/// What has been seen so far.
#[derive(Debug, Default)]
pub struct FollowLog {
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
    pub annotated: Vec<AnnotatedImage>,
}

impl CameraFollower {
    /// On a robot that is about to be simulated.
    ///
    /// # Errors
    /// Where the parameters lack something, or name what is not there.
    pub fn new(params: &Params, model: &RobotModel, robot: &mut SimRobot) -> Result<Option<Self>, CameraFollowerError> {
        let Some(follow) = &params.follow else { return Ok(None) };
        let Some(perception) = &params.perception else {
            return Ok(None);
        };
        let missing = |node: &str, message: &str| ParameterError::value(&params.file, node, message);
        let scene = &params.sim.scene;
        let camera = Camera::new(model, &scene.camera)
            .map_err(CameraFollowerError::Camera)?
            .on_slope(params.sim.slope_rad);
        if let Some(store) = &perception.updates.store {
            tracing::warn!(
                "`perception.updates.store`: only the node `perception` takes its model out of {}; this is about `model`, {}",
                store.display(),
                perception.model.display()
            );
        }
        let detector = Detector::load(perception, |path| params.beside(path))?;
        let names = detector.model().names();
        if !names.is_empty() && !names.contains(&follow.target) {
            let (model, known) = (perception.model.display(), names.join(", "));
            let message = format!(
                "`target`: expected a class of {model}: {known}; found {}",
                follow.target
            );
            return Err(missing("follow", &message).into());
        }
        let camera_pose = CameraPose::find(model, params.control.keyframe.as_deref(), &follow.camera)?;
        let lens = camera.intrinsics();
        let (size, focal, centre) = ([lens.width, lens.height], [lens.fx, lens.fy], [lens.cx, lens.cy]);
        let info = pinhole_camera_info(&Header::default(), size, focal, centre);
        Ok(Some(Self {
            lens: CameraModel::of(&info, ImageKind::Raw)?,
            camera,
            scene: scene.clone(),
            snapshots: robot.pose_snapshots(),
            names: detector.model().names().to_vec(),
            detector,
            follower: TargetFollower::new(Ranger::new(camera_pose, follow)?),
            params: follow.clone(),
            frame: Frame::default(),
            props: Vec::new(),
            began_nanos: None,
            log: FollowLog::default(),
        }))
    }

    /// Time between images, s.
    pub fn period_secs(&self) -> f64 {
        1.0 / self.scene.rate_hz
    }

    /// Takes an image, and decides. `running_secs` counts from when the policy took over.
    pub fn step(&mut self, running_secs: f64) -> VelocityCommand {
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
        let step = self.follow(secs, orientation, running_secs);
        self.log.with_target += u64::from(step.target.is_some_and(|place| place != TargetPlace::NotDetected));
        if self.follower.pursuit() == Pursuit::Arrived {
            self.log.arrived_secs.get_or_insert(running_secs);
        }
        step.command
    }

    /// Detects and follows in the image that was just taken.
    fn follow(&mut self, secs: f64, orientation: UnitQuaternion<f64>, running_secs: f64) -> FollowStep {
        let size = [self.frame.width as usize, self.frame.height as usize];
        let rgb = ImageView::new(Encoding::Rgb8, size, 3 * size[0], false, &self.frame.rgb).ok();
        let Some(image) = rgb else {
            return self.follower.update(running_secs, None, &self.params);
        };
        let began = std::time::Instant::now();
        self.log.images += 1;
        let camera_image = CameraImage {
            camera: 0,
            stamp_secs: secs,
            image,
        };
        let results = match self.detector.detect(camera_image) {
            Ok(results) => results.images,
            Err(error) => {
                tracing::warn!("{error}");
                self.log.failed += 1;
                return self.follower.update(running_secs, None, &self.params);
            }
        };
        self.log.work.record(began.elapsed().as_nanos() as u64);
        let Some(result) = results.first() else {
            return self.follower.update(running_secs, None, &self.params);
        };
        let kept = self.log.annotated.last().map(|last| last.secs + KEEP_SECS);
        if kept.is_none_or(|next| running_secs >= next)
            && let Some(picture) = image.to_rgb()
        {
            self.log.keep(AnnotatedImage {
                secs: running_secs,
                picture: annotate(&picture, result.prediction, &self.names, |i| result.id(i)),
                pursuit: self.follower.pursuit(),
            });
        }
        let things = match result.prediction {
            Prediction::Things(things) => things.as_slice(),
            _ => &[],
        };
        let labels: Vec<_> = (0..things.len())
            .map(|i| (class_name(&self.names, things[i].class), result.id(i)))
            .collect();
        let candidates = things.iter().zip(&labels).map(|(thing, (class, id))| Candidate {
            class,
            id,
            score: f64::from(thing.score),
            bbox: thing.bbox,
        });
        let depth = &self.frame.depth;
        let depth: Option<Vec<u8>> =
            (self.follower.needs_depth()).then(|| depth.iter().flat_map(|depth| depth.to_le_bytes()).collect());
        let depth = depth.as_deref();
        let image = DetectedImage {
            candidates: candidates.collect(),
            camera: self.lens,
            orientation,
            depth: depth.and_then(|bytes| ImageView::new(Encoding::Depth32F, size, 4 * size[0], false, bytes).ok()),
            age_secs: 0.0,
        };
        self.follower.update(running_secs, Some(&image), &self.params)
    }

    /// What has been seen so far.
    pub fn log(&self) -> &FollowLog {
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

impl FollowLog {
    fn keep(&mut self, image: AnnotatedImage) {
        if self.annotated.len() == KEPT {
            let mut keep = false;
            self.annotated.retain(|_| {
                keep = !keep;
                keep
            });
        }
        self.annotated.push(image);
    }
}
