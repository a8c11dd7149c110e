mod descriptors;
mod initial;
mod properties;
mod setting;

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;

/// How the hand closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Grasp {
    /// With all fingers.
    #[default]
    Power,
    /// With two.
    Pinch,
    Own,
}

/// A finger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Finger {
    /// Largest force, N.
    #[schemars(range(min = 0.5, max = 20.0))]
    force_n: f64,
    /// Smallest force, N;
    /// never above the largest.
    least_force_n: f64,
    #[schemars(range(max = 8))]
    joints: u32,
}

impl Default for Finger {
    fn default() -> Self {
        Self {
            force_n: 5.0,
            least_force_n: 0.0,
            joints: 3,
        }
    }
}

/// A parameter of every kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Hand {
    /// The grasp to begin with.
    grasp: Grasp,
    thumb: Finger,
    #[schemars(extend("x-live" = true))]
    index: Finger,
    #[schemars(extend("readOnly" = true))]
    model: PathBuf,
    lit: bool,
    offset: i64,
    gear: i8,
    turns: i32,
    uses: u32,
    seed: u64,
    name: Option<String>,
    #[schemars(range(min = 0.0, max = 1.0))]
    share: Option<f64>,
    next: Option<Grasp>,
    flags: Vec<bool>,
    #[schemars(inner(range(max = 15)))]
    ports: Vec<u16>,
    #[schemars(extend("x-live" = true))]
    pose: Vec<f64>,
    #[schemars(inner(range(min = -1.0, max = 1.0)))]
    axis: [f64; 3],
    tips: Vec<String>,
    order: Vec<Grasp>,
    #[schemars(with = "serde_json::Value")]
    anything: serde_yaml_ng::Value,
    gains: BTreeMap<String, f64>,
}

impl NodeParams for Hand {
    fn validate(&self) -> Result<(), String> {
        for (name, finger) in [("thumb", &self.thumb), ("index", &self.index)] {
            let (least, most) = (finger.least_force_n, finger.force_n);
            if !(0.0..=most).contains(&least) {
                return Err(format!("`{name}.least_force_n`: expected 0 to {most}, found {least}"));
            }
        }
        Ok(())
    }
}

/// What every node has.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Common {
    /// Whether time is the simulator's.
    #[schemars(extend("readOnly" = true))]
    use_sim_time: bool,
    tags: Vec<String>,
}

impl NodeParams for Common {}

fn hand() -> Declared<Hand, Common> {
    Declared::new(Hand::default(), Common::default()).unwrap()
}

fn yaml(text: &str) -> serde_yaml_ng::Mapping {
    serde_yaml_ng::from_str(text).unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
