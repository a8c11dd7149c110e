//! A robot whose node `perception` takes its model out of a store of releases, and a camera that shows the next image once
//! the last one was seen: an image that nobody answers is one that was lost.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sinew_messages::sensor_msgs::msg::Image;
use sinew_messages::std_msgs::msg;
use sinew_messages::std_srvs::srv::{Trigger, TriggerRequest};
use sinew_messages::vision_msgs::msg::Detection2DArray;
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Bus, Client, Input, Publisher, Qos};
use sinew_node::node::testing::TestNode;
use sinew_node::node::{Host, to_stamp};
use sinew_node::report::Event;
use sinew_node_perception::Perception;
use sinew_perception::contract::PerceptionContract;
use sinew_perception::heads::{BoundingBox, Detection, Prediction};
use sinew_perception::image::Picture;
use sinew_releases::Digest;
use sinew_releases::bundle::{FileEntry, Kind, MANIFEST, Manifest, Requires};
use sinew_releases::store::{Store, StoredRelease};
use tempfile::TempDir;

/// Far more than an answer takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between an answer and the next image: far more than a model of the tests takes, and far less than the slow one.
pub(crate) const PAUSE: Duration = Duration::from_millis(10);

/// Everything happens sooner than on a robot; nothing is late on a machine that is busy with other tests.
pub(crate) const QUICK: &str = "max_inference_us: 1e6, shadow_secs: 0.5, probation_secs: 1.0, promote: rule, \
     probation: {excused_secs: 0.1}";

/// An image whose pixels all have that level.
pub(crate) fn grey(level: u8) -> Image {
    Image {
        width: 64,
        height: 48,
        encoding: "rgb8".to_owned(),
        step: 3 * 64,
        data: vec![level; 3 * 64 * 48],
        ..Image::default()
    }
}

/// A golden image in which a ball is to be seen in the middle, with that score.
pub(crate) fn golden(score: f32) -> PerceptionContract {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("golden.png");
    let picture = Picture::from_rgb([64, 48], grey(100).data).unwrap();
    picture.write_png(&file).unwrap();
    let ball = Detection {
        bbox: BoundingBox::centred([32.0, 24.0], [8.0, 8.0]),
        score,
        class: 0,
    };
    let mut contract = PerceptionContract::new(&["ball".to_owned()]);
    assert!(contract.add(&std::fs::read(file).unwrap(), 0.25, &Prediction::Things(vec![ball])));
    contract
}

/// Puts a model into a store, as the node `updater` does.
pub(crate) fn stage(store: &Path, version: u64, model: &Path, contract: Option<&PerceptionContract>) -> String {
    let store = Store::existing(store).unwrap();
    let from = store.incoming().join(format!("v{version}"));
    std::fs::create_dir_all(&from).unwrap();
    let bytes = std::fs::read(model).unwrap();
    let requires = Requires {
        sinew: semver::Version::new(0, 1, 0),
        onnxruntime: None,
    };
    let mut manifest = Manifest::new("balls", version, Kind::Perception, "balls.onnx", requires);
    let mut files = vec![("balls.onnx", bytes)];
    if let Some(contract) = contract {
        files.push(("golden.yaml", serde_yaml_ng::to_string(contract).unwrap().into_bytes()));
        manifest.contract = Some("golden.yaml".to_owned());
    }
    for (name, bytes) in files {
        let entry = FileEntry {
            bytes: bytes.len() as u64,
            sha256: Digest::of(&bytes),
        };
        manifest.files.insert(name.to_owned(), entry);
        std::fs::write(from.join(name), bytes).unwrap();
    }
    std::fs::write(from.join(MANIFEST), manifest.to_bytes().unwrap()).unwrap();
    let release = StoredRelease::of(&manifest).unwrap();
    store.stage(&release, &from).unwrap();
    release.version
}

/// The robot.
pub(crate) struct Robot {
    /// Where the store is, unless it is somebody else's.
    _folder: Option<TempDir>,
    store: PathBuf,
    bus: std::sync::Arc<dyn Bus>,
    node: Option<TestNode>,
    host: Host,
    images: Publisher<Image>,
    detections: Input<Detection2DArray>,
    updates: Input<msg::String>,
    /// What was told of releases, and how much of it was waited for.
    told: Vec<String>,
    heard: usize,
    /// What the camera shows, in turn.
    pub(crate) shows: Vec<Image>,
    shown: usize,
    version: u64,
}

impl Robot {
    /// With a model of its own, and these parameters of updates beside the store.
    pub(crate) async fn start(model: &Path, updates: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut robot = Self::start_in(&folder.path().join("store"), model, updates).await;
        robot._folder = Some(folder);
        robot
    }

