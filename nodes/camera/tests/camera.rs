//! The node `camera` with files and folders, on the local bus: what is published, and what happens when
//! the source breaks, changes, goes and comes back.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage};
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_messages::lifecycle_msgs::srv::{GetState, GetStateRequest};
use sinew_messages::sensor_msgs::msg::{CameraInfo, CompressedImage, Image};
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Bus, Client, Input, Qos};
use sinew_node::node::testing::TestNode;
use sinew_node_camera::Camera;
use tempfile::TempDir;
use tokio::time::timeout;

/// Far more than anything here takes.
const PATIENT: Duration = Duration::from_secs(60);
const KEEP: Qos = Qos::sensor_data().keep_last(1000);

/// A network with somebody who looks at what the camera publishes, and a folder for images.
struct Scene {
    network: LocalBus,
    viewer: Arc<dyn Bus>,
    images: Input<Image>,
    infos: Input<CameraInfo>,
    diagnostics: Input<DiagnosticArray>,
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let network = LocalBus::new();
        let viewer = network.node("viewer", "/");
        Self {
            images: Input::new(&*viewer, "eye/image_raw", KEEP).unwrap(),
            infos: Input::new(&*viewer, "eye/camera_info", KEEP).unwrap(),
            diagnostics: Input::new(&*viewer, "/diagnostics", KEEP).unwrap(),
            folder: tempfile::tempdir().unwrap(),
            viewer,
            network,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the node with this source, a hundred images a second, and more parameters.
    async fn start(&self, source: &Path, more: &str) -> anyhow::Result<TestNode> {
        let params = format!(
            "{{source: '{}', rate_hz: 100.0, camera_name: eye, frame_id: eye_optical{more}}}",
            source.display()
        );
        TestNode::start::<Camera>(self.network.node("camera", "/"), &params).await
    }

    async fn refusal(&self, source: &Path, more: &str) -> String {
        let error = self.start(source, more).await.unwrap_err();
        format!("{error:#}")
    }

    async fn image(&mut self) -> Arc<Image> {
        timeout(PATIENT, self.images.recv()).await.expect("an image")
    }

    /// The grey of the next image.
    async fn grey(&mut self) -> u8 {
        self.image().await.data[0]
    }

    /// Waits for an image of this grey, past others.
    async fn until_grey(&mut self, grey: u8) {
        let seen = async { while self.images.recv().await.data[0] != grey {} };
        timeout(PATIENT, seen)
            .await
            .unwrap_or_else(|_| panic!("no image of {grey}"));
    }

    /// Waits for a status that is as wanted.
    async fn until_status(&mut self, wanted: impl Fn(&DiagnosticStatus) -> bool) -> DiagnosticStatus {
        let found = async {
            loop {
                let array = self.diagnostics.recv().await;
                if let Some(status) = array.status.iter().find(|status| wanted(status)) {
                    return status.clone();
                }
            }
        };
        timeout(PATIENT, found).await.expect("a status")
    }
}

fn value(status: &DiagnosticStatus, key: &str) -> u64 {
    let pair = status.values.iter().find(|pair| pair.key == key).unwrap();
    pair.value.parse().unwrap()
}

/// A whole file at once, as a careful writer does it.
fn write(path: &Path, size: [u32; 2], grey: u8) {
    let format = ImageFormat::from_path(path).unwrap();
    let incoming = path.with_extension("incoming");
    let pixels = RgbImage::from_pixel(size[0], size[1], Rgb([grey; 3]));
    pixels.save_with_format(&incoming, format).unwrap();
    std::fs::rename(incoming, path).unwrap();
}

/// `folder/01.png`, of grey 1, and so on.
fn album(folder: &Path, greys: impl IntoIterator<Item = u8>) {
    std::fs::create_dir_all(folder).unwrap();
    for grey in greys {
        write(&folder.join(format!("{grey:02}.png")), [8, 6], grey);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_shown_by_name_over_and_over_each_image_with_its_camera_info() {
    let mut scene = Scene::new();
    let folder = scene.path("album");
    album(&folder, [2, 1, 3]);
    let node = scene.start(&folder, ", fovy_rad: 1.0").await.unwrap();
    let mut before = None;
    for grey in [1, 2, 3, 1, 2, 3, 1] {
        let image = scene.image().await;
        assert_eq!(
            (image.encoding.as_str(), image.step, image.is_bigendian),
            ("rgb8", 24, 0)
        );
        assert_eq!((image.width, image.height), (8, 6));
        assert_eq!(image.data, [grey; 3 * 8 * 6]);
        assert_eq!(image.header.frame_id, "eye_optical");
        let stamp = (image.header.stamp.sec, image.header.stamp.nanosec);
        assert!(before.replace(stamp) < Some(stamp));
        let info = timeout(PATIENT, scene.infos.recv()).await.unwrap();
        assert_eq!(info.header, image.header);
        assert_eq!((info.width, info.height), (8, 6));
        assert!((info.k[4] - 3.0 / 0.5_f64.tan()).abs() < 1e-9);
    }
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_stays_as_it_was_for_who_holds_it() {
    let mut scene = Scene::new();
    let file = scene.path("still.png");
    write(&file, [8, 6], 7);
    let node = scene.start(&file, "").await.unwrap();
    let mut held = Vec::new();
    for _ in 0..20 {
        let image = scene.image().await;
        held.push((Image::clone(&image), image));
    }
    write(&file, [8, 6], 8);
    scene.until_grey(8).await;
    assert!(held.iter().all(|(was, is)| *was == **is));
    let stamps: std::collections::BTreeSet<_> = (held.iter())
        .map(|(image, _)| (image.header.stamp.sec, image.header.stamp.nanosec))
        .collect();
    assert_eq!(stamps.len(), 20);
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_of_a_folder_is_counted_and_left_out() {
    let mut scene = Scene::new();
    let folder = scene.path("album");
    album(&folder, [1, 3]);
    let whole = std::fs::read(folder.join("01.png")).unwrap();
    std::fs::write(folder.join("02.png"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(folder.join("notes.txt"), "no image").unwrap();
    let node = scene.start(&folder, "").await.unwrap();
    for grey in [1, 3, 1, 3] {
        assert_eq!(scene.grey().await, grey);
    }
    let status = scene.until_status(|status| value(status, "broken") > 1).await;
    assert_eq!(value(&status, "losses"), 0, "{status:?}");
    // Made whole, it is shown.
    write(&folder.join("02.png"), [8, 6], 2);
    scene.until_grey(2).await;
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_may_change_while_it_is_shown() {
    let mut scene = Scene::new();
    let folder = scene.path("album");
    album(&folder, [1, 2, 3]);
    let node = scene.start(&folder, "").await.unwrap();
    scene.until_grey(3).await;
    album(&folder, [4]);
    scene.until_grey(4).await;
    for gone in ["01.png", "02.png", "03.png"] {
        std::fs::remove_file(folder.join(gone)).unwrap();
    }
    // Whatever was on its way, in the end there is only one.
    let mut alone = 0;
    while alone < 3 {
        alone = if scene.grey().await == 4 { alone + 1 } else { 0 };
    }
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_away_is_used_again_when_it_is_back() {
    let mut scene = Scene::new();
    let (album_folder, still) = (scene.path("album"), scene.path("still.png"));
    album(&album_folder, [1, 2]);
    write(&still, [8, 6], 1);
    for source in [album_folder, still] {
        let node = scene.start(&source, "").await.unwrap();
        scene.until_grey(1).await;
        for round in 1..=2 {
            let away = scene.path("away");
            std::fs::rename(&source, &away).unwrap();
            let lost = scene
                .until_status(|status| status.level == DiagnosticStatus::ERROR)
                .await;
            let name = source.display().to_string();
            assert!(
                lost.message.contains(&name) && lost.message.contains("No such file"),
                "{lost:?}"
            );
            assert_eq!(lost.hardware_id, name);
            assert_eq!(value(&lost, "losses"), round);
            while scene.images.try_recv().is_some() {}
            std::fs::rename(&away, &source).unwrap();
            scene.until_grey(1).await;
            scene.until_status(|status| status.level == DiagnosticStatus::OK).await;
        }
        node.end().await.unwrap();
        while scene.images.try_recv().is_some() {}
        while scene.diagnostics.try_recv().is_some() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_still_that_is_broken_meanwhile_is_lost_until_it_is_whole() {
    let mut scene = Scene::new();
    let file = scene.path("still.png");
    write(&file, [8, 6], 1);
    let node = scene.start(&file, "").await.unwrap();
    scene.until_grey(1).await;
    std::fs::write(&file, b"half").unwrap();
    let lost = scene
        .until_status(|status| status.level == DiagnosticStatus::ERROR)
        .await;
    assert!(
        lost.message.contains("still.png") && lost.message.contains("JPEG or PNG"),
        "{lost:?}"
    );
    write(&file, [8, 6], 2);
    scene.until_grey(2).await;
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_repeat_all_is_shown_once_and_the_node_deactivates_itself() {
    let mut scene = Scene::new();
    let folder = scene.path("album");
    album(&folder, [1, 2, 3]);
    let node = scene.start(&folder, ", repeat: false").await.unwrap();
    for grey in 1..=3 {
        assert_eq!(scene.grey().await, grey);
    }
    let state = Client::<GetState>::new(scene.viewer.clone(), "camera/get_state");
    let inactive = async {
        while state
            .call(GetStateRequest::default(), PATIENT)
            .await
            .unwrap()
            .current_state
            .label
            != "inactive"
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENT, inactive).await.expect("an inactive node");
    assert!(scene.images.try_recv().is_none());
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_to_jpegs_gets_the_files_as_they_are() {
    let mut scene = Scene::new();
    let folder = scene.path("album");
    album(&folder, [1]);
    write(&folder.join("02.jpg"), [8, 6], 2);
    let mut jpegs: Input<CompressedImage> = Input::new(&*scene.viewer, "eye/image_raw/compressed", KEEP).unwrap();
    let node = scene.start(&folder, "").await.unwrap();
    let bytes = std::fs::read(folder.join("02.jpg")).unwrap();
    for _ in 0..3 {
        let jpeg = timeout(PATIENT, jpegs.recv()).await.unwrap();
        assert_eq!((jpeg.format.as_str(), &jpeg.data), ("jpeg", &bytes));
        // The PNG before it has none, and both have images.
        scene.image().await;
        assert_eq!(scene.image().await.header, jpeg.header);
    }
    node.end().await.unwrap();
}

fn calibration(folder: &Path, [width, height]: [u32; 2]) -> PathBuf {
    let file = folder.join("left.yaml");
    let text = format!(
        "image_width: {width}\nimage_height: {height}\ncamera_name: left\n\
         camera_matrix: {{rows: 3, cols: 3, data: [10.0, 0, 4, 0, 11.0, 3, 0, 0, 1]}}\n\
         distortion_model: plumb_bob\n\
         distortion_coefficients: {{rows: 1, cols: 5, data: [0.1, 0, 0, 0, 0]}}\n\
         rectification_matrix: {{rows: 3, cols: 3, data: [1, 0, 0, 0, 1, 0, 0, 0, 1]}}\n\
         projection_matrix: {{rows: 3, cols: 4, data: [9.0, 0, 4, 0, 0, 9.5, 3, 0, 0, 0, 1, 0]}}\n"
    );
    std::fs::write(&file, text).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn only_images_of_the_calibrations_size_are_published() {
    let mut scene = Scene::new();
    let folder = scene.path("album");
    album(&folder, [1, 3]);
    write(&folder.join("02.png"), [16, 12], 2);
    let file = calibration(scene.folder.path(), [8, 6]);
    let node = scene
        .start(&folder, &format!(", camera_info: '{}'", file.display()))
        .await
        .unwrap();
    for grey in [1, 3, 1, 3] {
        let image = scene.image().await;
        assert_eq!((image.data[0], image.width), (grey, 8));
        let info = timeout(PATIENT, scene.infos.recv()).await.unwrap();
        assert_eq!(
            (info.header.clone(), info.k[4], info.p[5]),
            (image.header.clone(), 11.0, 9.5)
        );
    }
    let status = scene
        .until_status(|status| status.level == DiagnosticStatus::ERROR)
        .await;
    assert!(
        status.message.contains("size") && value(&status, "other_size") > 0,
        "{status:?}"
    );
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_refused_by_name() {
    let scene = Scene::new();
    let (still, broken, empty) = (scene.path("still.png"), scene.path("broken.jpg"), scene.path("empty"));
    write(&still, [16, 12], 1);
    std::fs::write(&broken, b"\xff\xd8\xff no image").unwrap();
    std::fs::create_dir(&empty).unwrap();
    let ruins = scene.path("ruins");
    std::fs::create_dir(&ruins).unwrap();
    std::fs::write(ruins.join("a.png"), b"no image").unwrap();
    let file = calibration(scene.folder.path(), [8, 6]);
    let of_other_size = format!(", camera_info: '{}'", file.display());
    for (source, more, named) in [
        (Path::new(""), "", "`source`: expected a file, a folder or a camera"),
        (&scene.path("nowhere"), "", "nowhere: cannot be read"),
        (&broken, "", "broken.jpg: expected a whole JPEG or PNG"),
        (&empty, "", "empty: expected a folder with jpg, jpeg, png files"),
        (&ruins, "", "ruins: expected a whole image among its 1 files"),
        (
            &ruins,
            ", repeat: false",
            "ruins: expected a whole image among its 1 files",
        ),
        (&still, ", width: 640, height: 480", "`width`: expected none for"),
        (&still, ", pixel_format: YUYV", "`pixel_format`: expected none for"),
        (&still, ", camera_info: nowhere.yaml", "nowhere.yaml: cannot be read"),
        (
            &still,
            &of_other_size,
            "left.yaml: calibrated for images of 8×6, found 16×12",
        ),
        (
            &still,
            ", camera_info: left.yaml, fovy_rad: 1.0",
            "`fovy_rad`: expected none beside `camera_info`",
        ),
        (&still, ", rate_h: 3.0", "did you mean `rate_hz`"),
        (Path::new("/dev/null"), "", "/dev/null"),
    ] {
        let error = scene.refusal(source, more).await;
        assert!(error.contains(named), "{}{more}: {error}", source.display());
    }
}

#[cfg(feature = "v4l2")]
#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_is_not_plugged_in_is_waited_for() {
    let mut scene = Scene::new();
    let node = scene
        .start(Path::new("/dev/video_of_nobody"), ", width: 64, height: 48")
        .await
        .unwrap();
    let lost = scene
        .until_status(|status| status.level == DiagnosticStatus::ERROR)
        .await;
    assert!(
        lost.message.contains("/dev/video_of_nobody: cannot be opened"),
        "{lost:?}"
    );
    node.end().await.unwrap();
}

/// Needs a camera, of which the first one is used.
#[cfg(feature = "v4l2")]
#[tokio::test(flavor = "multi_thread")]
async fn a_camera_of_this_machine_gives_images_with_rising_stamps() {
    let cameras = sinew_node_camera::found();
    let Some((device, name)) = cameras.first() else {
        eprintln!("skipped: needs a camera");
        return;
    };
    let mut scene = Scene::new();
    let node = scene.start(device, "").await.unwrap();
    let mut before = None;
    for _ in 0..10 {
        let image = scene.image().await;
        sinew_perception::image::ImageView::of(&image).unwrap_or_else(|error| panic!("{name}: {error}"));
        let stamp = (image.header.stamp.sec, image.header.stamp.nanosec);
        assert!(before.replace(stamp) < Some(stamp), "{name}");
    }
    node.end().await.unwrap();
}
