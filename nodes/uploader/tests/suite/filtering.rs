//! What the filter takes out of recordings, and what it leaves.

use std::fs;

use sinew_messages::cdr;
use sinew_messages::sensor_msgs::msg::{CompressedImage, Image};
use sinew_node_uploader::{
    FilterError, FilterParams, FilterReport, Step, Unwatched, UploadError, UploadSettings, Uploads,
};

use crate::common::{
    Recorded, encoded, filter, folder, image, messages, noise, record, settings, tree, unlimited, upload_one,
};

fn recorded<'a>(topic: &'a str, kind: &'a str, data: Vec<u8>) -> Recorded<'a> {
    Recorded { topic, kind, data }
}

/// Ten images, ten compressed ones, and two other topics.
fn messages_of_a_robot() -> Vec<Recorded<'static>> {
    let mut all = Vec::new();
    for i in 0..10 {
        let picture = encoded(&image(16, 12, "rgb8", i));
        all.push(recorded("/camera/image_raw", "sensor_msgs/msg/Image", picture));
        let compressed = CompressedImage {
            format: "jpeg".to_owned(),
            data: noise(50, i),
            ..CompressedImage::default()
        };
        all.push(recorded(
            "/rear/image_raw/compressed",
            "sensor_msgs/msg/CompressedImage",
            encoded(&compressed),
        ));
        all.push(recorded("/microphone", "audio_msgs/msg/Audio", noise(40, i)));
        all.push(recorded("/joint_states", "sensor_msgs/msg/JointState", noise(30, i)));
    }
    all
}

#[test]
fn what_is_left_out_is_not_in_the_copy_and_the_copy_and_the_manifest_say_so() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = from.path().join("run.mcap");
    record(&path, &messages_of_a_robot());
    fs::write(from.path().join("run.mcap.proof"), "proof").unwrap();
    let params = FilterParams {
        leave_out: vec!["/microphone".to_owned()],
        every_nth_image: 5,
        ..FilterParams::default()
    };
    let manifest = upload_one(from.path(), to.path(), &params);
    let expected = ["run/claim.json", "run/manifest.json", "run/run.mcap"];
    assert_eq!(tree(to.path()), expected, "the proof is of the original, which stays");
    let copy = fs::read(to.path().join("run/run.mcap")).unwrap();
    let (original, left) = (messages(&fs::read(&path).unwrap()), messages(&copy));
    let of = |all: &[(String, Vec<u8>)], topic: &str| -> Vec<Vec<u8>> {
        let topic = all.iter().filter(|(found, _)| found == topic);
        topic.map(|(_, data)| data.clone()).collect()
    };
    assert!(of(&left, "/microphone").is_empty());
    assert_eq!(of(&left, "/joint_states"), of(&original, "/joint_states"));
    for topic in ["/camera/image_raw", "/rear/image_raw/compressed"] {
        let all = of(&original, topic);
        assert_eq!(of(&left, topic), [all[0].clone(), all[5].clone()], "{topic}");
    }
    let report = manifest.left_out.unwrap();
    let told = |topic: &str| (report.topics[topic].messages, report.topics[topic].sent);
    assert_eq!(told("/microphone"), (10, 0));
    assert_eq!(told("/camera/image_raw"), (10, 2));
    assert!(!report.topics.contains_key("/joint_states"));
    assert!(manifest.contents.topics.iter().all(|topic| topic.name != "/microphone"));
    let original = manifest.original.unwrap();
    assert_eq!(original.size, fs::metadata(&path).unwrap().len());
    let summary = mcap::Summary::read(&copy).unwrap().unwrap();
    let metadata = mcap::read_metadata(&copy, &summary);
    assert_eq!(metadata["original_sha256"], original.sha256);
    let in_copy: FilterReport = serde_json::from_str(&metadata["report"]).unwrap();
    assert_eq!(in_copy, report);
    assert_eq!(
        fs::read_dir(from.path().join(".upload")).unwrap().count(),
        2,
        "the copy is deleted here, journal and lock stay"
    );
}

/// The metadata record of the filter.
mod mcap {
    pub(super) use ::mcap::Summary;
    use std::collections::BTreeMap;

