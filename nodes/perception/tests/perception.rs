//! The node `perception` on the local bus, with real models, and with everything that can be wrong with images.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../perception/tests/suite/onnx.rs"]
#[allow(dead_code, reason = "shared with the tests of the crate perception")]
mod onnx;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_messages::sensor_msgs::msg::{CompressedImage, Image};
use sinew_messages::vision_msgs::msg::Detection2DArray;
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Input, Publisher, Qos};
use sinew_node::node::testing::TestNode;
use sinew_node::node::to_stamp;
use sinew_node_perception::Perception;

/// Far more than an answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A detector that finds the same ball in every image: 8 pixels wide, in the middle of 64×48.
fn detector(folder: &Path) -> PathBuf {
    with_score(folder, 0.9)
}

fn with_score(folder: &Path, score: f32) -> PathBuf {
    let mut boxes = vec![0.0; 6 * 20];
    boxes[..6].copy_from_slice(&[28.0, 20.0, 36.0, 28.0, score, 0.0]);
    let names = ("names", "{0: 'ball'}");
    onnx::fixed(folder, &[1, 3, 48, 64], &[("output0", &[1, 20, 6], &boxes)], &[names])
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    to_stamp(since.as_nanos() as u64)
}

fn image(width: u32, height: u32) -> Image {
    let mut image = Image {
        width,
        height,
        encoding: "rgb8".to_owned(),
        step: 3 * width,
        data: vec![100; (3 * width * height) as usize],
        ..Image::default()
    };
    image.header.stamp = now();
    image.header.frame_id = "eye".to_owned();
    image
}

struct World {
    network: LocalBus,
    images: Publisher<Image>,
    compressed: Publisher<CompressedImage>,
    detections: Input<Detection2DArray>,
    diagnostics: Input<DiagnosticArray>,
}

impl World {
    fn new() -> Self {
        let network = LocalBus::new();
        let bus = network.node("world", "/");
        Self {
            images: Publisher::new(&*bus, "camera/image_raw", Qos::default()).unwrap(),
            compressed: Publisher::new(&*bus, "camera/image_raw/compressed", Qos::default()).unwrap(),
            detections: Input::new(&*bus, "camera/detections", Qos::default().keep_last(1000)).unwrap(),
            diagnostics: Input::new(&*bus, "/diagnostics", Qos::default().keep_last(1)).unwrap(),
            network,
        }
    }

    async fn perception(&self, model: &Path, params: &str) -> anyhow::Result<TestNode> {
        let params = format!("{{model: {}{params}}}", model.display());
        TestNode::start::<Perception>(self.network.node("perception", "/"), &params).await
    }

    async fn detections(&mut self) -> Detection2DArray {
        let next = tokio::time::timeout(PATIENCE, self.detections.recv()).await.unwrap();
        Detection2DArray::clone(&next)
    }

    /// Waits for a report in which `key` has the value.
    async fn until(&mut self, key: &str, value: &str) -> DiagnosticStatus {
        let reported = async {
            loop {
                let array = self.diagnostics.recv().await;
                let status = &array.status[0];
                if status.values.iter().any(|pair| pair.key == key && pair.value == value) {
                    return status.clone();
                }
            }
        };
        tokio::time::timeout(PATIENCE, reported).await.unwrap()
    }
}

#[tokio::test]
async fn what_is_seen_has_the_stamp_and_frame_of_its_image_and_keeps_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let node = world.perception(&detector(folder.path()), "").await.unwrap();
    let mut last = None;
    for _ in 0..3 {
        // Twice the size that the model takes.
        let shown = image(128, 96);
        world.images.publish(shown.clone()).unwrap();
        let seen = world.detections().await;
        assert_eq!(seen.header, shown.header);
        last = Some(seen);
    }
    let seen = last.unwrap();
    let ball = &seen.detections[0];
    assert_eq!(
        (ball.results[0].hypothesis.class_id.as_str(), ball.id.as_str()),
        ("ball", "1")
    );
    let bbox = &ball.bbox;
    assert_eq!((bbox.center.position.x, bbox.center.position.y), (64.0, 48.0));
    assert_eq!((bbox.size_x, bbox.size_y), (16.0, 16.0));
    world.until("provider", "cpu").await;
    node.end().await.unwrap();
}

