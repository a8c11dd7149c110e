//! What has come of the camera, of depth and of how the robot leans, brought together by the time of an image.
//!
//! Nothing is used that is not of the time of the image, by its stamp and by when it came.

use std::sync::Arc;

use nalgebra::{Quaternion, UnitQuaternion};
use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::sensor_msgs::msg::{CameraInfo, Image, Imu};
use sinew_messages::std_msgs::msg::Header;
use sinew_messages::vision_msgs::msg::{Detection2D, Detection2DArray};
use sinew_perception::bearing::{CameraModel, ImageKind, NotCalibrated};
use sinew_perception::heads::BoundingBox;
use sinew_perception::image::ImageView;

use super::recent::Recent;
use super::refusal::{ImageRefusal, RefusalCause};
use super::{Candidate, DetectedImage, FollowParams};
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

/// An image with all that is of its time.
#[derive(Debug)]
pub(super) struct SynchronizedImage<'a> {
    pub(super) image: DetectedImage<'a>,
    /// What is wrong with the image's stamp, though it can be used.
    pub(super) doubt: Option<ImageRefusal>,
}

/// What came lately, and the names of its topics.
#[derive(Debug)]
pub(super) struct Synchronizer {
    pub(super) topics: Topics,
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

/// The topics of what is brought together.
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

impl Synchronizer {
    pub(super) fn new(topics: Topics) -> Self {
        Self {
            topics,
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
    pub(super) fn take_image_size(&mut self, image: &Image) {
        self.image_size = Some([image.width as usize, image.height as usize]);
        self.needs_image_size = false;
    }

    /// Takes a reading of the IMU.
    pub(super) fn take_imu(&mut self, imu: &Imu, now_nanos: u64, params: &FollowParams) {
        let q = &imu.orientation;
        let orientation = UnitQuaternion::try_new(Quaternion::new(q.w, q.x, q.y, q.z), 1e-6);
        // By the message's definition this says that there is none.
        let is_said = imu.orientation_covariance[0] != -1.0;
        let measured_nanos = measured_nanos(&imu.header, now_nanos, params);
        self.leans
            .push(measured_nanos, now_nanos, orientation.filter(|_| is_said));
    }

    /// Takes a calibration.
    pub(super) fn take_camera_info(&mut self, info: &CameraInfo, now_nanos: u64, params: &FollowParams) {
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
    pub(super) fn take_depth(&mut self, depth: Arc<Image>, now_nanos: u64, params: &FollowParams) {
        let measured_nanos = measured_nanos(&depth.header, now_nanos, params);
        self.depths.push(measured_nanos, now_nanos, depth);
    }

    /// Brings what was detected in an image that came now together with the rest of its time, with depth where it is
    /// needed.
    ///
    /// # Errors
    /// Where the image is not one of now, or something is missing of its time.
    pub(super) fn synchronize<'a>(
        &'a mut self,
        array: &'a Detection2DArray,
        now_nanos: u64,
        needs_depth: bool,
        params: &FollowParams,
    ) -> Result<SynchronizedImage<'a>, ImageRefusal> {
        let (taken_nanos, doubt) = self.taken(&array.header, now_nanos, params)?;
        let frame_id = &array.header.frame_id;
        let camera = self.camera(taken_nanos, now_nanos, frame_id, params)?;
        let lately_secs = params.blind_secs + params.sync_secs;
        let sync = |nearest: Option<f64>| in_time(nearest, "sync_secs", params.sync_secs);
        let lean = self.leans.nearest(taken_nanos, now_nanos, lately_secs);
        let lean_off = sync(lean.map(|(_, off)| off)).map_err(|cause| cause.on(&self.topics.imu))?;
        let orientation = lean.and_then(|(lean, _)| *lean);
        let orientation = orientation.ok_or_else(|| RefusalCause::NoOrientation.on(&self.topics.imu))?;
        let mut oldest_secs = lean_off.min(0.0);
        let depth = if needs_depth {
            let on_depth = |cause: RefusalCause| cause.on(&self.topics.depth);
            let depth = self.depths.nearest(taken_nanos, now_nanos, lately_secs);
            oldest_secs = oldest_secs.min(sync(depth.map(|(_, off)| off)).map_err(on_depth)?);
            let depth = depth.map(|(depth, _)| view(depth, frame_id, &camera));
            depth.transpose().map_err(on_depth)?
        } else {
            None
        };
        let age_secs = match doubt {
            Some(_) => 0.0,
            None => offset_secs(taken_nanos, now_nanos),
        };
        let image = DetectedImage {
            candidates: array.detections.iter().filter_map(candidate).collect(),
            camera,
            orientation,
            depth,
            age_secs: (age_secs - oldest_secs).max(0.0),
        };
        Ok(SynchronizedImage { image, doubt })
    }

    /// When an image was taken, and what is to be said of that.
    fn taken(
        &mut self,
        header: &Header,
        now_nanos: u64,
        params: &FollowParams,
    ) -> Result<(u64, Option<ImageRefusal>), ImageRefusal> {
        let stamp = &header.stamp;
        let is_stamped = (stamp.sec, stamp.nanosec) != (0, 0);
        let on_detections = |cause: RefusalCause| cause.on(&self.topics.detections);
        if is_stamped && self.last.replace(stamp.clone()).as_ref() == Some(stamp) {
            return Err(on_detections(RefusalCause::Repeated));
        }
        if params.stamp == StampBy::Arrival {
            return Ok((now_nanos, None));
        }
        let fault = ClockFault::of(to_nanos(stamp), now_nanos, params.blind_secs, params.sync_secs);
        match fault.map(|fault| (fault, on_detections(RefusalCause::Clock(fault)))) {
            Some((fault, refusal)) if !fault.is_of_another_clock() => Err(refusal),
            // Other inputs of the same clock can be compared with it.
            doubt => Ok((to_nanos(stamp), doubt.map(|(_, refusal)| refusal))),
        }
    }

    fn camera(
        &mut self,
        taken_nanos: u64,
        now_nanos: u64,
        frame_id: &str,
        params: &FollowParams,
    ) -> Result<CameraModel, ImageRefusal> {
        let topic = &self.topics.camera_info;
        let on_info = |cause: RefusalCause| cause.on(topic);
        let calibration = match params.camera_info_secs {
            0.0 => self.calibrations.last(),
            limit_secs => {
                let lately_secs = params.blind_secs + limit_secs;
                let nearest = self.calibrations.nearest(taken_nanos, now_nanos, lately_secs);
                in_time(nearest.map(|(_, off)| off), "camera_info_secs", limit_secs).map_err(on_info)?;
                nearest.map(|(calibration, _)| calibration)
            }
        };
        let calibration = calibration.ok_or_else(|| on_info(RefusalCause::Missing))?;
        same_frame(frame_id, &calibration.frame_id).map_err(on_info)?;
        let camera = calibration.camera.clone().map_err(|error| on_info(error.into()))?;
        let (expected, found) = (camera.size(), self.image_size.unwrap_or(camera.size()));
        // Binning rounds as the camera likes.
        if (0..2).any(|i| expected[i].abs_diff(found[i]) > 1) {
            // The camera may have changed over: the next image says.
            self.needs_image_size = true;
            return Err(on_info(RefusalCause::OtherSize { expected, found }));
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
fn in_time(nearest: Option<f64>, key: &'static str, limit_secs: f64) -> Result<f64, RefusalCause> {
    let off_secs = nearest.ok_or(RefusalCause::Missing)?;
    if off_secs.abs() <= limit_secs {
        Ok(off_secs)
    } else {
        Err(RefusalCause::OtherTime {
            key,
            limit_secs,
            off_secs,
        })
    }
}

/// Frames that nobody names are not compared.
fn same_frame(expected: &str, found: &str) -> Result<(), RefusalCause> {
    if expected.is_empty() || found.is_empty() || expected == found {
        Ok(())
    } else {
        Err(RefusalCause::OtherFrame {
            expected: expected.to_owned(),
            found: found.to_owned(),
        })
    }
}

/// An image of depth that shows the same as a camera's.
fn view<'a>(depth: &'a Image, frame_id: &str, camera: &CameraModel) -> Result<ImageView<'a>, RefusalCause> {
    same_frame(frame_id, &depth.header.frame_id)?;
    let view = ImageView::of(depth)?;
    if !view.encoding().is_depth() {
        return Err(RefusalCause::NoDepth(view.encoding().to_string()));
    }
    let (expected, found) = (camera.size(), [view.width(), view.height()]);
    let shape = |[width, height]: [usize; 2]| width as f64 / height as f64;
    if (shape(found) / shape(expected) - 1.0).abs() <= SAME_SHAPE {
        Ok(view)
    } else {
        Err(RefusalCause::OtherView { expected, found })
    }
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
