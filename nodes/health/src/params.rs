use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_node::declared::NodeParams;

/// Parameters of the node `health`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HealthParams {
    /// Where the machine's `sys`, `proc` and `etc` lie: elsewhere in a container that has the host's at another place.
    pub root: PathBuf,
    /// From one reading to the next, s.
    #[schemars(range(min = 0.05, max = 60.0), extend("x-live" = true))]
    pub period_secs: f64,
    /// The power mode of a Jetson in which the robot was tuned, by its name in /etc/nvpmodel.conf, such as `MAXN`, or by
    /// its number; empty for any.
    #[schemars(extend("x-live" = true))]
    pub power_mode: String,
    /// Whether it is a warning that clocks change with the load: that neither `jetson_clocks` nor the governor
    /// `performance` holds them.
    #[schemars(extend("x-live" = true))]
    pub steady_clocks: bool,
    /// Memory that programs could still have, MiB; less is a warning.
    #[schemars(range(max = 1_048_576), extend("x-live" = true))]
    pub min_memory_mib: u32,
    /// What is done where the machine is too hot.
    pub overheating: OverheatingParams,
}

/// What is done where the machine is too hot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OverheatingParams {
    /// How near a thermal zone may come to where the machine slows itself down, °C; nearer, the robot is slowed down.
    #[schemars(range(min = 0.0, max = 60.0), extend("x-live" = true))]
    pub slow_margin_celsius: f64,
    /// What commanded velocities are multiplied with meanwhile; 1 leaves them as they are.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-live" = true))]
    pub slow_scale: f64,
    /// Whether the robot is stopped where the machine comes near to its end by heat.
    #[schemars(extend("x-live" = true))]
    pub stop: bool,
    /// How near a thermal zone may come to where the machine ends, °C; nearer, the robot is stopped.
    #[schemars(range(min = 0.0, max = 60.0), extend("x-live" = true))]
    pub stop_margin_celsius: f64,
    /// How long it has to be so hot before anything is done, s.
    #[schemars(range(min = 0.0, max = 600.0), extend("x-live" = true))]
    pub hold_secs: f64,
    /// By how much cooler than it was slowed down at it has to be for so long before the robot is as fast as before, °C.
    #[schemars(range(min = 0.0, max = 60.0), extend("x-live" = true))]
    pub release_celsius: f64,
    /// Thermal zones, by their names, that do not count here.
    #[schemars(extend("x-live" = true))]
    pub ignored_zones: Vec<String>,
}

impl Default for HealthParams {
    fn default() -> Self {
        Self {
            root: PathBuf::from("/"),
            period_secs: 1.0,
            power_mode: String::new(),
            steady_clocks: false,
            min_memory_mib: 256,
            overheating: OverheatingParams::default(),
        }
    }
}

impl Default for OverheatingParams {
    fn default() -> Self {
        Self {
            slow_margin_celsius: 5.0,
            slow_scale: 0.5,
            stop: true,
            stop_margin_celsius: 3.0,
            hold_secs: 2.0,
            release_celsius: 5.0,
            ignored_zones: Vec::new(),
        }
    }
}

impl NodeParams for HealthParams {}
