//! What a loop shows of itself: everything that it is made of, for whoever records it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sinew_control::replay::LoopSetup;
use sinew_control::tick::ControlLoop;
use sinew_node::node::{ShownFile, ShownLoop};

use super::{LoopSource, PolicyOnRobot, PolicySummary};

/// Largest robot description that is kept.
const MAX_DESCRIPTION: u64 = 16 << 20;

impl PolicyOnRobot {
    /// A loop of this policy on this robot before its first tick, as the node of this full name shows it.
    pub fn shown_loop(&self, node: String, control: &ControlLoop, source: &LoopSource) -> ShownLoop {
        let policy = &self.policy_file;
        let mut files = vec![ShownFile {
            role: "policy",
            path: policy.path().to_owned(),
            sha256: policy.sha256().to_owned(),
            bytes: policy.bytes().clone(),
        }];
        // It was read before: where it is gone meanwhile, the loop's own description of the robot is left.
        if let Ok(bytes) = sinew_files::read(&source.robot_description, MAX_DESCRIPTION) {
            files.push(ShownFile {
                role: "robot_description",
                path: source.robot_description.clone(),
                sha256: sinew_models::sha256(&bytes),
                bytes: Arc::new(bytes),
            });
        }
        ShownLoop {
            node,
            operator: control.operator(),
            setup: LoopSetup {
                robot: self.robot.clone(),
                contract: self.contract.clone(),
                params: self.loop_params(&source.control),
                capabilities: control.gate().capabilities().into(),
                stop: control.stop(),
                room: control.room(),
            },
            files,
            facts: self.facts(source),
            installed: Arc::default(),
        }
    }

    fn facts(&self, source: &LoopSource) -> BTreeMap<String, String> {
        let summary = PolicySummary::of(self);
        let mut facts = BTreeMap::from([
            ("robot".to_owned(), self.robot.name.clone()),
            ("policy".to_owned(), summary.contract),
            ("policy_file".to_owned(), summary.path),
            ("policy_sha256".to_owned(), summary.sha256),
            ("sinew_version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("architecture".to_owned(), std::env::consts::ARCH.to_owned()),
            ("onnxruntime_version".to_owned(), runtime_version()),
        ]);
        for (name, sha256) in summary.weights_sha256 {
            facts.insert(format!("policy_sha256.{name}"), sha256);
        }
        if let Some(provision) = summary.inference {
            facts.insert("policy_provider".to_owned(), provision.to_string());
        }
        // Parameters are plain data.
        let parameters = serde_yaml_ng::to_string(&source.control).unwrap_or_default();
        facts.insert("control_parameters".to_owned(), parameters);
        facts
    }
}

/// The version of ONNX Runtime: the same network may give other last bits on another one.
fn runtime_version() -> String {
    sinew_models::runtime::runtime().map_or_else(|_| String::new(), |runtime| runtime.version.clone())
}
