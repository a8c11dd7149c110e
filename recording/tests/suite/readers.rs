//! Readers of other makers read every message of what we write: `mcap` with `mcap-ros2-support`, and `rosbags`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sinew_recording::{CHAIN_TOPIC, ChannelSpec, Identity, Writer};

use crate::common::{STRING, options, python, string};

/// `sensor_msgs/msg/JointState` with all that is in it, as ros2msg has it.
const JOINT_STATE: &str = "\
std_msgs/Header header
string[] name
float64[] position
float64[] velocity
float64[] effort
================================================================================
MSG: std_msgs/Header
builtin_interfaces/Time stamp
string frame_id
================================================================================
MSG: builtin_interfaces/Time
int32 sec
uint32 nanosec
";

/// CDR of plain types, each aligned to its size.
#[derive(Default)]
struct Cdr(Vec<u8>);

impl Cdr {
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.0.resize(self.0.len().next_multiple_of(N), 0);
        self.0.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.put((text.len() as u32 + 1).to_le_bytes());
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    fn numbers(&mut self, numbers: &[f64]) {
        self.put((numbers.len() as u32).to_le_bytes());
        numbers.iter().for_each(|number| self.put(number.to_le_bytes()));
    }

    fn finish(self) -> Vec<u8> {
        [vec![0, 1, 0, 0], self.0].concat()
    }
}

fn joint_state(secs: i32, names: &[&str], numbers: [&[f64]; 3]) -> Vec<u8> {
    let mut cdr = Cdr::default();
    cdr.put(secs.to_le_bytes());
    cdr.put(7_u32.to_le_bytes());
    cdr.text("base");
    cdr.put((names.len() as u32).to_le_bytes());
    names.iter().for_each(|name| cdr.text(name));
    numbers.iter().for_each(|numbers| cdr.numbers(numbers));
    cdr.finish()
}

#[test]
fn readers_of_other_makers_read_every_message() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.mcap");
    let mut writer = Writer::create(&path, options(Some(&Identity::generate().unwrap()))).unwrap();
    let mut channel = |topic, schema, definition| {
        let metadata = &BTreeMap::new();
        let spec = ChannelSpec {
            topic,
            schema,
            definition,
            metadata,
        };
        writer.channel(&spec).unwrap()
    };
    let joints = channel("/joint_states", "sensor_msgs/msg/JointState", JOINT_STATE);
    let texts = channel("/text", "std_msgs/msg/String", STRING);
    let mut expected = Vec::new();
    for n in 0..200_u64 {
        let time = 1_700_000_000_000_000_000 + n * 20_000_000;
        let position = [n as f64 * 0.25, -1.5];
        writer
            .write(
                joints,
                time,
                time,
                &joint_state(n as i32, &["hip", "knee"], [&position, &[], &[0.5]]),
            )
            .unwrap();
        expected.push(json!(["/joint_states", time, {
            "header": {"stamp": {"sec": n, "nanosec": 7}, "frame_id": "base"},
            "name": ["hip", "knee"], "position": position, "velocity": [], "effort": [0.5],
        }]));
        let text = format!("caf\u{e9} {n}");
        writer.write(texts, time + 1, time, &string(&text)).unwrap();
        expected.push(json!(["/text", time + 1, {"data": text}]));
    }
    writer.finish().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/read_all.py");
    let output = Command::new(python).arg(script).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: BTreeMap<String, Vec<Value>> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read.len(), 2);
    for (reader, messages) in read {
        let (chain, ours): (Vec<_>, Vec<_>) = messages.into_iter().partition(|message| message[0] == CHAIN_TOPIC);
        assert!(ours == expected, "{reader}: {:?}", ours.first());
        assert!(!chain.is_empty(), "{reader} reads chain points");
        for (point, next) in chain.iter().zip(&chain[1..]) {
            let count = |point: &Value| point[2]["count"].as_u64().unwrap();
            let digests = next[2]["digests"].as_array().unwrap().len() as u64;
            assert_eq!(count(next) - count(point), digests, "{reader}");
            assert_eq!(next[2]["head"].as_array().unwrap().len(), 32);
        }
    }
}
