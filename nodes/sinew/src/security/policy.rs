//! Who may do what: the topics and services of every node, and of those that steer and watch a robot.
//!
//! What a node has is here a second time, after its own code, and a test compares this with what the running
//! nodes put on ROS 2: a node that gets a topic gets it here as well.

use clap::ValueEnum;

use super::rights::{Deployment, NodeRights, Rights};
use sinew_node::topics::{IMPEDANCE_TOPIC, JOINT_STATE_TOPIC};

/// Who takes part in a robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Role {
    /// The node `control`: it alone publishes the joint command
    Control,
    /// The node `sim`, the embedded simulator
    Sim,
    /// The node `course`
    Course,
    /// The node `camera`
    Camera,
    /// The node `perception`
    Perception,
    /// The node `follow`
    Follow,
    /// The node `recorder`: it reads everything that is recorded
    Recorder,
    /// The node `telemetry`: it reads what the others report, and may stop the robot
    Telemetry,
    /// The node `uploader`
    Uploader,
    /// The node `updater`
    Updater,
    /// The node `metrics`: it reads what the others report
    Metrics,
    /// The node `health`: it may slow the robot down, and stop it
    Health,
    /// A robot's driver: it publishes sensors and follows the joint command
    Driver,
    /// Who steers the robot, starts and stops it, clears stops, and sets parameters
    Operator,
    /// Who watches the robot and may stop it, and nothing else
    Monitor,
}

/// Sinew's nodes, by the names they have.
const NODES: [Role; 12] = [
    Role::Control,
    Role::Sim,
    Role::Course,
    Role::Camera,
    Role::Perception,
    Role::Follow,
    Role::Recorder,
    Role::Telemetry,
    Role::Uploader,
    Role::Updater,
    Role::Metrics,
    Role::Health,
];

const LIFECYCLE: [&str; 5] = [
    "change_state",
    "get_available_states",
    "get_available_transitions",
    "get_state",
    "get_transition_graph",
];
const PARAMETERS: [&str; 6] = [
    "describe_parameters",
    "get_parameter_types",
    "get_parameters",
    "list_parameters",
    "set_parameters",
    "set_parameters_atomically",
];
/// The joint command in each of its forms.
pub(super) const COMMANDS: [&str; 5] = [
    IMPEDANCE_TOPIC,
    JOINT_STATE_TOPIC,
    "forward_effort_controller/commands",
    "forward_position_controller/commands",
    "joint_trajectory_controller/joint_trajectory",
];
const SENSORS: [&str; 4] = ["foot_contacts", "imu/data", "joint_states", "odom"];
/// Of a camera, below its name: what a camera gives, and what `perception` makes of it.
const IMAGES: [&str; 4] = [
    "camera_info",
    "depth/image_rect_raw",
    "image_raw",
    "image_raw/compressed",
];
const SEEN: [&str; 5] = ["annotated", "classification", "depth_estimate", "detections", "mask"];
/// Nodes that the tools of `ros2` make for a moment.
const TOOLS: &str = "_ros2cli_*";

/// The names of a robot's cameras, as its parameter file has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cameras {
    /// Those that `perception` looks at.
    pub seen: Vec<String>,
    /// That of the node `camera`.
    pub own: String,
    /// That of the simulator.
    pub simulated: String,
    /// That of the node `follow`.
    pub followed: String,
}

