//! Recordings to upload.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mcap::WriteOptions;
use mcap::records::MessageHeader;
use sinew_messages::cdr;
use sinew_messages::sensor_msgs::msg::Image;
use sinew_node_uploader::{
    Bandwidth, Filter, FilterParams, Location, LocationOptions, Manifest, Rule, Step, Unwatched, UploadSettings,
    Uploads,
};

/// Bytes that do not compress.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// One message of a recording.
pub(crate) struct Recorded<'a> {
    pub(crate) topic: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) data: Vec<u8>,
}

/// Writes a recording of messages, each a millisecond after the other.
pub(crate) fn record(path: &Path, messages: &[Recorded<'_>]) {
    let file = fs::File::create(path).unwrap();
    let mut writer = WriteOptions::new().profile("ros2").create(file).unwrap();
    for (i, message) in (0..).zip(messages) {
        let schema = writer.add_schema(message.kind, "ros2msg", b"").unwrap();
        let channel = writer
            .add_channel(schema, message.topic, "cdr", &BTreeMap::new())
            .unwrap();
        let header = MessageHeader {
            channel_id: channel,
            sequence: i,
            log_time: 1_000_000_000 + u64::from(i) * 1_000_000,
            publish_time: 1_000_000_000 + u64::from(i) * 1_000_000,
        };
        writer.write_to_known_channel(&header, &message.data).unwrap();
    }
    writer.finish().unwrap();
}

/// A recording of some megabytes that do not compress, with its proof.
pub(crate) fn large_recording(folder: &Path, name: &str, megabytes: usize) -> PathBuf {
    let path = folder.join(format!("{name}.mcap"));
    let message = |i: usize| Recorded {
        topic: "/noise",
        kind: "std_msgs/msg/ByteMultiArray",
        data: noise(1 << 20, i as u64 + 7),
    };
    record(&path, &(0..megabytes).map(message).collect::<Vec<_>>());
    fs::write(folder.join(format!("{name}.mcap.proof")), noise(100, 3)).unwrap();
    path
}

/// An image of noise.
pub(crate) fn image(width: u32, height: u32, encoding: &str, seed: u64) -> Image {
    let channels = if encoding.starts_with("mono") { 1 } else { 3 };
    let step = width * channels;
    Image {
        width,
        height,
        encoding: encoding.to_owned(),
        step,
        data: noise((step * height) as usize, seed),
        ..Image::default()
    }
}

pub(crate) fn encoded<M: sinew_messages::Message>(message: &M) -> Vec<u8> {
    let mut bytes = Vec::new();
    cdr::encode(message, &mut bytes).unwrap();
    bytes
}

/// The messages of a recording: topic and data.
pub(crate) fn messages(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let stream = mcap::MessageStream::new(bytes).unwrap();
    stream
        .map(|message| {
            let message = message.unwrap();
            (message.channel.topic.clone(), message.data.to_vec())
        })
        .collect()
}

pub(crate) fn settings(location: Location) -> UploadSettings {
    UploadSettings {
        location,
        robot: "strider".to_owned(),
        rules: vec![Rule::All],
        sample_share: 0.0,
        settle: Duration::ZERO,
        delete_after_upload: false,
    }
}

pub(crate) fn folder(path: &Path) -> Location {
    Location::parse(path.to_str().unwrap(), LocationOptions::default()).unwrap()
}

pub(crate) fn filter(params: &FilterParams) -> Option<Filter> {
    Filter::new(params, Path::to_owned).unwrap()
}

pub(crate) fn unlimited() -> Arc<Bandwidth> {
    Arc::new(Bandwidth::new(None))
}

/// Uploads all that a folder has.
pub(crate) fn upload_all(from: &Path, settings: UploadSettings, params: &FilterParams) -> Vec<Step> {
    let mut uploads = Uploads::open(from, settings, filter(params), unlimited()).unwrap();
    let mut steps = Vec::new();
    loop {
        match uploads.step(&Unwatched).unwrap() {
            Step::Rest => return steps,
            step => steps.push(step),
        }
    }
}

/// What the only recording of a folder became.
pub(crate) fn upload_one(from: &Path, to: &Path, params: &FilterParams) -> Manifest {
    let mut steps = upload_all(from, settings(folder(to)), params);
    match steps.pop() {
        Some(Step::Uploaded(manifest)) if steps.is_empty() => *manifest,
        other => panic!("{steps:?} {other:?}"),
    }
}

/// All files below a folder, relative to it.
pub(crate) fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
