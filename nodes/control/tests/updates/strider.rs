//! A simulated Strider in virtual time whose policies come out of a store of releases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use nalgebra::Vector3;
use sinew_control::Mode;
use sinew_control::clock::VirtualClock;
use sinew_control::command::VelocityCommand;
use sinew_control::contract::PolicyContract;
use sinew_control::io::{Capabilities, IoError, RobotIo};
use sinew_control::mailbox::Operator;
use sinew_control::record::TickRecord;
use sinew_control::state::{JointCommand, RobotState};
use sinew_control::tick::ControlLoop;
use sinew_models::ModelFile;
use sinew_node::node::InstalledPolicies;
use sinew_node_control::updates::{UpdateParams, Updates, open_store};
use sinew_node_control::{ControlParams, INFERENCE_LIMIT, LoopSource, PolicyOnRobot};
use sinew_releases::Digest;
use sinew_releases::bundle::{FileEntry, Kind, MANIFEST, Manifest, Requires};
use sinew_releases::store::{Store, StoredRelease, Told};
use sinew_sim::{SimParams, SimRobot};
use tempfile::TempDir;

use super::network::{changed, packed};

/// A simulated robot that can be pushed.
struct Pushed {
    robot: SimRobot,
    push: Arc<Mutex<Option<Vector3<f64>>>>,
}

impl RobotIo for Pushed {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        if let Some(push) = self.push.lock().unwrap().take() {
            self.robot.push(push);
        }
        self.robot.read(now_nanos, state)
    }

    fn write(&mut self, command: &JointCommand, accepted: &RobotState) -> Result<(), IoError> {
        self.robot.write(command, accepted)
    }

    fn capabilities(&self) -> Capabilities {
        self.robot.capabilities()
    }
}

pub(crate) struct Strider {
    folder: TempDir,
    pub(crate) store: Store,
    pub(crate) loaded: PolicyOnRobot,
    pub(crate) control: ControlLoop,
    pub(crate) operator: Operator,
    pub(crate) updates: Updates,
    pub(crate) told: Vec<Told>,
    pub(crate) command: VelocityCommand,
    push: Arc<Mutex<Option<Vector3<f64>>>>,
    version: u64,
    targets: Vec<f64>,
    /// The largest way of a target in a tick, as a share of what the gate allows.
    pub(crate) fastest_share: f64,
}

fn section<T: serde::de::DeserializeOwned>(text: &str, node: &str) -> T {
    let file: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).unwrap();
    serde_yaml_ng::from_value(file[node]["ros__parameters"].clone()).unwrap()
}

impl Strider {
    /// One that has just been switched on.
    pub(crate) fn new(updates: UpdateParams) -> Self {
        Self::over(tempfile::tempdir().unwrap(), updates)
    }

    /// The same robot, switched off and on: its store is what it was.
    pub(crate) fn switched_off_and_on(self, updates: UpdateParams) -> Self {
        self.store.ended().unwrap();
        let version = self.version;
        Self {
            version,
            ..Self::over(self.folder, updates)
        }
    }

