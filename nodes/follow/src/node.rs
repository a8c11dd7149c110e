use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use sinew_control::command::VelocityCommand;
use sinew_messages::geometry_msgs::msg::{PoseStamped, Twist};
use sinew_messages::sensor_msgs::msg::{CameraInfo, Image, Imu};
use sinew_messages::std_msgs::msg;
use sinew_messages::vision_msgs::msg::Detection2DArray;
use sinew_perception::bearing::pose;
use sinew_robot::camera::CameraPose;

use super::refusal::ImageRefusal;
use super::report::Report;
use super::synchronizer::{Synchronizer, Topics};
use super::{FollowParams, FollowStep, Pursuit, Ranger, TargetFollower, TargetPlace};
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
        let mut follower = TargetFollower::new(self.ranger);
        let mut said = None;
        let mut synchronizer = Synchronizer::new(self.topics.clone());
        let mut report = self.new_report();
        let mut images: Option<Input<Image>> = None;
        self.diagnostics.begin();
        loop {
            period.tick().await;
            let params = self.params.get();
            // One image is enough, and images are large: nobody listens to more.
            if !synchronizer.needs_image_size() {
                images = None;
            } else if images.is_none() {
                let newest = Qos::sensor_data().keep_last(1);
                images = Some(Input::new(&*self.bus, &self.topics.image, newest)?);
            }
            if let Some(image) = images.as_ref().and_then(Input::try_newest) {
                synchronizer.take_image_size(&image);
            }
            let velocity = self.step(&mut follower, &mut synchronizer, &mut report, &params)?;
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
                report.check_publishers(&*self.bus, Instant::now());
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

    /// Takes all that is new, and decides by it how to move.
    fn step(
        &self,
        follower: &mut TargetFollower,
        synchronizer: &mut Synchronizer,
        report: &mut Report,
        params: &FollowParams,
    ) -> anyhow::Result<VelocityCommand> {
        let now_nanos = to_nanos(&self.time.now());
        while let Some(imu) = self.imu.try_recv() {
            synchronizer.take_imu(&imu, now_nanos, params);
        }
        if let Some(info) = self.camera_info.try_newest() {
            synchronizer.take_camera_info(&info, now_nanos, params);
        }
        if let Some(depth) = self.depth.as_ref().and_then(Input::try_newest) {
            synchronizer.take_depth(depth, now_nanos, params);
        }
        let loop_secs = || self.time.loop_nanos() as f64 * 1e-9;
        let Some(array) = self.detections.try_newest() else {
            return Ok(follower.update(loop_secs(), None, params).command);
        };
        match synchronizer.synchronize(&array, now_nanos, follower.needs_depth(), params) {
            Ok(synchronized) => {
                let image = &synchronized.image;
                let FollowStep { command, target } = follower.update(loop_secs(), Some(image), params);
                match target.and_then(|place| ImageRefusal::of_place(place, image, &self.topics)) {
                    Some(refusal) => report.refused(refusal, Instant::now()),
                    None => report.used(synchronized.doubt, Instant::now()),
                }
                if let Some(TargetPlace::At { in_optical, .. }) = target {
                    self.target.publish(pose(&array.header, in_optical))?;
                }
                Ok(command)
            }
            // Without the rest no place is known, which is as good as no image.
            Err(refusal) => {
                report.refused(refusal, Instant::now());
                Ok(follower.update(loop_secs(), None, params).command)
            }
        }
    }

    fn say(&self, pursuit: Pursuit) -> anyhow::Result<()> {
        tracing::info!("{}", pursuit.name());
        let data = pursuit.name().to_owned();
        Ok(self.state.publish(msg::String { data })?)
    }
}
