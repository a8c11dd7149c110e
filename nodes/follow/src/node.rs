use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use sinew_messages::geometry_msgs::msg::{PoseStamped, Twist};
use sinew_messages::sensor_msgs::msg::{CameraInfo, Image, Imu};
use sinew_messages::std_msgs::msg;
use sinew_messages::vision_msgs::msg::Detection2DArray;
use sinew_robot::camera::CameraPose;

use super::report::Report;
use super::sight::{Sight, Topics};
use super::{FollowParams, Follower, Look, Pursuit, Ranger};
use sinew_node::bus::{Bus, Input, Publisher, Qos};
use sinew_node::node::{Live, Node, NodeTime, Setup, to_nanos};
use sinew_node::report::Diagnostics;

/// Often enough for any deadman.
const PERIOD: Duration = Duration::from_millis(50);
/// Readings of the IMU that wait until they are read: half a second at 500 Hz.
const LEANS: usize = 256;

/// The node `follow`: walks to what a detector sees, and stops before it. See the [module](super).
#[derive(Debug)]
pub struct Follow {
    bus: Arc<dyn Bus>,
    params: Live<FollowParams>,
    time: NodeTime,
    ranger: Ranger,
    topics: Topics,
    detections: Input<Detection2DArray>,
    camera_info: Input<CameraInfo>,
    depth: Option<Input<Image>>,
    imu: Input<Imu>,
    cmd_vel: Publisher<Twist>,
    target: Publisher<PoseStamped>,
    state: Publisher<msg::String>,
    diagnostics: Diagnostics,
}

impl Node for Follow {
    const NAME: &'static str = "follow";
    const DESCRIPTION: &'static str = "walks to what a detector sees, and stops before it";
    type Params = FollowParams;

    fn configure(setup: &Setup<FollowParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        let description = setup.common.robot_description.as_ref();
        let description =
            description.context("parameter `robot_description`: expected a MJCF or URDF file, found none")?;
        let model = sinew_robot::load(&setup.path(description))?;
        let ranger = Ranger::new(
            CameraPose::find(&model, params.keyframe.as_deref(), &params.camera)?,
            &params,
        )?;
        let topics = Topics::of(&params.camera_name, params.image);
        let sensor = Qos::sensor_data();
        Ok(Self {
            bus: setup.bus.clone(),
            time: setup.time.clone(),
            detections: setup.input(&topics.detections, sensor.keep_last(1))?,
            camera_info: setup.input(&topics.camera_info, sensor.keep_last(1))?,
            depth: if ranger.needs_depth() {
                Some(setup.input(&topics.depth, sensor.keep_last(1))?)
            } else {
                None
            },
            imu: setup.input(&topics.imu, sensor.keep_last(LEANS))?,
            cmd_vel: setup.output("cmd_vel", Qos::default().keep_last(1))?,
            target: setup.output("~/target", Qos::default().keep_last(1))?,
            state: setup.output("~/state", Qos::latched())?,
            diagnostics: Diagnostics::new(setup)?,
            params: setup.params.clone(),
            topics,
            ranger,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let mut period = tokio::time::interval(PERIOD);
        let mut follower = Follower::default();
        let mut said = None;
        let mut sight = Sight::new(self.topics.clone());
        let mut report = self.new_report();
        let mut images: Option<Input<Image>> = None;
        self.diagnostics.begin();
        loop {
            period.tick().await;
            let params = self.params.get();
            // One image is enough, and images are large: nobody listens to more.
            images = match (sight.needs_image_size(), images) {
                (true, None) => Some(Input::new(
                    &*self.bus,
                    &self.topics.image,
                    Qos::sensor_data().keep_last(1),
                )?),
                (true, images) => images,
                (false, _) => None,
            };
            if let Some(image) = images.as_ref().and_then(Input::try_newest) {
                sight.show(&image);
            }
            let (look, age_secs) = self.look(&mut sight, &mut report, &params)?;
            let now_secs = self.time.loop_nanos() as f64 * 1e-9;
            let velocity = follower.update_with(now_secs, look, age_secs, &params);
            let mut twist = Twist::default();
            twist.linear.x = velocity.lin_vel_x;
            twist.linear.y = velocity.lin_vel_y;
            twist.angular.z = velocity.ang_vel_z;
            self.cmd_vel.publish(twist)?;
            if said != Some(follower.pursuit()) {
                said = Some(follower.pursuit());
                self.say(follower.pursuit())?;
            }
            if self.diagnostics.is_due() {
                report.look_around(&*self.bus, Instant::now());
                report.judge(follower.pursuit());
                self.diagnostics.publish()?;
            }
        }
    }
}

impl Follow {
    fn new_report(&self) -> Report {
        let Topics {
            detections,
            camera_info,
            depth,
            imu,
            ..
        } = self.topics.clone();
        let depth = self.depth.is_some().then_some(depth);
        let needed = [detections.clone(), camera_info, imu].into_iter().chain(depth);
        Report::new(self.diagnostics.registry(), &detections, needed)
    }

    /// Takes all that is new, and finds the target in it: what is seen, and how old that is, s.
    fn look(&self, sight: &mut Sight, report: &mut Report, params: &FollowParams) -> anyhow::Result<(Look, f64)> {
        let now_nanos = to_nanos(&self.time.now());
        while let Some(imu) = self.imu.try_recv() {
            sight.lean(&imu, now_nanos, params);
        }
        if let Some(info) = self.camera_info.try_newest() {
            sight.calibrate(&info, now_nanos, params);
        }
        if let Some(depth) = self.depth.as_ref().and_then(Input::try_newest) {
            sight.measure(depth, now_nanos, params);
        }
        let Some(array) = self.detections.try_newest() else {
            return Ok((Look::NoImage, 0.0));
        };
        match sight.look(&array, now_nanos, &self.ranger, params) {
            Ok(seen) => {
                report.used(seen.doubt, Instant::now());
                if let Some(target) = seen.target {
                    self.target.publish(target)?;
                }
                Ok((seen.look, seen.age_secs))
            }
            // Without the rest no place is known, which is as good as no image.
            Err(unseen) => {
                report.refused(unseen, Instant::now());
                Ok((Look::NoImage, 0.0))
            }
        }
    }

    fn say(&self, pursuit: Pursuit) -> anyhow::Result<()> {
        tracing::info!("{}", pursuit.name());
        let data = pursuit.name().to_owned();
        Ok(self.state.publish(msg::String { data })?)
    }
}