#[tokio::test]
async fn images_that_are_none_are_counted_and_the_next_one_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let node = world.perception(&detector(folder.path()), "").await.unwrap();
    let broken = [
        Image {
            encoding: "rainbow".to_owned(),
            ..image(64, 48)
        },
        Image {
            data: vec![0; 100],
            ..image(64, 48)
        },
        Image {
            step: 5,
            ..image(64, 48)
        },
        image(0, 0),
        Image {
            width: 20_000,
            height: 20_000,
            step: 60_000,
            ..image(1, 1)
        },
        Image {
            encoding: "32FC1".to_owned(),
            step: 256,
            data: vec![0; 256 * 48],
            ..image(64, 48)
        },
    ];
    for (i, mut image) in broken.into_iter().enumerate() {
        image.header.stamp = now();
        world.images.publish(image).unwrap();
        let status = world.until("dropped.broken", &(i + 1).to_string()).await;
        assert_eq!(status.level, DiagnosticStatus::ERROR, "{status:?}");
        assert!(status.message.contains("camera/image_raw"), "{status:?}");
    }
    let mut jpeg = CompressedImage {
        format: "jpeg".to_owned(),
        data: vec![0xff, 0xd8, 0xff, 0xe0, 0, 16],
        ..CompressedImage::default()
    };
    jpeg.header.stamp = now();
    world.compressed.publish(jpeg).unwrap();
    let status = world.until("dropped.broken", "7").await;
    assert!(status.message.contains("compressed"), "{status:?}");
    world.images.publish(image(64, 48)).unwrap();
    assert_eq!(world.detections().await.detections.len(), 1);
    node.end().await.unwrap();
}

#[tokio::test]
async fn the_newest_image_wins_and_no_other_is_lost_without_being_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let node = world
        .perception(&detector(folder.path()), ", max_age_secs: 60.0")
        .await
        .unwrap();
    const SHOWN: u64 = 300;
    let mut shown = image(640, 480);
    for i in 0..SHOWN {
        shown.header.frame_id = i.to_string();
        world.images.publish(shown.clone()).unwrap();
    }
    let mut seen = 0;
    loop {
        seen += 1;
        if world.detections().await.header.frame_id == (SHOWN - 1).to_string() {
            break;
        }
    }
    world.until("dropped.overtaken", &(SHOWN - seen).to_string()).await;
    node.end().await.unwrap();
}

#[tokio::test]
async fn an_image_that_is_too_old_is_dropped_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let node = world
        .perception(&detector(folder.path()), ", max_age_secs: 20.0")
        .await
        .unwrap();
    let mut old = image(64, 48);
    old.header.stamp.sec -= 30;
    world.images.publish(old).unwrap();
    world.until("dropped.stale", "1").await;
    // A stamp of another clock says nothing of its age.
    let mut of_another_clock = image(64, 48);
    of_another_clock.header.stamp = Time { sec: 7, nanosec: 0 };
    world.images.publish(of_another_clock).unwrap();
    assert_eq!(world.detections().await.header.stamp.sec, 7);
    node.end().await.unwrap();
}

/// An image by a clock that is ahead.
fn ahead(secs: f64) -> Image {
    let mut shown = image(64, 48);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    shown.header.stamp = to_stamp((since.as_nanos() as u64).saturating_add_signed((secs * 1e9) as i64));
    shown
}

