//! The files of the MCAP project's conformance suite, each against what stands beside it as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sinew_recording::{Channel, Reader, RecordedMessage};

/// Names the folder with the suite's files, each `NAME.mcap` with its `NAME.json`.
const FOLDER: &str = "SINEW_MCAP_CONFORMANCE";

/// What a file carries beside its index, as the suite writes it: numbers are texts.
#[derive(Debug, Default, PartialEq)]
struct Content {
    profile_and_library: Value,
    channels: BTreeSet<String>,
    messages: Vec<Value>,
    attachments: Vec<Value>,
    metadata: Vec<Value>,
}

fn texts(bytes: &[u8]) -> Vec<String> {
    bytes.iter().map(u8::to_string).collect()
}

fn expected(path: &Path) -> Content {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut content, mut schemas) = (Content::default(), BTreeMap::new());
    for record in file["records"].as_array().unwrap() {
        let pairs = record["fields"].as_array().unwrap().iter();
        let fields: BTreeMap<&str, &Value> = pairs.map(|pair| (pair[0].as_str().unwrap(), &pair[1])).collect();
        let all = |names: &[&str]| Value::from_iter(names.iter().map(|name| fields[name].clone()));
        match record["type"].as_str().unwrap() {
            "Header" => content.profile_and_library = all(&["profile", "library"]),
            "Schema" => {
                schemas.insert(fields["id"].clone().to_string(), all(&["name", "encoding", "data"]));
            }
            "Channel" => {
                let channel = all(&["id", "topic", "message_encoding", "metadata"]);
                let none = json!(["", "", []]);
                let schema = schemas.get(&fields["schema_id"].to_string()).unwrap_or(&none);
                content.channels.insert(format!("{channel} {schema}"));
            }
            "Message" => {
                let message = all(&["channel_id", "sequence", "log_time", "publish_time", "data"]);
                content.messages.push(message);
            }
            "Attachment" => content
                .attachments
                .push(all(&["name", "media_type", "log_time", "data"])),
            "Metadata" => content.metadata.push(all(&["name", "metadata"])),
            _ => {}
        }
    }
    content
}

fn channel(channel: &Channel) -> String {
    let Channel {
        id,
        topic,
        encoding,
        metadata,
        ..
    } = channel;
    let schema = json!([channel.schema, channel.schema_encoding, texts(&channel.definition)]);
    format!("{} {schema}", json!([id.to_string(), topic, encoding, metadata]))
}

fn message(message: &RecordedMessage) -> Value {
    let numbers = [message.log_time_nanos, message.publish_time_nanos].map(|number| number.to_string());
    let [log, publish] = numbers;
    let id = message.channel.id.to_string();
    json!([id, message.sequence.to_string(), log, publish, texts(&message.data)])
}

fn read(path: &Path) -> Content {
    let reader = Reader::open(path).unwrap();
    let info = reader.info();
    let messages: Vec<Value> = reader.messages().unwrap().map(|read| message(&read.unwrap())).collect();
    assert!(info.is_complete, "{}", path.display());
    assert_eq!(info.messages, messages.len() as u64, "{}", path.display());
    let attachment = |one: sinew_recording::Attachment| {
        json!([
            one.name,
            one.media_type,
            one.log_time_nanos.to_string(),
            texts(&one.data)
        ])
    };
    Content {
        profile_and_library: json!([info.profile, info.library]),
        channels: info.channels.iter().map(|(one, _)| channel(one)).collect(),
        messages,
        attachments: reader
            .attachments()
            .unwrap()
            .map(|one| attachment(one.unwrap()))
            .collect(),
        metadata: info.metadata.iter().map(|(name, map)| json!([name, map])).collect(),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "mcap"))
        .collect();
    found.sort();
    found
}

#[test]
fn each_file_of_the_conformance_suite_is_read_as_its_json_says() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        eprintln!("skipped: {FOLDER} names no folder with the files of MCAP's conformance suite");
        return;
    };
    let files = files(Path::new(&folder));
    assert!(!files.is_empty(), "{}: no .mcap file is there", folder.display());
    for path in &files {
        assert_eq!(read(path), expected(&path.with_extension("json")), "{}", path.display());
    }
    eprintln!("{} files are read as their JSON says", files.len());
}
