//! What is written is read again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sinew_recording::{
    BEGINNING, CHAIN_TOPIC, ChannelSpec, Identity, Reader, RecordedMessage, RecordingError, Writer, WriterOptions,
};

use crate::common::{channel, options, record, string};

fn messages(path: &Path) -> Vec<RecordedMessage> {
    let all = Reader::open(path).unwrap().messages().unwrap();
    let of_users = |message: &Result<RecordedMessage, RecordingError>| {
        message
            .as_ref()
            .is_ok_and(|message| message.channel.topic != CHAIN_TOPIC)
    };
    all.filter(of_users).map(Result::unwrap).collect()
}

#[test]
fn a_recording_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.mcap");
    let finished = record(&path, options(None), 100);
    assert_eq!((&finished.files[..], finished.messages), (&[path.clone()][..], 100));
    assert_eq!(finished.bytes, fs::metadata(&path).unwrap().len());
    let reader = Reader::open(&path).unwrap();
    let info = reader.info();
    assert!(info.is_complete);
    assert_eq!((info.messages, info.times), (100, Some((1_000_000_000, 1_990_000_000))));
    assert_eq!((info.profile.as_str(), &info.library[..6]), ("ros2", "sinew "));
    let topics: Vec<_> = info
        .channels
        .iter()
        .map(|(channel, count)| (channel.topic.as_str(), *count))
        .collect();
    assert_eq!(topics, [("/one", 50), ("/two", 50)]);
    assert_eq!(info.metadata("run").unwrap()["robot"], "strider");
    let attached: Vec<_> = reader.attachments().unwrap().map(Result::unwrap).collect();
    assert_eq!((attached.len(), &attached[0].data[..]), (1, &[7; 300][..]));
    for (n, message) in messages(&path).iter().enumerate() {
        assert_eq!(
            message.data,
            string(&format!("message {n} of a recording that is read again"))
        );
        assert_eq!(message.sequence, n as u32 / 2);
        assert_eq!(message.log_time_nanos, 1_000_000_000 + n as u64 * 10_000_000);
        assert_eq!(message.publish_time_nanos, message.log_time_nanos - 5);
        let channel = &message.channel;
        assert_eq!(
            (&channel.encoding[..], &channel.schema_encoding[..]),
            ("cdr", "ros2msg")
        );
        assert_eq!(
            (&channel.schema[..], &channel.definition[..]),
            ("std_msgs/msg/String", &b"string data\n"[..])
        );
    }
}

#[test]
fn files_roll_by_size_and_by_time_and_each_has_what_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::generate().unwrap();
    for (name, rolled) in [
        (
            "size",
            WriterOptions {
                roll_bytes: Some(6_000),
                ..options(Some(&identity))
            },
        ),
        (
            "time",
            WriterOptions {
                roll_secs: Some(0.5),
                ..options(Some(&identity))
            },
        ),
    ] {
        let finished = record(&folder.path().join(name), rolled, 300);
        assert!(finished.files.len() > 2, "{finished:?}");
        let mut sequences = [0, 0];
        for (n, path) in finished.files.iter().enumerate() {
            assert_eq!(*path, folder.path().join(format!("{name}_{n}.mcap")));
            let reader = Reader::open(path).unwrap();
            assert_eq!(reader.info().metadata("run").unwrap()["robot"], "strider");
            assert_eq!(reader.info().metadata(BEGINNING).unwrap()["file"], n.to_string());
            assert_eq!(reader.attachments().unwrap().count(), 1);
            let (start, end) = reader.info().times.unwrap();
            assert!(
                start >= 1_000_000_000 && end <= 4_000_000_000,
                "chain points have times of the recording"
            );
            for message in messages(path) {
                let next = &mut sequences[usize::from(message.channel.topic == "/two")];
                assert_eq!(message.sequence, *next);
                *next += 1;
            }
        }
        assert_eq!(sequences, [150, 150]);
    }
}

#[test]
fn a_quota_deletes_the_oldest_files_and_says_how_many() {
    let folder = tempfile::tempdir().unwrap();
    let quota = WriterOptions {
        roll_bytes: Some(4_000),
        quota_bytes: Some(12_000),
        ..options(Some(&Identity::generate().unwrap()))
    };
    let finished = record(&folder.path().join("walk"), quota, 600);
    assert!(finished.deleted_files > 0 && finished.bytes < 13_000, "{finished:?}");
    assert_eq!(finished.messages + finished.deleted_messages, 600);
    let there = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(there, 2 * finished.files.len(), "each has its proof");
    let last = Reader::open(finished.files.last().unwrap()).unwrap();
    let beginning = last.info().metadata(BEGINNING).unwrap();
    assert_eq!(beginning["deleted_files"], finished.deleted_files.to_string());
    assert_eq!(beginning["deleted_messages"], finished.deleted_messages.to_string());
}

#[test]
fn no_recording_is_written_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.mcap");
    record(&path, options(None), 1);
    let error = Writer::create(&path, options(None)).unwrap_err();
    assert!(matches!(error, RecordingError::Exists { .. }), "{error}");
    // Nor would a later file come upon one.
    fs::write(folder.path().join("walk_3.mcap"), "").unwrap();
    let rolled = WriterOptions {
        roll_secs: Some(1.0),
        ..options(None)
    };
    let error = Writer::create(&path, rolled).unwrap_err();
    assert!(matches!(error, RecordingError::Exists { .. }), "{error}");
}

#[test]
fn a_topic_with_another_definition_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(&folder.path().join("walk.mcap"), options(None)).unwrap();
    let first = channel(&mut writer, "/one");
    assert_eq!(channel(&mut writer, "/one"), first);
    let other = ChannelSpec {
        topic: "/one",
        schema: "std_msgs/msg/String",
        definition: "string other\n",
        metadata: &BTreeMap::new(),
    };
    let error = writer.channel(&other).unwrap_err().to_string();
    assert!(
        error.contains("/one: std_msgs/msg/String has another definition"),
        "{error}"
    );
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let plain = || options(None);
    for (wrong, named) in [
        (
            WriterOptions {
                roll_secs: Some(f64::NAN),
                ..plain()
            },
            "roll_secs",
        ),
        (
            WriterOptions {
                chunk_secs: 0.0,
                ..plain()
            },
            "chunk_secs",
        ),
        (
            WriterOptions {
                chunk_bytes: 0,
                ..plain()
            },
            "chunk_bytes",
        ),
        (
            WriterOptions {
                roll_bytes: Some(10),
                ..plain()
            },
            "roll_bytes",
        ),
        (
            WriterOptions {
                quota_bytes: Some(1 << 30),
                ..plain()
            },
            "quota_bytes",
        ),
        (
            WriterOptions {
                quota_bytes: Some(10_000),
                roll_bytes: Some(9_000),
                ..plain()
            },
            "quota_bytes",
        ),
        (
            WriterOptions {
                compression_level: 99,
                ..plain()
            },
            "compression_level",
        ),
    ] {
        let error = Writer::create(&folder.path().join("walk"), wrong)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(named), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