    /// The same with a store that stays.
    pub(crate) async fn start_in(store: &Path, model: &Path, updates: &str) -> Self {
        let network = LocalBus::new();
        let bus = network.node("world", "/");
        let params = format!(
            "{{model: {}, max_age_secs: 60.0, updates: {{store: {}, {updates}}}}}",
            model.display(),
            store.display()
        );
        let mut robot = Self {
            _folder: None,
            store: store.to_owned(),
            images: Publisher::new(&*bus, "camera/image_raw", Qos::default()).unwrap(),
            detections: Input::new(&*bus, "camera/detections", Qos::default().keep_last(1000)).unwrap(),
            updates: Input::new(&*bus, "perception/update", Qos::latched().keep_last(100)).unwrap(),
            bus,
            node: None,
            host: Host::default(),
            told: Vec::new(),
            heard: 0,
            shows: vec![grey(100)],
            shown: 0,
            version: 1,
        };
        let node = TestNode::start_in::<Perception>(robot.host.clone(), network.node("perception", "/"), &params);
        robot.node = Some(node.await.unwrap());
        robot
    }

    pub(crate) fn store(&self) -> Store {
        Store::existing(&self.store).unwrap()
    }

    /// Stages the next version.
    pub(crate) fn stage(&mut self, model: &Path) -> String {
        self.stage_with(model, None)
    }

    /// The same with a contract.
    pub(crate) fn stage_with(&mut self, model: &Path, contract: Option<&PerceptionContract>) -> String {
        self.version += 1;
        stage(&self.store, self.version, model, contract)
    }

    /// Shows the next image, and gives what was seen in it.
    pub(crate) async fn look(&mut self) -> Detection2DArray {
        let mut image = self.shows[self.shown % self.shows.len()].clone();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        image.header.stamp = to_stamp(since.as_nanos() as u64);
        image.header.frame_id = self.shown.to_string();
        self.shown += 1;
        let expected = image.header.clone();
        self.images.publish(image).unwrap();
        let seen = tokio::time::timeout(PATIENCE, self.detections.recv()).await;
        let seen = seen.unwrap_or_else(|_| panic!("image {} was lost; told: {:#?}", self.shown, self.told));
        assert_eq!(seen.header, expected, "an image was lost, or seen twice");
        while let Some(told) = self.updates.try_recv() {
            self.told.push(told.data.clone());
        }
        tokio::time::sleep(PAUSE).await;
        Detection2DArray::clone(&seen)
    }

    /// Shows images for so long.
    pub(crate) async fn run(&mut self, time: Duration) {
        let began = Instant::now();
        while began.elapsed() < time {
            self.look().await;
        }
    }

    /// Shows images until something is told that contains `what`, after what was waited for last; all of it.
    pub(crate) async fn until(&mut self, what: &str) -> String {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let mut new = self.told[self.heard..].iter();
            if let Some(at) = new.position(|told| told.contains(what)) {
                self.heard += at + 1;
                return self.told[self.heard - 1].clone();
            }
            self.look().await;
        }
        panic!("expected `{what}`, found {:#?}", self.told);
    }

    /// Name and version of the release that the store has in charge.
    pub(crate) fn in_charge(&self) -> String {
        self.store().in_charge().unwrap().release.version
    }

    /// What has happened in the node that a recorder may want to keep.
    pub(crate) fn events(&self) -> Vec<Event> {
        let reports = self.host.shown.reports().into_iter();
        reports.flat_map(|(_, registry)| registry.events_since(0).0).collect()
    }

    /// Asks for something by service; what is answered.
    pub(crate) async fn ask(&self, service: &str) -> Result<String, String> {
        let client = Client::<Trigger>::new(self.bus.clone(), service);
        let answer = client.call(TriggerRequest::default(), PATIENCE).await.unwrap();
        if answer.success {
            Ok(answer.message.clone())
        } else {
            Err(answer.message.clone())
        }
    }

    pub(crate) async fn end(mut self) {
        if let Some(node) = self.node.take() {
            node.end().await.unwrap();
        }
    }
}

/// Tiles of the picture of twelve scenes beside Spotter.
pub(crate) fn scenes() -> Vec<Image> {
    let [width, height] = [320, 240];
    let picture = Picture::load(&spotter().with_file_name("seen.jpg")).unwrap();
    let tile = |n: usize| {
        let [left, top] = [n % 4 * width, n / 4 * height];
        let row = |y: usize| &picture.rgb()[3 * ((top + y) * picture.width() + left)..][..3 * width];
        Image {
            width: width as u32,
            height: height as u32,
            encoding: "rgb8".to_owned(),
            step: 3 * width as u32,
            data: (0..height).flat_map(row).copied().collect(),
            ..Image::default()
        }
    };
    (0..12).map(tile).collect()
}

/// The detector that Sinew owns.
pub(crate) fn spotter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/spotter/spotter.onnx")
}
