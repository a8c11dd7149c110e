//! Parameters of the node `control`.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_yaml_ng::Value;
use sinew_control::StartParams;
use sinew_control::gate::SafetyParams;
use sinew_control::realtime::RealtimeParams;
use sinew_control::tick::LoopParams;
use sinew_models::ProviderOptions;
use sinew_node::declared::NodeParams;

use super::TopicParams;
use super::latch_file::NO_LATCH_FILE;
use super::updates::UpdateParams;

/// Which policy drives the robot.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyParams {
    /// ONNX file (or kinfer archive).
    #[schemars(extend("x-path" = true))]
    pub path: PathBuf,
    /// The contract, where the policy does not carry it: a file, or the contract itself in Sinew's
    /// YAML dialect.
    #[serde(default)]
    #[schemars(with = "serde_json::Value", extend("x-path" = true))]
    pub contract: Value,
    /// Keys of the same dialect that win over what the policy says of itself.
    #[serde(default)]
    #[schemars(with = "serde_json::Value")]
    pub overrides: Value,
    /// On what the policy runs.
    #[serde(default)]
    pub inference: ProviderOptions,
    /// How another policy gets into charge.
    #[serde(default)]
    pub updates: UpdateParams,
}

/// Parameters of the node `control`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlParams {
    /// Ticks per second; a whole multiple of the policy's rate.
    #[serde(default = "default_rate_hz")]
    #[schemars(range(min = LoopParams::MIN_RATE_HZ, max = LoopParams::MAX_RATE_HZ))]
    pub rate_hz: f64,
    /// The policy.
    pub policy: PolicyParams,
    /// Keyframe of the description that gives the rest pose; `home`, or the first, when absent.
    /// Usually given for all nodes, under `/**`.
    #[serde(default)]
    pub keyframe: Option<String>,
    /// Limits and reactions of the safety gate.
    #[serde(default)]
    pub safety: SafetyParams,
    /// Whether the joints damp by themselves, with the kd that the policy asks for: in the drives, or in a simulator
    /// that integrates it implicitly (`sinew robot export`). Sinew then sends kp (q* − q) and feed-forward alone, and
    /// counts the joints' damping in its bound on torque.
    #[serde(default)]
    pub drive_damping: bool,
    /// How the robot is brought from limp to walking.
    #[serde(default)]
    pub start: StartParams,
    /// What the control thread asks of the machine.
    #[serde(default)]
    pub realtime: RealtimeParams,
    /// How the node reaches a robot behind topics; `sinew run` has its robot in itself.
    #[serde(default)]
    pub topics: TopicParams,
    /// URDF file that the node publishes on `robot_description`, for tools that cannot read the
    /// description itself.
    #[serde(default)]
    #[schemars(extend("x-path" = true))]
    pub urdf: Option<PathBuf>,
    /// File that keeps a stop, and that the robot moves, beyond the end of the process: the next one then begins
    /// stopped. When absent `sinew/NODE.latch.json` in `$XDG_STATE_HOME` or `~/.local/state`, and none where a
    /// simulator plays the robot (in the same process, or with `use_sim_time`); `none` for none.
    #[serde(default)]
    #[schemars(extend("x-path" = "none"))]
    pub latch_file: Option<PathBuf>,
}

fn default_rate_hz() -> f64 {
    LoopParams::default().rate_hz
}

impl ControlParams {
    /// The part that the loop itself needs.
    pub fn loop_params(&self) -> LoopParams {
        LoopParams {
            rate_hz: self.rate_hz,
            drive_damping: self.drive_damping,
            start: self.start.clone(),
            safety: self.safety.clone(),
        }
    }
}

impl PolicyParams {
    /// The same with the files that it names where `path` says.
    fn with_files(&self, path: impl Fn(&Path) -> PathBuf) -> Self {
        let contract = match &self.contract {
            Value::String(file) => path(Path::new(file)).display().to_string().into(),
            other => other.clone(),
        };
        Self {
            path: path(&self.path),
            contract,
            overrides: self.overrides.clone(),
            updates: UpdateParams {
                store: self.updates.store.as_deref().map(&path),
                eval: self.updates.eval.with_files(&path),
                ..self.updates.clone()
            },
            inference: self.inference.with_files(path),
        }
    }
}

impl ControlParams {
    /// The same with the files that it names where `path` says.
    #[must_use]
    pub fn with_files(self, path: impl Fn(&Path) -> PathBuf) -> Self {
        Self {
            policy: self.policy.with_files(&path),
            urdf: self.urdf.as_deref().map(&path),
            latch_file: match self.latch_file {
                Some(file) if file != Path::new(NO_LATCH_FILE) => Some(path(&file)),
                none => none,
            },
            ..self
        }
    }
}

impl NodeParams for ControlParams {}
