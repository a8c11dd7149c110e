//! What several tests record.

use std::collections::BTreeMap;
use std::path::Path;

use sinew_recording::{ChannelId, ChannelSpec, Identity, Writer, WriterOptions};

/// What `std_msgs/msg/String` is.
pub(crate) const STRING: &str = "string data\n";

/// A `std_msgs/msg/String` as CDR.
pub(crate) fn string(text: &str) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 0];
    bytes.extend((text.len() as u32 + 1).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.push(0);
    bytes
}

/// A channel of `std_msgs/msg/String`.
pub(crate) fn channel(writer: &mut Writer, topic: &str) -> ChannelId {
    let spec = ChannelSpec {
        topic,
        schema: "std_msgs/msg/String",
        definition: STRING,
        metadata: &BTreeMap::new(),
    };
    writer.channel(&spec).unwrap()
}

/// Small chunks, no waiting for the disk.
pub(crate) fn options(identity: Option<&Identity>) -> WriterOptions {
    WriterOptions {
        chunk_bytes: 600,
        sync: false,
        identity: identity.cloned(),
        ..WriterOptions::default()
    }
}

/// Records `count` messages on two topics, 10 ms apart.
pub(crate) fn record(path: &Path, options: WriterOptions, count: u64) -> sinew_recording::Finished {
    let mut writer = Writer::create(path, options).unwrap();
    writer
        .metadata("run", &BTreeMap::from([("robot".to_owned(), "strider".to_owned())]))
        .unwrap();
    writer
        .attach("walk.onnx", "application/octet-stream", &[7; 300])
        .unwrap();
    let channels = [channel(&mut writer, "/one"), channel(&mut writer, "/two")];
    for n in 0..count {
        let time = 1_000_000_000 + n * 10_000_000;
        let text = format!("message {n} of a recording that is read again");
        writer
            .write(channels[n as usize % 2], time, time - 5, &string(&text))
            .unwrap();
    }
    writer.finish().unwrap()
}