#[tokio::test]
async fn a_camera_whose_clock_is_off_is_told_with_the_number() {
    let folder = tempfile::tempdir().unwrap();
    let model = detector(folder.path());
    let mut world = World::new();
    let node = world.perception(&model, "").await.unwrap();
    for (i, (off_secs, told)) in [
        (1.0, "s ahead of this machine's clock"),
        (2.0, "s ahead"),
        (-2.0, "s before it came"),
        (30.0, "s ahead"),
        (-30.0, "s before it came"),
        (100.0, "s ahead"),
    ]
    .into_iter()
    .enumerate()
    {
        world.images.publish(ahead(off_secs)).unwrap();
        let status = world.until("dropped.stale", &(i + 1).to_string()).await;
        assert_eq!(status.level, DiagnosticStatus::ERROR, "{status:?}");
        let said = &status.message;
        assert!(said.contains("camera/image_raw") && said.contains(told), "{said}");
        assert!(said.contains("chrony") && said.contains("stamp: arrival"), "{said}");
        let offset = status
            .values
            .iter()
            .find(|pair| pair.key == "camera.stamp_offset_secs")
            .unwrap();
        let offset: f64 = offset.value.parse().unwrap();
        assert!((offset + off_secs).abs() < 0.5, "{offset} of {off_secs}");
    }
    node.end().await.unwrap();
    let node = world.perception(&model, ", stamp: arrival").await.unwrap();
    world.images.publish(ahead(-30.0)).unwrap();
    let seen = world.detections().await;
    assert!((seen.header.stamp.sec - now().sec).abs() <= 10, "{:?}", seen.header);
    node.end().await.unwrap();
}

#[tokio::test]
async fn images_without_a_stamp_or_by_a_simulators_clock_are_seen_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let node = world.perception(&detector(folder.path()), "").await.unwrap();
    for (i, (sec, told)) in [(0, "not stamped"), (7, "use_sim_time: true")].into_iter().enumerate() {
        let mut shown = image(64, 48);
        shown.header.stamp = Time { sec, nanosec: 0 };
        world.images.publish(shown.clone()).unwrap();
        assert_eq!(world.detections().await.header, shown.header);
        let status = world.until("images", &(i + 1).to_string()).await;
        assert_eq!(status.level, DiagnosticStatus::WARN, "{status:?}");
        assert!(status.message.contains(told), "{status:?}");
    }
    node.end().await.unwrap();
}

#[tokio::test]
async fn a_model_that_is_swapped_or_removed_under_it_goes_on_as_it_was_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let model = detector(folder.path());
    let mut world = World::new();
    let node = world.perception(&model, "").await.unwrap();
    for damage in [Some("no model at all"), None] {
        match damage {
            Some(text) => std::fs::write(&model, text).unwrap(),
            None => std::fs::remove_file(&model).unwrap(),
        }
        world.images.publish(image(64, 48)).unwrap();
        assert_eq!(world.detections().await.detections.len(), 1);
    }
    node.end().await.unwrap();
    let error = world.perception(&model, "").await.unwrap_err();
    assert!(format!("{error:#}").contains("model.onnx"), "{error:#}");
}

#[tokio::test]
async fn values_that_are_no_numbers_are_dropped_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let model = with_score(folder.path(), f32::NAN);
    let mut world = World::new();
    let node = world.perception(&model, "").await.unwrap();
    world.images.publish(image(64, 48)).unwrap();
    assert!(world.detections().await.detections.is_empty());
    world.until("values_without_numbers", "1").await;
    node.end().await.unwrap();
}

#[tokio::test]
async fn what_is_odd_about_the_outputs_stays_on_the_diagnostics_until_it_is_said_right() {
    let folder = tempfile::tempdir().unwrap();
    let mut boxes = vec![0.0; 6 * 20];
    boxes[..6].copy_from_slice(&[0.25, 0.25, 0.75, 0.75, 0.9, 0.0]);
    let outputs: [(&str, &[i64], &[f32]); 2] = [("output0", &[1, 20, 6], &boxes), ("more", &[1, 7], &[0.0; 7])];
    let model = onnx::fixed(folder.path(), &[1, 3, 48, 64], &outputs, &[]);
    let mut world = World::new();
    let error = world.perception(&model, "").await.unwrap_err();
    assert!(format!("{error:#}").contains("`head`"), "{error:#}");

    let node = world.perception(&model, ", head: yolov10").await.unwrap();
    world.images.publish(image(64, 48)).unwrap();
    assert_eq!(world.detections().await.detections.len(), 1);
    let status = world.until("images", "1").await;
    assert_eq!(status.level, DiagnosticStatus::WARN);
    let value = |key: &str| status.values.iter().find(|pair| pair.key == key).unwrap().value.clone();
    assert!(value("odd.tiny_boxes").contains("`box_unit`"));
    assert!(value("doubt.0").contains("`more` [1, 7]"));
    node.end().await.unwrap();

    let node = world
        .perception(&model, ", head: yolov10, box_unit: shares")
        .await
        .unwrap();
    world.images.publish(image(64, 48)).unwrap();
    assert_eq!(world.detections().await.detections[0].bbox.size_x, 32.0);
    let status = world.until("images", "1").await;
    assert!(status.values.iter().all(|pair| !pair.key.starts_with("odd.")));
    node.end().await.unwrap();

    for (params, named) in [
        (", head: yolov10, mean: [1.0, 2.0]", "mean"),
        (", head: yolov10, std: [0.0]", "std"),
        (", head: yolov10, channel_order: grb", "channel_order"),
    ] {
        let error = world.perception(&model, params).await.unwrap_err();
        assert!(format!("{error:#}").contains(named), "{error:#}");
    }
}

