//! The simulated camera, in a thread of its own: it draws the newest poses of the robot's bodies.

use sinew_control::exchange::Taker;
use sinew_messages::sensor_msgs::msg::{CameraInfo, Image};
use sinew_messages::std_msgs::msg::Header;
use sinew_messages::vision_msgs::msg::{BoundingBox2D, Detection2D, Detection2DArray};
use sinew_robot::RobotModel;
use sinew_robot::camera::{CameraError, Intrinsics};
use sinew_sim::camera::{Camera, Frame, Prop, SceneParams};
use sinew_sim::{PoseSnapshot, SimParams};

use sinew_node::bus::{Bus, BusError, Publisher, Qos};
use sinew_node::node::to_stamp;
use sinew_node::pace::Pace;
use sinew_node::topics::pinhole_camera_info;
use sinew_node::worker::{Builder, Worker};

const FRAME_ID: &str = "camera_optical_frame";

/// The outputs of a simulated camera.
#[derive(Debug)]
struct Outputs {
    image: Publisher<Image>,
    info: Publisher<CameraInfo>,
    depth: Publisher<Image>,
    truth: Option<Publisher<Detection2DArray>>,
}

impl Outputs {
    fn new(bus: &dyn Bus, camera: &str) -> Result<Self, BusError> {
        let qos = Qos::sensor_data().keep_last(1);
        let topic = |name: &str| format!("{camera}/{name}");
        Ok(Self {
            image: Publisher::new(bus, &topic("image_raw"), qos)?,
            info: Publisher::new(bus, &topic("camera_info"), qos)?,
            depth: Publisher::new(bus, &topic("depth/image_rect_raw"), qos)?,
            truth: match Publisher::new(bus, &topic("ground_truth"), qos) {
                Ok(publisher) => Some(publisher),
                // `vision_msgs` is not part of every ROS build.
                Err(error @ BusError::UnknownType { .. }) => {
                    tracing::info!("no {camera}/ground_truth: {error}");
                    None
                }
                Err(error) => return Err(error),
            },
        })
    }

    fn publish(&self, nanos: u64, frame: &Frame, lens: &Intrinsics, props: &[Prop]) -> Result<(), BusError> {
        let header = Header {
            stamp: to_stamp(nanos),
            frame_id: FRAME_ID.to_owned(),
        };
        let size = [frame.width as usize, frame.height as usize];
        self.info.publish(pinhole_camera_info(
            &header,
            [lens.width, lens.height],
            [lens.fx, lens.fy],
            [lens.cx, lens.cy],
        ))?;
        self.image
            .publish(Image::packed(&header, size, "rgb8", 3, frame.rgb.clone()))?;
        // These are for who looks at them.
        if self.depth.subscriber_count() > 0 {
            let bytes = frame.depth_bytes().to_vec();
            self.depth.publish(Image::packed(&header, size, "32FC1", 4, bytes))?;
        }
        if let Some(truth) = self.truth.as_ref().filter(|truth| truth.subscriber_count() > 0) {
            truth.publish(ground_truth(&header, frame, props))?;
        }
        Ok(())
    }
}

/// What is really to be seen, with its place in the optical frame.
fn ground_truth(header: &Header, frame: &Frame, props: &[Prop]) -> Detection2DArray {
    let detections = frame.boxes.iter().map(|seen| {
        let [left, top, right, bottom] = [seen.left, seen.top, seen.right, seen.bottom].map(f64::from);
        let mut detection = Detection2D {
            header: header.clone(),
            id: seen.prop.to_string(),
            bbox: BoundingBox2D::upright(
                [(left + right) / 2.0, (top + bottom) / 2.0],
                [right - left, bottom - top],
            ),
            ..Detection2D::default()
        };
        detection.results.push(Default::default());
        let result = &mut detection.results[0];
        result.hypothesis.class_id.clone_from(&props[seen.prop].class);
        result.hypothesis.score = f64::from(seen.visible_share());
        let position = &mut result.pose.pose.position;
        (position.x, position.y, position.z) = (seen.position.x, seen.position.y, seen.position.z);
        result.pose.pose.orientation.w = 1.0;
        detection
    });
    Detection2DArray {
        header: header.clone(),
        detections: detections.collect(),
    }
}

/// A camera that is ready to draw.
#[derive(Debug)]
pub(super) struct CameraWork {
    camera: Camera,
    scene: SceneParams,
    poses: Taker<PoseSnapshot>,
    outputs: Outputs,
    frame: Frame,
    props: Vec<Prop>,
    /// When the last picture was taken, simulated time.
    last_nanos: Option<u64>,
}

/// Why there is no camera.
#[derive(Debug, thiserror::Error)]
pub(super) enum CameraWorkError {
    #[error("`scene.camera`: {0}")]
    Camera(CameraError),
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl CameraWork {
    pub(super) fn new(
        bus: &dyn Bus,
        model: &RobotModel,
        params: &SimParams,
        poses: Taker<PoseSnapshot>,
    ) -> Result<Self, CameraWorkError> {
        Ok(Self {
            camera: Camera::new(model, &params.scene.camera)
                .map_err(CameraWorkError::Camera)?
                .on_slope(params.slope_rad),
            scene: params.scene.clone(),
            poses,
            outputs: Outputs::new(bus, &params.scene.camera_name)?,
            frame: Frame::default(),
            props: Vec::new(),
            last_nanos: None,
        })
    }

    /// Takes a picture, unless time stands still.
    fn draw(&mut self) -> Result<(), BusError> {
        self.poses.take();
        let snapshot = self.poses.newest();
        let nanos = snapshot.stamp_nanos;
        if self.last_nanos.replace(nanos) == Some(nanos) {
            return Ok(());
        }
        self.scene.props_at(nanos as f64 * 1e-9, &mut self.props);
        self.scene.look.noise_seed = nanos;
        self.camera
            .render(&snapshot.poses, &self.props, &self.scene.look, &mut self.frame);
        self.outputs
            .publish(nanos, &self.frame, self.camera.intrinsics(), &self.props)
    }
}

/// Draws at the camera's rate in a thread of its own.
///
/// # Errors
/// Where the system gives no thread.
pub(super) fn start(camera: CameraWork) -> std::io::Result<Worker<CameraWork>> {
    Builder::new("camera").start(camera, |camera, ending| {
        let mut pace = Pace::new(1.0 / camera.scene.rate_hz);
        while !ending.is_asked() {
            if let Err(error) = camera.draw() {
                tracing::warn!("{error}");
            }
            pace.wait(ending);
        }
    })
}
