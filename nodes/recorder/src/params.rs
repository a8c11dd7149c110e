//! Parameters of the node `recorder`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_node::bus::Kind;
use sinew_node::declared::NodeParams;

/// Parameters of the node `recorder`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecorderParams {
    /// Folder of the recordings; it is made where it is not there.
    #[schemars(extend("x-path" = true))]
    pub folder: PathBuf,
    /// Topics that are recorded beside the ticks of the control loop, such as `camera/image_raw`. Their types are those
    /// that their publishers say; a type can be written behind a topic, `camera/image_raw sensor_msgs/msg/Image`.
    pub topics: Vec<String>,
    /// Whether everything is recorded, all the time; else only events, with what the black box has of the time before.
    pub continuous: bool,
    /// How much of the time before an event is kept in memory for it, s; 0 keeps nothing, and records no events.
    #[schemars(range(min = 0.0, max = 600.0))]
    pub black_box_secs: f64,
    /// How long an event is recorded after it began, s.
    #[schemars(range(min = 0.0, max = 600.0))]
    pub after_event_secs: f64,
    /// Most that the black box takes of memory, MB.
    #[schemars(range(min = 1, max = 65_536))]
    pub black_box_mb: u32,
    /// Size at which the next file begins, MB.
    #[schemars(range(min = 1, max = 65_536))]
    pub roll_mb: u32,
    /// Time after which the next file begins, s.
    #[schemars(range(min = 1.0, max = 86_400.0))]
    pub roll_secs: f64,
    /// Most that the recordings of one start may take on the disk, MB: the oldest files are deleted.
    #[schemars(range(min = 2, max = 16_777_216))]
    pub quota_mb: u32,
    /// Most that waits in memory for a disk that is slow, MB; what is more is lost, and counted.
    #[schemars(range(min = 1, max = 65_536))]
    pub queue_mb: u32,
    /// Whether recordings must be signed: then a user without an identity (`sinew identity new`) cannot record. Without
    /// it they are signed where there is an identity.
    pub must_sign: bool,
    /// Folder of the identity that signs; the user's own where it is left out.
    #[schemars(extend("x-path" = true))]
    pub identity: Option<PathBuf>,
}

/// What is recorded where nothing is said: what Sinew's own nodes exchange, but no images.
const TOPICS: [&str; 9] = [
    "cmd_vel geometry_msgs/msg/Twist",
    "joint_states sensor_msgs/msg/JointState",
    "imu/data sensor_msgs/msg/Imu",
    "odom nav_msgs/msg/Odometry",
    "control/mode std_msgs/msg/String",
    "/diagnostics diagnostic_msgs/msg/DiagnosticArray",
    "/parameter_events rcl_interfaces/msg/ParameterEvent",
    "/interventions diagnostic_msgs/msg/DiagnosticArray",
    "/clock rosgraph_msgs/msg/Clock",
];

impl Default for RecorderParams {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("recordings"),
            topics: TOPICS.map(str::to_owned).to_vec(),
            continuous: true,
            black_box_secs: 20.0,
            after_event_secs: 5.0,
            black_box_mb: 128,
            roll_mb: 256,
            roll_secs: 600.0,
            quota_mb: 8192,
            queue_mb: 64,
            must_sign: false,
            identity: None,
        }
    }
}

impl NodeParams for RecorderParams {
    fn validate(&self) -> Result<(), String> {
        for (i, topic) in self.topics.iter().enumerate() {
            topic_and_kind(topic).map_err(|found| format!("`topics[{i}]`: {found}"))?;
        }
        if self.quota_mb / 2 < self.roll_mb {
            return Err(format!(
                "`quota_mb`: expected room for two files of `roll_mb`, {}, found {}",
                2 * u64::from(self.roll_mb),
                self.quota_mb
            ));
        }
        if !self.continuous && self.black_box_secs == 0.0 {
            return Err(
                "`continuous`: expected true, or `black_box_secs` above 0: else nothing is recorded".to_owned(),
            );
        }
        if self.folder.as_os_str().is_empty() {
            return Err("`folder`: expected a folder, found nothing".to_owned());
        }
        Ok(())
    }
}

/// A topic that is to be recorded, and the type of its messages where that is written beside it.
pub(crate) fn topic_and_kind(text: &str) -> Result<(&str, Option<Kind>), String> {
    let mut words = text.split_whitespace();
    let (Some(topic), kind, None) = (words.next(), words.next(), words.next()) else {
        return Err(format!(
            "expected a topic, and its type where it has to be said, such as `imu/data sensor_msgs/msg/Imu`, found `{text}`"
        ));
    };
    Ok((topic, kind.map(kind_of).transpose()?))
}

/// The type of this name.
pub(crate) fn kind_of(name: &str) -> Result<Kind, String> {
    Kind::of_name(name)
        .ok_or_else(|| format!("expected a message type that Sinew has, such as sensor_msgs/msg/Imu, found `{name}`"))
}