    fn over(folder: TempDir, updates: UpdateParams) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../launch/robots");
        let text = std::fs::read_to_string(here.join("strider.yaml")).unwrap();
        let control: ControlParams = section(&text, "control");
        let mut control = control.with_files(|path| here.join(path));
        control.policy.updates = UpdateParams {
            store: Some(folder.path().join("releases")),
            ..updates
        };
        let source = LoopSource {
            params_file: PathBuf::new(),
            robot_description: here.join("../../sim/robots/strider/scene.xml"),
            control,
        };
        let loaded = PolicyOnRobot::new(&source).unwrap().with_run_limit(INFERENCE_LIMIT);
        let store = source.control.policy.updates.store.clone().unwrap();
        let (store, running) = open_store(&store, 3, &loaded, &source).unwrap();
        let sim: SimParams = section(&text, "sim");
        let push = Arc::<Mutex<Option<Vector3<f64>>>>::default();
        let robot = Pushed {
            robot: SimRobot::new(&loaded.model, &sim).unwrap(),
            push: push.clone(),
        };
        let clock = Box::new(VirtualClock::default());
        let (mut control, operator) = loaded
            .checked_loop(&source.control, Box::new(robot), clock, 1000)
            .unwrap();
        let updates = Updates::new(
            source.control.policy.updates.clone(),
            store.clone(),
            running,
            loaded.loop_of_updates(&source.control, &control),
            operator.clone(),
            Arc::<InstalledPolicies>::default(),
        );
        control.begin();
        Self {
            folder,
            store,
            loaded,
            control,
            operator,
            updates,
            told: Vec::new(),
            command: VelocityCommand::new(0.5, 0.0, 0.0),
            push,
            version: 1,
            targets: Vec::new(),
            fastest_share: 0.0,
        }
    }

    /// The policy's own file, and its contract.
    pub(crate) fn policy(&self) -> (ModelFile, PolicyContract) {
        (self.loaded.policy_file.clone(), self.loaded.contract.clone())
    }

    /// Stages the next version: the first one's network with other weights, under `contract`.
    pub(crate) fn stage(&mut self, contract: &PolicyContract, change: impl FnMut(usize, usize, f32) -> f32) -> String {
        let first = self.loaded.policy_file.clone();
        self.stage_made(|file| changed(&first, contract, file, change))
    }

    /// Stages a network as the next version, under `contract`.
    pub(crate) fn stage_network(&mut self, contract: &PolicyContract, network: Vec<u8>) -> String {
        self.stage_made(|file| packed(network, contract, file))
    }

    /// Stages the policy that `make` writes to a file.
    fn stage_made(&mut self, make: impl FnOnce(&Path)) -> String {
        self.version += 1;
        let from = self.store.incoming().join(format!("v{}", self.version));
        std::fs::create_dir_all(&from).unwrap();
        let model = self.folder.path().join(format!("v{}.onnx", self.version));
        make(&model);
        let files = BTreeMap::from([("walk.onnx", std::fs::read(&model).unwrap())]);
        let requires = Requires {
            sinew: "0.1.0".parse().unwrap(),
            onnxruntime: None,
        };
        let mut manifest = Manifest::new("walk", self.version, Kind::Policy, "walk.onnx", requires);
        for (name, bytes) in &files {
            std::fs::write(from.join(name), bytes).unwrap();
            let entry = FileEntry {
                bytes: bytes.len() as u64,
                sha256: Digest::of(bytes),
            };
            manifest.files.insert((*name).to_owned(), entry);
        }
        std::fs::write(from.join(MANIFEST), manifest.to_bytes().unwrap()).unwrap();
        let release = StoredRelease::of(&manifest).unwrap();
        self.store.stage(&release, &from).unwrap();
        self.updates.look_soon();
        release.version
    }

    /// Adds a velocity to the base, m/s.
    pub(crate) fn push(&self, x: f64, y: f64) {
        *self.push.lock().unwrap() = Some(Vector3::new(x, y, 0.0));
    }

    /// One tick, and what is next of updates.
    pub(crate) fn tick(&mut self) -> TickRecord {
        self.operator.command(self.command);
        let record = self.control.tick();
        assert_eq!(record.missed, 0, "virtual time misses nothing by itself");
        let written = &self.control.gate().written().position;
        if record.mode == Mode::Run && self.targets.len() == written.len() {
            let limits = self.control.gate().limits();
            for ((before, after), limit) in self.targets.iter().zip(written).zip(limits) {
                let share = (after - before).abs() / (limit.target_speed_rad_s / 200.0);
                self.fastest_share = self.fastest_share.max(share);
            }
        }
        self.targets.clone_from(written);
        if record.tick.is_multiple_of(10) {
            self.updates.look_soon();
        }
        self.updates.step();
        let told = self.updates.told();
        for told in &told {
            eprintln!("{:8.3} s  {told}", record.time_secs);
        }
        self.told.extend(told);
        record
    }

    /// Ticks for so long.
    pub(crate) fn run(&mut self, secs: f64) {
        for _ in 0..(secs * 200.0) as u64 {
            self.tick();
        }
    }

    /// Ticks until something is told; what.
    pub(crate) fn run_until(&mut self, what: &str, at_most_secs: f64) -> Told {
        let known = self.told.len();
        for _ in 0..(at_most_secs * 200.0) as u64 {
            self.tick();
            if let Some(told) = self.told[known..].iter().find(|told| told.what == what) {
                return told.clone();
            }
        }
        panic!("not {what} within {at_most_secs} s: {:?}", self.told);
    }

    pub(crate) fn expect_walking(&self) {
        assert_eq!(self.control.stop(), None);
        assert_eq!(self.control.mode(), Mode::Run);
        assert_eq!(self.control.stats().rust_allocations, 0);
        assert!(self.fastest_share <= 1.0 + 1e-9, "{}", self.fastest_share);
    }
}