#[tokio::test]
async fn two_cameras_share_a_model_and_each_has_its_own_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let model = detector(folder.path());
    let mut world = World::new();
    let bus = world.network.node("other", "/");
    let right: Publisher<Image> = Publisher::new(&*bus, "right/image_raw", Qos::default()).unwrap();
    let mut seen_right: Input<Detection2DArray> = Input::new(&*bus, "right/detections", Qos::default()).unwrap();
    let node = world.perception(&model, ", cameras: [camera, right]").await.unwrap();
    for round in 0..3 {
        world.images.publish(image(64, 48)).unwrap();
        let id = world.detections().await.detections[0].id.clone();
        right.publish(image(64, 48)).unwrap();
        let other = tokio::time::timeout(PATIENCE, seen_right.recv()).await.unwrap();
        if round == 2 {
            assert_eq!((id.as_str(), other.detections[0].id.as_str()), ("1", "1"));
        }
    }
    node.end().await.unwrap();
    let error = world
        .perception(&model, ", cameras: [camera, camera]")
        .await
        .unwrap_err();
    assert!(format!("{error:#}").contains("cameras"), "{error:#}");
}

#[tokio::test]
async fn a_batch_takes_the_images_of_all_cameras_where_the_model_allows() {
    let folder = tempfile::tempdir().unwrap();
    let mut boxes = vec![0.0; 2 * 6 * 20];
    // The first camera's ball is in the middle, the second's in a corner.
    boxes[..6].copy_from_slice(&[28.0, 20.0, 36.0, 28.0, 0.9, 0.0]);
    boxes[120..126].copy_from_slice(&[0.0, 0.0, 8.0, 8.0, 0.9, 0.0]);
    let outputs: [(&str, &[i64], &[f32]); 1] = [("output0", &[2, 20, 6], &boxes)];
    let model = onnx::fixed(folder.path(), &[2, 3, 48, 64], &outputs, &[("names", "{0: 'ball'}")]);
    let mut world = World::new();
    let bus = world.network.node("other", "/");
    let right: Publisher<Image> = Publisher::new(&*bus, "right/image_raw", Qos::default()).unwrap();
    let mut seen_right: Input<Detection2DArray> = Input::new(&*bus, "right/detections", Qos::default()).unwrap();
    let params = ", cameras: [camera, right], batch: true, max_age_secs: 60.0";
    let node = world.perception(&model, params).await.unwrap();
    // Held up by nothing, either may be alone in its batch: then it has the first place.
    for _ in 0..20 {
        right.publish(image(64, 48)).unwrap();
        world.images.publish(image(64, 48)).unwrap();
        let left = world.detections().await;
        assert_eq!(left.detections[0].bbox.center.position.x, 32.0);
        let seen = tokio::time::timeout(PATIENCE, seen_right.recv()).await.unwrap();
        let x = seen.detections[0].bbox.center.position.x;
        assert!(x == 4.0 || x == 32.0, "{x}");
    }
    node.end().await.unwrap();
    let single = detector(folder.path());
    let error = world.perception(&single, params).await.unwrap_err();
    assert!(format!("{error:#}").contains("batch"), "{error:#}");
}
