//! What is known of the camera, of depth and of how the robot leans, and what an image shows by that.
//!
//! Nothing is used that is not of the time of the image, by its stamp and by when it came.

use std::sync::Arc;

use nalgebra::{Quaternion, UnitQuaternion};
use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::geometry_msgs::msg::PoseStamped;
use sinew_messages::sensor_msgs::msg::{CameraInfo, Image, Imu};
use sinew_messages::std_msgs::msg::Header;
use sinew_messages::vision_msgs::msg::{Detection2D, Detection2DArray};
use sinew_perception::bearing::{CameraModel, ImageKind, NotCalibrated, pose};
use sinew_perception::heads::BoundingBox;
use sinew_perception::image::ImageView;

use super::recent::Recent;
use super::unseen::{Unseen, Why};
use super::{Candidate, Choice, FollowParams, Look, Ranger};
use sinew_node::node::to_nanos;
use sinew_node::stamps::StampBy;
use sinew_node::stamps::{ClockFault, offset_secs};

/// Readings of the IMU that are kept to find that of an image: two seconds at 500 Hz.
const LEANS: usize = 1024;
/// Images of depth that are kept for the same: a second of the loop.
const DEPTHS: usize = 20;
/// And calibrations: a second at 30 Hz.
const CALIBRATIONS: usize = 32;
/// How far, as a share, the proportions of depth may be from those of the camera's images.
const SAME_SHAPE: f64 = 0.02;

/// What an image shows.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) look: Look,
    /// How long ago the oldest was taken of what it is made of, s.
    pub(super) age_secs: f64,
    /// The target in the optical frame.
    pub(super) target: Option<PoseStamped>,
    /// What is wrong with the image's stamp, though it can be used.
    pub(super) doubt: Option<Unseen>,
}

/// What came lately, and the names of its topics.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) topics: Topics,
    choice: Choice,
    calibrations: Recent<Calibration>,
    depths: Recent<Arc<Image>>,
    /// Orientation of the base; `None` where a reading has none.
    leans: Recent<Option<UnitQuaternion<f64>>>,
    /// The stamp of the last image.
    last: Option<Time>,
    /// Width and height of the camera's images, pixels, once one was seen: detections do not say it.
    image_size: Option<[usize; 2]>,
    /// Whether the next image is to say it.
    needs_image_size: bool,
}

/// What a sight is made of.
#[derive(Debug, Clone)]
pub(super) struct Topics {
    pub(super) detections: String,
    pub(super) image: String,
    pub(super) camera_info: String,
    pub(super) depth: String,
    pub(super) imu: String,
}

impl Topics {
    /// Of a camera of this name.
    pub(super) fn of(camera: &str, kind: ImageKind) -> Self {
        let image = match kind {
            ImageKind::Raw => "image_raw",
            ImageKind::Rectified => "image_rect",
        };
        Self {
            detections: format!("{camera}/detections"),
            image: format!("{camera}/{image}"),
            camera_info: format!("{camera}/camera_info"),
            depth: format!("{camera}/depth/image_rect_raw"),
            imu: "imu/data".to_owned(),
        }
    }
}

#[derive(Debug)]
struct Calibration {
    frame_id: String,
    camera: Result<CameraModel, NotCalibrated>,
}

impl Sight {
    pub(super) fn new(topics: Topics) -> Self {
        Self {
            topics,
            choice: Choice::default(),
            calibrations: Recent::new(CALIBRATIONS),
            depths: Recent::new(DEPTHS),
            leans: Recent::new(LEANS),
            last: None,
            image_size: None,
            needs_image_size: true,
        }
    }

    /// Whether an image has to be seen to know the size of all.
    pub(super) fn needs_image_size(&self) -> bool {
        self.needs_image_size
    }

    /// Takes the size of an image of the camera.
    pub(super) fn show(&mut self, image: &Image) {
        self.image_size = Some([image.width as usize, image.height as usize]);
        self.needs_image_size = false;
    }

    /// Takes a reading of the IMU.
    pub(super) fn lean(&mut self, imu: &Imu, now_nanos: u64, params: &FollowParams) {
        let q = &imu.orientation;
        let orientation = UnitQuaternion::try_new(Quaternion::new(q.w, q.x, q.y, q.z), 1e-6);
        // By the message's definition this says that there is none.
        let is_said = imu.orientation_covariance[0] != -1.0;
        let measured_nanos = measured_nanos(&imu.header, now_nanos, params);
        self.leans
            .push(measured_nanos, now_nanos, orientation.filter(|_| is_said));
    }