impl Role {
    /// The name of the role, which for a node is the node's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Sim => "sim",
            Self::Course => "course",
            Self::Camera => "camera",
            Self::Perception => "perception",
            Self::Follow => "follow",
            Self::Recorder => "recorder",
            Self::Telemetry => "telemetry",
            Self::Uploader => "uploader",
            Self::Updater => "updater",
            Self::Metrics => "metrics",
            Self::Health => "health",
            Self::Driver => "driver",
            Self::Operator => "operator",
            Self::Monitor => "monitor",
        }
    }

    /// Whether it is one of Sinew's nodes.
    pub fn is_node(self) -> bool {
        NODES.contains(&self)
    }

    /// Adds what it may do to `rights`. `programs` are the names of the nodes that it runs where it is not one of
    /// Sinew's.
    pub(super) fn add_to(self, rights: &mut Rights, site: &Deployment, cameras: &Cameras, programs: &[String]) {
        let mut on = rights.of(site, self.name());
        on.publish(["/rosout", "/parameter_events"]);
        if self.is_node() {
            on.publish(["/interventions", "~/transition_event"]);
            on.serve(
                LIFECYCLE
                    .into_iter()
                    .chain(PARAMETERS)
                    .map(|service| format!("~/{service}")),
            );
        } else {
            on.subscribe(["/parameter_events"]);
            for program in programs {
                on.serve(below(program, PARAMETERS));
                on.serve(below(program, ["get_type_description"]));
            }
        }
        if self != Self::Sim {
            on.subscribe(["/clock"]);
        }
        match self {
            Self::Control => {
                on.publish(COMMANDS);
                on.publish(["/diagnostics", "robot_description", "~/mode", "~/update"]);
                on.subscribe(["cmd_vel", "velocity_scale"]);
                on.subscribe(SENSORS);
                on.serve(["~/clear_stop", "~/damp", "~/promote", "~/rollback", "~/start", "~/stop"]);
            }
            Self::Sim => {
                on.publish(["/clock", "/tf", "ground_truth/odom"]);
                on.publish(SENSORS);
                on.publish(below(&cameras.simulated, IMAGES));
                on.publish(below(&cameras.simulated, ["ground_truth"]));
                on.subscribe(COMMANDS);
                on.serve(["~/reset"]);
            }
            Self::Course => {
                on.publish(["cmd_vel"]);
                on.subscribe(["control/mode"]);
            }
            Self::Camera => {
                on.publish(["/diagnostics"]);
                on.publish(below(&cameras.own, IMAGES));
            }
            Self::Perception => {
                on.publish(["/diagnostics", "~/update"]);
                on.serve(["~/promote", "~/rollback"]);
                for camera in &cameras.seen {
                    on.publish(below(camera, SEEN));
                    on.subscribe(below(camera, IMAGES));
                }
            }
            Self::Follow => {
                on.publish(["cmd_vel", "~/state", "~/target"]);
                on.subscribe(["imu/data"]);
                on.subscribe(below(&cameras.followed, IMAGES));
                on.subscribe(below(&cameras.followed, ["detections"]));
            }
            Self::Recorder => {
                on.publish(["/diagnostics"]);
                on.serve(["~/mark"]);
                on.subscribe(["cmd_vel", "/clock", "/interventions", "/parameter_events"]);
                watch(&mut on, cameras);
            }
            Self::Telemetry => {
                on.publish(["/diagnostics"]);
                on.subscribe(["/diagnostics", "/clock", "updater/report"]);
                on.call(["control/stop"]);
            }
            Self::Uploader => {
                on.publish(["/diagnostics"]);
                on.subscribe(["/clock"]);
            }
            Self::Updater => {
                on.publish(["/diagnostics", "~/report"]);
                on.subscribe(["/clock"]);
            }
            Self::Metrics => {
                on.publish(["/diagnostics"]);
                on.subscribe(["/diagnostics"]);
            }
            Self::Health => {
                on.publish(["/diagnostics", "velocity_scale"]);
                on.subscribe(["control/mode"]);
                on.call(["control/stop"]);
            }
            Self::Driver => {
                on.publish(["/diagnostics", "/tf", "/tf_static"]);
                on.publish(SENSORS);
                on.publish(below(&cameras.own, IMAGES));
                on.subscribe(COMMANDS);
                on.subscribe(["robot_description"]);
            }
            Self::Operator => {
                on.publish(["cmd_vel"]);
                on.call([
                    "control/clear_stop",
                    "control/damp",
                    "control/promote",
                    "control/rollback",
                    "control/start",
                    "control/stop",
                    "perception/promote",
                    "perception/rollback",
                    "sim/reset",
                ]);
                for node in NODES {
                    on.call(below(node.name(), LIFECYCLE));
                    on.call(below(node.name(), PARAMETERS));
                }
                on.subscribe(["/interventions"]);
                watch(&mut on, cameras);
            }
            Self::Monitor => {
                on.call(["control/stop"]);
                watch(&mut on, cameras);
            }
        }
    }
}

/// What may be seen by all who are let in: everything but what moves the robot. Whoever may read a topic has
/// the key with which it is written.
fn watch(on: &mut NodeRights<'_>, cameras: &Cameras) {
    on.subscribe([
        "/diagnostics",
        "/rosout",
        "/tf",
        "/tf_static",
        "robot_description",
        "control/mode",
        "control/update",
        "updater/report",
        "perception/update",
        "velocity_scale",
    ]);
    on.subscribe(["ground_truth/odom", "follow/state", "follow/target"]);
    on.subscribe(SENSORS);
    on.subscribe(NODES.map(|node| format!("{}/transition_event", node.name())));
    let named = cameras
        .seen
        .iter()
        .chain([&cameras.own, &cameras.simulated, &cameras.followed]);
    for camera in named {
        on.subscribe(below(camera, IMAGES));
        on.subscribe(below(camera, SEEN));
        on.subscribe(below(camera, ["ground_truth"]));
    }
    on.serve_as_is(&format!("/{TOOLS}/get_type_description"));
}

fn below(name: &str, topics: impl IntoIterator<Item = &'static str>) -> Vec<String> {
    topics.into_iter().map(|topic| format!("{name}/{topic}")).collect()
}
