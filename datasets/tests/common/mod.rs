//! Recordings as a robot's recorder writes them, for the tests.
#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use mcap::records::MessageHeader;
use mcap::{WriteOptions, Writer};
use serde::Serialize;
use sinew_messages::sensor_msgs::msg::{Image, Imu};
use sinew_messages::std_msgs::msg::Header;
use sinew_messages::{Message, cdr, schema};

/// When the recordings begin, ns.
pub(crate) const BEGIN: u64 = 1_790_000_000_000_000_000;
/// The joints of the robot.
pub(crate) const JOINTS: [&str; 2] = ["hip", "knee"];

/// A recording that is being written.
pub(crate) struct Recorder {
    writer: Writer<BufWriter<File>>,
    sequence: u32,
}

/// A record of a tick, as far as a data set wants it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Tick {
    pub(crate) time_secs: f64,
    pub(crate) mode: u8,
    pub(crate) command: [f64; 3],
    pub(crate) state: State,
    pub(crate) written_position: Vec<f64>,
}

/// What was read of the robot.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct State {
    pub(crate) position: Vec<f64>,
    pub(crate) velocity: Vec<f64>,
    pub(crate) imu_orientation: [f64; 4],
    pub(crate) imu_angular_velocity: [f64; 3],
    pub(crate) imu_linear_acceleration: [f64; 3],
}

const TICK: &str = "float64 time_secs
uint8 STAND=1
uint8 RUN=2
uint8 mode
float64[3] command
sinew_msgs/State state
float64[] written_position
================================================================================
MSG: sinew_msgs/State
float64[] position
float64[] velocity
float64[4] imu_orientation
float64[3] imu_angular_velocity
float64[3] imu_linear_acceleration
";

impl Tick {
    /// The tick `number`, whose values say which one it is.
    pub(crate) fn number(number: u32) -> Self {
        let value = f64::from(number);
        Self {
            time_secs: value * 0.01,
            mode: 2,
            command: [0.5, 0.0, value],
            state: State {
                position: vec![value, -value],
                velocity: vec![0.5, value / 4.0],
                imu_orientation: [0.0, 0.0, 0.0, 1.0],
                imu_angular_velocity: [value, 0.0, 0.0],
                imu_linear_acceleration: [0.0, 0.0, 9.81],
            },
            written_position: vec![value + 0.25, value + 0.5],
        }
    }
}

impl Recorder {
    pub(crate) fn new(path: &Path) -> Self {
        let file = BufWriter::new(File::create(path).unwrap());
        let options = WriteOptions::new().profile("ros2").chunk_size(Some(16_384));
        Self {
            writer: options.create(file).unwrap(),
            sequence: 0,
        }
    }

    /// Writes a message `nanos` after the beginning.
    pub(crate) fn write(&mut self, topic: &str, type_name: &str, schema: &str, nanos: u64, message: &impl Serialize) {
        let mut data = Vec::new();
        cdr::encode(message, &mut data).unwrap();
        let schema = self.writer.add_schema(type_name, "ros2msg", schema.as_bytes()).unwrap();
        let mut metadata = BTreeMap::new();
        if topic.ends_with("/tick") {
            metadata.insert("joint_names".to_owned(), JOINTS.join(","));
        }
        let channel_id = self.writer.add_channel(schema, topic, "cdr", &metadata).unwrap();
        let header = MessageHeader {
            channel_id,
            sequence: self.sequence,
            log_time: BEGIN + nanos,
            publish_time: BEGIN + nanos - 7,
        };
        self.sequence += 1;
        self.writer.write_to_known_channel(&header, &data).unwrap();
    }

    pub(crate) fn message<M: Message>(&mut self, topic: &str, nanos: u64, message: &M) {
        self.write(topic, M::TYPE, &schema::<M>(), nanos, message);
    }

    pub(crate) fn tick(&mut self, nanos: u64, tick: &Tick) {
        self.write("/control/tick", "sinew_msgs/msg/Tick", TICK, nanos, tick);
    }

    pub(crate) fn finish(mut self) {
        self.writer.finish().unwrap();
    }
}

/// An image that is one grey, of an even size.
pub(crate) fn grey(width: u32, height: u32, level: u8) -> Image {
    Image {
        header: Header::default(),
        width,
        height,
        encoding: "rgb8".to_owned(),
        step: 3 * width,
        data: vec![level; (3 * width * height) as usize],
        ..Image::default()
    }
}

/// How bright the camera's image `number` is.
pub(crate) fn level(number: u64) -> u8 {
    (20 + number * 4) as u8
}

/// A robot whose loop runs at 100 Hz and whose camera, from 95 ms on, at 30 Hz; for `ticks` ticks.
pub(crate) fn walk(path: &Path, ticks: u32, with_camera: bool) {
    let mut recorder = Recorder::new(path);
    let mut images = 0_u64;
    for number in 0..ticks {
        let nanos = u64::from(number) * 10_000_000;
        while with_camera && 95_000_000 + images * 1_000_000_000 / 30 < nanos {
            let image = grey(64, 48, level(images));
            recorder.message("/head/image_raw", 95_000_000 + images * 1_000_000_000 / 30, &image);
            images += 1;
        }
        recorder.tick(nanos, &Tick::number(number));
        recorder.message("/imu/data", nanos + 1000, &Imu::default());
    }
    recorder.finish();
}