    /// Takes a calibration.
    pub(super) fn calibrate(&mut self, info: &CameraInfo, now_nanos: u64, params: &FollowParams) {
        let camera = CameraModel::of(info, params.image);
        let camera = match params.image_size() {
            Some(size) => camera.and_then(|camera| camera.resized(size)),
            None => camera,
        };
        let calibration = Calibration {
            frame_id: info.header.frame_id.clone(),
            camera,
        };
        let measured_nanos = measured_nanos(&info.header, now_nanos, params);
        self.calibrations.push(measured_nanos, now_nanos, calibration);
    }

    /// Takes an image of depth.
    pub(super) fn measure(&mut self, depth: Arc<Image>, now_nanos: u64, params: &FollowParams) {
        let measured_nanos = measured_nanos(&depth.header, now_nanos, params);
        self.depths.push(measured_nanos, now_nanos, depth);
    }

    /// Finds the target in what was detected in an image that came now.
    pub(super) fn look(
        &mut self,
        array: &Detection2DArray,
        now_nanos: u64,
        ranger: &Ranger,
        params: &FollowParams,
    ) -> Result<Seen, Unseen> {
        let (taken_nanos, doubt) = self.taken(&array.header, now_nanos, params)?;
        let frame_id = &array.header.frame_id;
        let camera = self.camera(taken_nanos, now_nanos, frame_id, params)?;
        let lately_secs = params.blind_secs + params.sync_secs;
        let sync = |nearest: Option<f64>| in_time(nearest, "sync_secs", params.sync_secs);
        let lean = self.leans.nearest(taken_nanos, now_nanos, lately_secs);
        let lean_off = sync(lean.map(|(_, off)| off)).map_err(|why| why.on(&self.topics.imu))?;
        let orientation = lean.and_then(|(lean, _)| *lean);
        let orientation = orientation.ok_or_else(|| Why::NoOrientation.on(&self.topics.imu))?;
        let mut oldest_secs = lean_off.min(0.0);
        let depth = match ranger.needs_depth() {
            false => None,
            true => {
                let on_depth = |why: Why| why.on(&self.topics.depth);
                let depth = self.depths.nearest(taken_nanos, now_nanos, lately_secs);
                oldest_secs = oldest_secs.min(sync(depth.map(|(_, off)| off)).map_err(on_depth)?);
                let depth = depth.map(|(depth, _)| view(depth, frame_id, &camera));
                depth.transpose().map_err(on_depth)?
            }
        };
        let age_secs = match doubt {
            Some(_) => 0.0,
            None => offset_secs(taken_nanos, now_nanos),
        };
        let mut seen = Seen {
            look: Look::Nothing,
            age_secs: (age_secs - oldest_secs).max(0.0),
            target: None,
            doubt,
        };
        let candidates = array.detections.iter().filter_map(candidate);
        let Some(chosen) = self.choice.choose(&params.target, params.min_score, candidates) else {
            return Ok(seen);
        };
        let at = chosen.bbox.centre();
        if !camera.contains(at) {
            let size = camera.size();
            return Err(Why::Outside { at, size }.on(&self.topics.detections));
        }
        if let Some(place) = ranger.in_optical(&camera, &chosen.bbox, &orientation, depth.as_ref()) {
            seen.target = Some(pose(&array.header, place));
            seen.look = Look::At(ranger.on_ground(place, &orientation));
        } else if let Some(depth) = depth.filter(measures_nothing) {
            return Err(Why::NothingMeasured([depth.width(), depth.height()]).on(&self.topics.depth));
        }
        Ok(seen)
    }

    /// When an image was taken, and what is to be said of that.
    fn taken(
        &mut self,
        header: &Header,
        now_nanos: u64,
        params: &FollowParams,
    ) -> Result<(u64, Option<Unseen>), Unseen> {
        let stamp = &header.stamp;
        let is_stamped = (stamp.sec, stamp.nanosec) != (0, 0);
        let on_detections = |why: Why| why.on(&self.topics.detections);
        if is_stamped && self.last.replace(stamp.clone()).as_ref() == Some(stamp) {
            return Err(on_detections(Why::Repeated));
        }
        if params.stamp == StampBy::Arrival {
            return Ok((now_nanos, None));
        }
        let fault = ClockFault::of(to_nanos(stamp), now_nanos, params.blind_secs, params.sync_secs);
        match fault.map(|fault| (fault, on_detections(Why::Clock(fault)))) {
            Some((fault, unseen)) if !fault.is_of_another_clock() => Err(unseen),
            // Other inputs of the same clock can be compared with it.
            doubt => Ok((to_nanos(stamp), doubt.map(|(_, unseen)| unseen))),
        }
    }

