use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use nalgebra::{Quaternion, UnitQuaternion};
use sinew_messages::geometry_msgs::msg::{PoseStamped, Twist};
use sinew_messages::sensor_msgs::msg::{CameraInfo, Image, Imu};
use sinew_messages::std_msgs::msg;
use sinew_messages::vision_msgs::msg::{Detection2D, Detection2DArray};
use sinew_perception::bearing::{PinholeCamera, pose};
use sinew_perception::heads::BoundingBox;
use sinew_perception::image::ImageView;

use super::{Candidate, Choice, FollowParams, Follower, Look, Pursuit, Ranger, Seat};
use crate::bus::{Input, Publisher, Qos};
use crate::node::{Live, Node, NodeTime, Setup, to_nanos};

/// Often enough for any deadman.
const PERIOD: Duration = Duration::from_millis(50);
/// Readings of the IMU that are kept to find the one of an image: half a second at 500 Hz.
const TILTS: usize = 256;

/// The node `follow`: walks to what a detector sees, and stops before it. See the [module](super).
#[derive(Debug)]
pub struct Follow {
    params: Live<FollowParams>,
    time: NodeTime,
    ranger: Ranger,
    detections: Input<Detection2DArray>,
    camera_info: Input<CameraInfo>,
    depth: Option<Input<Image>>,
    imu: Input<Imu>,
    cmd_vel: Publisher<Twist>,
    target: Publisher<PoseStamped>,
    state: Publisher<msg::String>,
}

impl Node for Follow {
    const NAME: &'static str = "follow";
    type Params = FollowParams;

    fn configure(setup: &Setup<FollowParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        let description = setup.common.robot_description.as_ref();
        let description =
            description.context("parameter `robot_description`: expected a MJCF or URDF file, found none")?;
        let model = sinew_sim::load(&setup.path(description))?;
        let ranger = Ranger::new(Seat::find(&model, None, &params.camera)?, &params);
        let camera = |topic: &str| format!("{}/{topic}", params.camera_name);
        let sensor = Qos::sensor_data();
        Ok(Self {
            time: setup.time.clone(),
            detections: setup.input(&camera("detections"), sensor.keep_last(1))?,
            camera_info: setup.input(&camera("camera_info"), sensor.keep_last(1))?,
            depth: match ranger.needs_depth() {
                true => Some(setup.input(&camera("depth/image_rect_raw"), sensor.keep_last(1))?),
                false => None,
            },
            imu: setup.input("imu/data", sensor.keep_last(TILTS))?,
            cmd_vel: setup.output("cmd_vel", Qos::default().keep_last(1))?,
            target: setup.output("~/target", Qos::default().keep_last(1))?,
            state: setup.output("~/state", Qos::latched())?,
            params: setup.params.clone(),
            ranger,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let mut period = tokio::time::interval(PERIOD);
        let mut follower = Follower::default();
        let mut said = None;
        let mut sight = Sight::default();
        loop {
            period.tick().await;
            let params = self.params.get();
            let look = self.look(&mut sight, &params)?;
            let now_secs = self.time.loop_nanos() as f64 * 1e-9;
            let velocity = follower.update(now_secs, look, &params);
            let mut twist = Twist::default();
            twist.linear.x = velocity.lin_vel_x;
            twist.linear.y = velocity.lin_vel_y;
            twist.angular.z = velocity.ang_vel_z;
            self.cmd_vel.publish(twist)?;
            if said != Some(follower.pursuit()) {
                said = Some(follower.pursuit());
                self.say(follower.pursuit())?;
            }
        }
    }
}

/// What is known from one image to the next.
#[derive(Debug, Default)]
struct Sight {
    choice: Choice,
    lens: Option<(PinholeCamera, [usize; 2])>,
    depth: Option<Arc<Image>>,
    /// Orientation of the base and when it had that, ns.
    tilts: VecDeque<(u64, UnitQuaternion<f64>)>,
    said_uncalibrated: bool,
}

impl Sight {
    /// The orientation of the base when an image was taken.
    fn orientation_at(&self, nanos: u64) -> Option<UnitQuaternion<f64>> {
        let nearest = self.tilts.iter().min_by_key(|(at, _)| at.abs_diff(nanos));
        nearest.map(|(_, orientation)| *orientation)
    }
}

impl Follow {
    /// Takes all that is new, and finds the target in it.
    fn look(&self, sight: &mut Sight, params: &FollowParams) -> anyhow::Result<Look> {
        while let Some(imu) = self.imu.try_recv() {
            let q = &imu.orientation;
            let Some(orientation) = UnitQuaternion::try_new(Quaternion::new(q.w, q.x, q.y, q.z), 1e-6) else {
                continue;
            };
            if sight.tilts.len() == TILTS {
                sight.tilts.pop_front();
            }
            sight.tilts.push_back((to_nanos(&imu.header.stamp), orientation));
        }
        if let Some(info) = self.camera_info.try_newest() {
            match PinholeCamera::of(&info) {
                Ok(lens) => sight.lens = Some((lens, [info.width as usize, info.height as usize])),
                Err(error) if !std::mem::replace(&mut sight.said_uncalibrated, true) => {
                    tracing::error!("{}/camera_info: {error}", params.camera_name);
                }
                Err(_) => {}
            }
        }
        if let Some(depth) = self.depth.as_ref().and_then(Input::try_newest) {
            sight.depth = Some(depth);
        }
        let Some(array) = self.detections.try_newest() else {
            return Ok(Look::NoImage);
        };
        // Without these no place is known, which is as good as no image.
        let (Some((lens, size)), Some(orientation)) = (sight.lens, sight.orientation_at(to_nanos(&array.header.stamp)))
        else {
            return Ok(Look::NoImage);
        };
        let candidates = array.detections.iter().filter_map(candidate);
        let Some(chosen) = sight.choice.choose(&params.target, params.min_score, candidates) else {
            return Ok(Look::Nothing);
        };
        let depth = match sight.depth.as_deref().map(ImageView::of).transpose() {
            Ok(depth) => depth,
            Err(error) => {
                tracing::warn!("{}/depth/image_rect_raw: {error}", params.camera_name);
                return Ok(Look::NoImage);
            }
        };
        let place = (self.ranger).in_optical(&lens, &chosen.bbox, size, &orientation, depth.as_ref());
        let Some(place) = place else {
            return Ok(Look::Nothing);
        };
        self.target.publish(pose(&array.header, place))?;
        Ok(Look::At(self.ranger.on_ground(place, &orientation)))
    }

    fn say(&self, pursuit: Pursuit) -> anyhow::Result<()> {
        tracing::info!("{}", pursuit.name());
        let data = pursuit.name().to_owned();
        Ok(self.state.publish(msg::String { data })?)
    }
}

fn candidate(detection: &Detection2D) -> Option<Candidate<'_>> {
    let result = detection.results.first()?;
    let bbox = &detection.bbox;
    Some(Candidate {
        class: &result.hypothesis.class_id,
        id: &detection.id,
        score: result.hypothesis.score,
        bbox: BoundingBox::centred(
            [bbox.center.position.x as f32, bbox.center.position.y as f32],
            [bbox.size_x as f32, bbox.size_y as f32],
        ),
    })
}