    pub(super) fn read_metadata(file: &[u8], summary: &Summary) -> BTreeMap<String, String> {
        let index = summary
            .metadata_indexes
            .iter()
            .find(|index| index.name == "sinew.filter")
            .unwrap();
        // An opcode and a length stand before the record.
        let record = &file[index.offset as usize + 9..(index.offset + index.length) as usize];
        match ::mcap::parse_record(0x0c, record).unwrap() {
            ::mcap::records::Record::Metadata(metadata) => metadata.metadata,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_recording_that_cannot_be_read_to_its_end_does_not_go() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = from.path().join("run.mcap");
    record(&path, &messages_of_a_robot());
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 0x10;
    fs::write(&path, &bytes).unwrap();
    let params = FilterParams {
        leave_out: vec!["/microphone".to_owned()],
        ..FilterParams::default()
    };
    let deleting = UploadSettings {
        delete_after_upload: true,
        ..settings(folder(to.path()))
    };
    let mut uploads = Uploads::open(from.path(), deleting, filter(&params), unlimited()).unwrap();
    let step = uploads.step(&Unwatched).unwrap();
    let is_read = |error: &UploadError| matches!(error, UploadError::Filter(FilterError::Read { .. }));
    assert!(
        matches!(&step, Step::Failed { error, .. } if is_read(error)),
        "{step:?}"
    );
    assert!(tree(to.path()).is_empty() && path.exists());
}

#[test]
fn a_full_disk_is_told_and_leaves_no_half_copy() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("run.mcap"), folder.path().join("copy.mcap"));
    record(&path, &messages_of_a_robot());
    // Where the copy is written there is no room.
    std::os::unix::fs::symlink("/dev/full", folder.path().join("copy.half")).unwrap();
    let params = FilterParams {
        leave_out: vec!["/microphone".to_owned()],
        ..FilterParams::default()
    };
    let error = filter(&params).unwrap().run(&path, &copy, "", &Unwatched).unwrap_err();
    let FilterError::File { cause, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(cause.kind(), std::io::ErrorKind::StorageFull, "{error}");
    assert_eq!(tree(folder.path()), ["run.mcap"]);
    // With room again it goes through.
    filter(&params).unwrap().run(&path, &copy, "", &Unwatched).unwrap();
    assert_eq!(messages(&fs::read(&copy).unwrap()).len(), 30);
}

#[cfg(feature = "blur")]
mod blurring {
    use std::path::{Path, PathBuf};

    use sinew_models::ModelFile;
    use sinew_perception::heads::{BoundingBox, Prediction};
    use sinew_perception::image::{ImageView, Picture};
    use sinew_perception::{Model, ModelOptions};
    use sinew_sim::camera::{Frame, RandomScene, TEST_SEEDS};

    use super::*;

    const SCENES: u64 = 60;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn params() -> FilterParams {
        FilterParams {
            blur_classes: vec!["person".to_owned()],
            blur_model: Some(root().join("models/spotter/spotter.onnx")),
            ..FilterParams::default()
        }
    }

