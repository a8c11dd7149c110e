//! A simulated Strider of nodes, and releases for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sinew_models::{ContractSource, ModelFile, load_contract};
use sinew_releases::Digest;
use sinew_releases::bundle::{FileEntry, Kind, MANIFEST, Manifest, Requires};
use sinew_releases::store::{Store, StoredRelease};
use tempfile::TempDir;

use crate::network::changed;

/// A weight that another run of the training might have left: a twentieth of a percent off.
pub(crate) fn a_little_off(tensor: usize, number: usize, weight: f32) -> f32 {
    let random = (tensor as f32 * 12.9898 + number as f32 * 78.233).sin() * 43_758.547;
    weight * (1.0 + 1e-3 * (random.fract() - 0.5))
}

/// One that does the reverse of everything.
pub(crate) fn reversed(_: usize, _: usize, weight: f32) -> f32 {
    -weight
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

pub(crate) struct Robot {
    folder: TempDir,
    process: Child,
}

impl Robot {
    /// One of these files over Strider's own, in which UPLOADED is the folder `uploaded`.
    pub(crate) fn start(files: &[&str]) -> Self {
        Self::with_file("more.yaml", "", files)
    }

    /// The same beside another file.
    pub(crate) fn with_file(name: &str, text: &str, files: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("uploaded")).unwrap();
        fs::write(at(name), text).unwrap();
        let strider = root().join("launch/robots/strider.yaml");
        let extends = format!("/**: {{ros__parameters: {{extends: {}}}}}\n", strider.display());
        fs::write(at("strider.yaml"), extends).unwrap();
        let mut given = vec![at("strider.yaml")];
        for (n, text) in files.iter().enumerate() {
            given.push(at(&format!("{n}.yaml")));
            fs::write(
                &given[n + 1],
                text.replace("UPLOADED", at("uploaded").to_str().unwrap()),
            )
            .unwrap();
        }
        let said = fs::File::create(at("said")).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_sinew"))
            .arg("up")
            .args(given)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .unwrap();
        Self { folder, process }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap()
    }

    pub(crate) fn is_there(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// Its store, once it has made one.
    pub(crate) fn store(&self) -> Option<Store> {
        let store = Store::existing(&self.folder.path().join("releases")).ok()?;
        store.status().ok()?.state.factory().is_some().then_some(store)
    }

    /// Stages a version of Strider's network with other weights, once the robot has its store.
    pub(crate) fn stage(&mut self, version: u64, change: fn(usize, usize, f32) -> f32) -> String {
        let began = Instant::now();
        let store = loop {
            if let Some(store) = self.store() {
                break store;
            }
            let there = self.is_there() && began.elapsed() < Duration::from_secs(120);
            assert!(there, "no store: {}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        };
        let model = ModelFile::read(&root().join("models/strider/walk.onnx")).unwrap();
        let robot = sinew_robot::load(&root().join("sim/robots/strider/scene.xml")).unwrap();
        let contract = load_contract(&model, &ContractSource::default(), &robot.description()).unwrap();
        let from = store.incoming().join(version.to_string());
        fs::create_dir_all(&from).unwrap();
        changed(&model, &contract, &from.join("walk.onnx"), change);
        let bytes = fs::read(from.join("walk.onnx")).unwrap();
        let requires = Requires {
            sinew: "0.1.0".parse().unwrap(),
            onnxruntime: None,
        };
        let entry = FileEntry {
            bytes: bytes.len() as u64,
            sha256: Digest::of(&bytes),
        };
        let mut manifest = Manifest::new("walk", version, Kind::Policy, "walk.onnx", requires);
        manifest.files = BTreeMap::from([("walk.onnx".to_owned(), entry)]);
        fs::write(from.join(MANIFEST), manifest.to_bytes().unwrap()).unwrap();
        let release = StoredRelease::of(&manifest).unwrap();
        store.stage(&release, &from).unwrap();
        release.version
    }

    /// A process that it has started.
    pub(crate) fn child_of_it(&self) -> Option<u32> {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let mut numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers.find(|process: &u32| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            let parent = stat
                .rsplit_once(") ")
                .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
            parent == Some(self.process.id())
        })
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Ends it as an operator does.
    pub(crate) fn end(&mut self) {
        let id = self.process.id().to_string();
        let asked = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(asked.success());
        self.process.wait().unwrap();
    }

    /// What `sinew inspect` says of its recording.
    pub(crate) fn inspected(&self) -> serde_json::Value {
        let entries = fs::read_dir(self.folder.path().join("recordings")).unwrap();
        let files = entries.map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|end| end == "mcap"));
        let mut inspect = Command::new(env!("CARGO_BIN_EXE_sinew"));
        let output = inspect
            .arg("inspect")
            .args(files)
            .args(["--json", "-"])
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn expect_walking(&self) {
        let said = self.said();
        assert!(said.contains("mode: run") && !said.contains("stopped: "), "{said}");
    }
}

impl Drop for Robot {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
