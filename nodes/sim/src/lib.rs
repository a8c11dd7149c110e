//! The node `sim`: the embedded simulator, on topics, at the pace of the machine's clock.
//!
//! | out | type | |
//! |---|---|---|
//! | `/clock` | `rosgraph_msgs/Clock` | every physics step; begins anew after a reset |
//! | `joint_states` | `sensor_msgs/JointState` | as the encoders read |
//! | `imu/data` | `sensor_msgs/Imu` | in the base frame |
//! | `odom` | `nav_msgs/Odometry` | the base in `odom`, its velocity in its own frame |
//! | `ground_truth/odom` | `nav_msgs/Odometry` | the same in `world` |
//! | `foot_contacts` | `std_msgs/UInt8MultiArray` | 0 or 1 for each foot; the layout names them |
//! | `/tf` | `tf2_msgs/TFMessage` | `odom` to the base, where the build knows the type |
//! | `camera/image_raw` | `sensor_msgs/Image` | `rgb8`, with `scene.rate_hz` above 0, like those that follow |
//! | `camera/camera_info` | `sensor_msgs/CameraInfo` | a pinhole without distortion |
//! | `camera/depth/image_rect_raw` | `sensor_msgs/Image` | `32FC1`, m along the optical axis; infinite for the sky |
//! | `camera/ground_truth` | `vision_msgs/Detection2DArray` | what is really there; as score, the share that is seen |
//!
//! | in | type | |
//! |---|---|---|
//! | `joint_impedance_command` | `std_msgs/Float64MultiArray` | see [`CommandForm`](sinew_node::topics::CommandForm) |
//! | `joint_command` | `sensor_msgs/JointState` | positions, with the description's own gains |
//! | `forward_position_controller/commands` | `std_msgs/Float64MultiArray` | the same, in robot order |
//! | `forward_effort_controller/commands` | `std_msgs/Float64MultiArray` | torques, in robot order |
//! | `joint_trajectory_controller/joint_trajectory` | `trajectory_msgs/JointTrajectory` | its last point, with the description's own gains |
//!
//! The service `~/reset` (`std_srvs/Trigger`) puts the robot back to where it began, and the clock to 0.

mod camera;
mod commands;
mod outputs;
mod params;
mod stepping;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use sinew_control::io::RobotIo;
use sinew_messages::std_srvs::srv::{Trigger, TriggerResponse};
use sinew_robot::RobotModel;
use sinew_sim::{SimParams, SimRobot};

use camera::CameraWork;
use commands::Commands;
use outputs::Outputs;
pub use params::SimNodeParams;
use sinew_node::bus::Server;
use sinew_node::node::{Node, Setup};
use sinew_node::worker::Worker;
use stepping::Simulation;

/// How often the node looks whether its thread still lives.
const WATCH_PERIOD: Duration = Duration::from_millis(100);

/// The node.
#[derive(Debug)]
pub struct Sim {
    /// What is needed to begin anew.
    model: Arc<RobotModel>,
    params: SimParams,
    /// Taken by the thread that steps, and given back by it.
    simulation: Option<Simulation>,
    stepping: Option<Worker<Simulation>>,
    /// As the simulation: with its thread, or waiting for it.
    camera: Option<CameraWork>,
    drawing: Option<Worker<CameraWork>>,
    reset: Arc<AtomicBool>,
    _reset_server: Server,
}

impl Node for Sim {
    const NAME: &'static str = "sim";
    const DESCRIPTION: &'static str = "the embedded simulator";
    const URGENT: bool = true;
    type Params = SimNodeParams;

    fn configure(setup: &Setup<SimNodeParams>) -> anyhow::Result<Self> {
        let description = setup.common.robot_description.as_ref();
        let description =
            description.context("parameter `robot_description`: expected a MJCF or URDF file, found none")?;
        let model = Arc::new(sinew_robot::load(&setup.path(description))?);
        let params = setup.params.get().0.clone();
        let mut robot = SimRobot::new(&model, &params)?;
        let camera = if params.scene.rate_hz > 0.0 {
            Some(CameraWork::new(&*setup.bus, &model, &params, robot.pose_snapshots())?)
        } else {
            None
        };
        let simulation = Simulation {
            commands: Commands::new(&*setup.bus, robot.description())?,
            outputs: Outputs::new(&*setup.bus, &robot, &model)?,
            robot,
            nanos: 0,
        };
        let reset = Arc::new(AtomicBool::new(false));
        let asked = reset.clone();
        let reset_server = setup.answer::<Trigger>("~/reset", move |_| {
            asked.store(true, Ordering::Release);
            TriggerResponse {
                success: true,
                message: "begins anew with the next step; needs the node to be active".to_owned(),
            }
        })?;
        Ok(Self {
            model,
            params,
            simulation: Some(simulation),
            stepping: None,
            camera,
            drawing: None,
            reset,
            _reset_server: reset_server,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let simulation = self.simulation.take().context("the simulation has ended before")?;
        let stepping = stepping::start(simulation, self.model.clone(), self.params.clone(), self.reset.clone())?;
        self.stepping = Some(stepping);
        self.drawing = self.camera.take().map(camera::start).transpose()?;
        while self.stepping.as_ref().is_some_and(|stepping| !stepping.has_ended()) {
            tokio::time::sleep(WATCH_PERIOD).await;
        }
        let simulation = self.stepping.take().map(Worker::end).transpose()?;
        match simulation.and_then(|simulation| simulation.robot.failure()) {
            Some(failure) => bail!(failure),
            None => bail!("the simulation's thread has ended"),
        }
    }

    fn deactivate(&mut self) {
        self.simulation = self.stepping.take().and_then(Worker::give_back);
        self.camera = self.drawing.take().and_then(Worker::give_back);
    }
}