    fn camera(
        &mut self,
        taken_nanos: u64,
        now_nanos: u64,
        frame_id: &str,
        params: &FollowParams,
    ) -> Result<CameraModel, Unseen> {
        let topic = &self.topics.camera_info;
        let on_info = |why: Why| why.on(topic);
        let calibration = match params.camera_info_secs {
            0.0 => self.calibrations.last(),
            limit_secs => {
                let lately_secs = params.blind_secs + limit_secs;
                let nearest = self.calibrations.nearest(taken_nanos, now_nanos, lately_secs);
                in_time(nearest.map(|(_, off)| off), "camera_info_secs", limit_secs).map_err(on_info)?;
                nearest.map(|(calibration, _)| calibration)
            }
        };
        let calibration = calibration.ok_or_else(|| on_info(Why::Missing))?;
        same_frame(frame_id, &calibration.frame_id).map_err(on_info)?;
        let camera = calibration.camera.clone().map_err(|error| on_info(error.into()))?;
        let (expected, found) = (camera.size(), self.image_size.unwrap_or(camera.size()));
        // Binning rounds as the camera likes.
        if (0..2).any(|i| expected[i].abs_diff(found[i]) > 1) {
            // The camera may have changed over: the next image says.
            self.needs_image_size = true;
            return Err(on_info(Why::OtherSize { expected, found }));
        }
        Ok(camera)
    }
}

/// When something was measured.
fn measured_nanos(header: &Header, now_nanos: u64, params: &FollowParams) -> u64 {
    match params.stamp {
        StampBy::Message => to_nanos(&header.stamp),
        StampBy::Arrival => now_nanos,
    }
}

/// How far the nearest is from an image, s, where that is near enough.
fn in_time(nearest: Option<f64>, key: &'static str, limit_secs: f64) -> Result<f64, Why> {
    let off_secs = nearest.ok_or(Why::Missing)?;
    if off_secs.abs() <= limit_secs {
        Ok(off_secs)
    } else {
        Err(Why::OtherTime {
            key,
            limit_secs,
            off_secs,
        })
    }
}

/// Frames that nobody names are not compared.
fn same_frame(expected: &str, found: &str) -> Result<(), Why> {
    if expected.is_empty() || found.is_empty() || expected == found {
        Ok(())
    } else {
        Err(Why::OtherFrame {
            expected: expected.to_owned(),
            found: found.to_owned(),
        })
    }
}

/// An image of depth that shows the same as a camera's.
fn view<'a>(depth: &'a Image, frame_id: &str, camera: &CameraModel) -> Result<ImageView<'a>, Why> {
    same_frame(frame_id, &depth.header.frame_id)?;
    let view = ImageView::of(depth)?;
    if !view.encoding().is_depth() {
        return Err(Why::NoDepth(view.encoding().to_string()));
    }
    let (expected, found) = (camera.size(), [view.width(), view.height()]);
    let shape = |[width, height]: [usize; 2]| width as f64 / height as f64;
    if (shape(found) / shape(expected) - 1.0).abs() <= SAME_SHAPE {
        Ok(view)
    } else {
        Err(Why::OtherView { expected, found })
    }
}

/// Whether a camera of depth is covered or broken: what is only out of its reach leaves the rest of the image.
fn measures_nothing(depth: &ImageView<'_>) -> bool {
    (0..depth.height()).all(|y| (0..depth.width()).all(|x| depth.depth_m(x, y).is_none()))
}

fn candidate(detection: &Detection2D) -> Option<Candidate<'_>> {
    let result = detection.results.first()?;
    let bbox = &detection.bbox;
    let centre = [bbox.center.position.x, bbox.center.position.y];
    let size = [bbox.size_x, bbox.size_y];
    let is_number = [centre, size].as_flattened().iter().all(|edge| edge.is_finite());
    is_number.then(|| Candidate {
        class: &result.hypothesis.class_id,
        id: &detection.id,
        score: result.hypothesis.score,
        bbox: BoundingBox::centred(centre.map(|at| at as f32), size.map(|side| side as f32)),
    })
}

#[cfg(test)]
mod tests;