    /// What comes out of a filter that blurs: the messages, and its report.
    fn blurred(recorded: &[Recorded<'_>]) -> (Vec<(String, Vec<u8>)>, FilterReport) {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("run.mcap"), folder.path().join("copy.mcap"));
        record(&path, recorded);
        let report = filter(&params()).unwrap().run(&path, &copy, "", &Unwatched).unwrap();
        (messages(&fs::read(copy).unwrap()), report)
    }

    /// Rendered scenes, and where people are in each.
    fn scenes() -> Vec<(Image, Vec<BoundingBox>)> {
        let robot = sinew_robot::load(&root().join("sim/robots/strider/scene.xml")).unwrap();
        let mut frame = Frame::default();
        let draw = |index: u64| {
            let scene = RandomScene::draw(&robot, TEST_SEEDS.start + index);
            scene.render(&robot, &mut frame).unwrap();
            let people = frame
                .boxes
                .iter()
                .filter(|seen| scene.props[seen.prop].class == "person" && seen.is_recognisable());
            let people = people.map(|seen| BoundingBox {
                left: seen.left as f32,
                top: seen.top as f32,
                right: seen.right as f32,
                bottom: seen.bottom as f32,
            });
            let mut image = Image {
                width: frame.width,
                height: frame.height,
                step: 3 * frame.width,
                encoding: "rgb8".to_owned(),
                data: frame.rgb.clone(),
                ..Image::default()
            };
            image.header.frame_id = format!("scene {index}");
            image.header.stamp.sec = index as i32;
            (image, people.collect())
        };
        (0..SCENES).map(draw).collect()
    }

    /// The share of the pixels in a box that are not as they were.
    fn changed(before: &[u8], after: &[u8], width: usize, bbox: &BoundingBox) -> f64 {
        let (mut all, mut changed) = (0, 0);
        for y in bbox.top as usize..bbox.bottom as usize {
            for x in bbox.left as usize..bbox.right as usize {
                let at = 3 * (y * width + x);
                all += 1;
                changed += usize::from(before[at..at + 3] != after[at..at + 3]);
            }
        }
        changed as f64 / all.max(1) as f64
    }

    #[test]
    fn people_are_gone_and_nothing_else_of_the_message_has_changed() {
        let scenes = scenes();
        let raw: Vec<_> = scenes
            .iter()
            .map(|(image, _)| recorded("/camera/image_raw", "sensor_msgs/msg/Image", encoded(image)))
            .collect();
        let (left, report) = blurred(&raw);
        assert_eq!(left.len(), scenes.len());
        let file = ModelFile::read(&root().join("models/spotter/spotter.onnx")).unwrap();
        let mut detector = Model::load(&file, &ModelOptions::default()).unwrap();
        let person = detector.names().iter().position(|name| name == "person").unwrap();
        let (mut people, mut gone, mut found_again) = (0, 0, 0);
        for ((before, boxes), (_, data)) in scenes.iter().zip(&left) {
            let after: Image = cdr::decode(data).unwrap();
            let mut same = after.clone();
            same.data.clone_from(&before.data);
            assert_eq!(same, *before, "all but the pixels");
            let mut seen = Prediction::default();
            detector.perceive(&ImageView::of(&after).unwrap(), &mut seen).unwrap();
            let Prediction::Things(things) = &seen else {
                panic!("a detector")
            };
            for bbox in boxes {
                people += 1;
                gone += usize::from(changed(&before.data, &after.data, before.width as usize, bbox) > 0.6);
                let is_same = |thing: &&sinew_perception::heads::Detection| {
                    thing.class == person && thing.score > 0.25 && thing.bbox.overlap(bbox) > 0.5
                };
                found_again += usize::from(things.iter().filter(is_same).count() > 0);
            }
        }
        println!(
            "{people} people in {SCENES} scenes: {gone} pixelated, {found_again} found again; {} images changed",
            report.topics["/camera/image_raw"].blurred
        );
        // The detector misses some; what it finds is gone.
        assert!(
            people > 20 && gone as f64 >= 0.95 * f64::from(people),
            "{gone} of {people}"
        );
        assert!(
            found_again as f64 <= 0.1 * f64::from(people),
            "{found_again} of {people}"
        );
    }

    #[test]
    fn compressed_images_stay_in_their_form_and_grey_and_blue_first_are_done_too() {
        let (image, boxes) = scenes().into_iter().find(|(_, boxes)| !boxes.is_empty()).unwrap();
        let size = [image.width as usize, image.height as usize];
        let mut png = Vec::new();
        let write = |format| {
            let mut bytes = std::io::Cursor::new(Vec::new());
            let colour = image::ExtendedColorType::Rgb8;
            image::write_buffer_with_format(&mut bytes, &image.data, image.width, image.height, colour, format)
                .unwrap();
            bytes.into_inner()
        };
        png.extend(write(image::ImageFormat::Png));
        let jpeg = write(image::ImageFormat::Jpeg);
        let compressed = |data: Vec<u8>| CompressedImage {
            data,
            ..CompressedImage::default()
        };
        let mut blue_first = image.clone();
        blue_first.encoding = "bgr8".to_owned();
        blue_first.data.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
        let kind = "sensor_msgs/msg/CompressedImage";
        let (left, _) = blurred(&[
            recorded("/png", kind, encoded(&compressed(png.clone()))),
            recorded("/jpeg", kind, encoded(&compressed(jpeg.clone()))),
            recorded("/bgr", "sensor_msgs/msg/Image", encoded(&blue_first)),
        ]);
        for (topic, data) in &left {
            let (before, after) = match topic.as_str() {
                "/bgr" => (blue_first.data.clone(), cdr::decode::<Image>(data).unwrap().data),
                _ => {
                    let after: CompressedImage = cdr::decode(data).unwrap();
                    let before = if topic == "/png" { &png } else { &jpeg };
                    assert_eq!(after.data[..2], before[..2], "{topic} stays one");
                    let pixels = |bytes: &[u8]| Picture::decode(bytes).unwrap().into_rgb();
                    (pixels(before), pixels(&after.data))
                }
            };
            assert!(changed(&before, &after, size[0], &boxes[0]) > 0.6, "{topic}");
        }
        assert_eq!(left.len(), 3);
    }

    #[test]
    fn what_the_detector_cannot_look_at_stays() {
        let mut depth = image(16, 12, "mono8", 1);
        depth.encoding = "16UC1".to_owned();
        let mut short = image(16, 12, "rgb8", 1);
        short.data.truncate(100);
        let broken = CompressedImage {
            data: noise(100, 1),
            ..CompressedImage::default()
        };
        let (left, report) = blurred(&[
            recorded("/depth", "sensor_msgs/msg/Image", encoded(&depth)),
            recorded("/short", "sensor_msgs/msg/Image", encoded(&short)),
            recorded("/no_message", "sensor_msgs/msg/Image", noise(7, 1)),
            recorded("/broken", "sensor_msgs/msg/CompressedImage", encoded(&broken)),
            recorded("/video", "foxglove_msgs/msg/CompressedVideo", noise(50, 1)),
            recorded("/joint_states", "sensor_msgs/msg/JointState", noise(50, 1)),
        ]);
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0].0, "/joint_states");
        assert_eq!(report.topics.len(), 5);
        assert!(
            report
                .topics
                .values()
                .all(|topic| topic.sent == 0 && topic.left_out.len() == 1),
            "{report:?}"
        );
    }

    #[test]
    fn a_class_that_the_detector_does_not_know_is_refused_by_name() {
        let params = FilterParams {
            blur_classes: vec!["face".to_owned()],
            ..params()
        };
        let error = sinew_node_uploader::Filter::new(&params, Path::to_owned)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("ball, box, person") && error.contains("`face`"),
            "{error}"
        );
    }
}
