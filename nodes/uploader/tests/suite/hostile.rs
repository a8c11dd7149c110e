//! Files that are not what they should be: nothing panics, and what cannot be read does not go.

use std::fs;

use proptest::prelude::*;
use sinew_node_uploader::{FilterParams, Step, Unwatched, Uploads, status};

use crate::common::{Recorded, encoded, filter, folder, image, noise, record, settings, unlimited};

/// A small recording.
fn recording() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.mcap");
    let messages = (0..6).map(|i| Recorded {
        topic: if i % 2 == 0 { "/camera/image_raw" } else { "/microphone" },
        kind: if i % 2 == 0 {
            "sensor_msgs/msg/Image"
        } else {
            "audio_msgs/msg/Audio"
        },
        data: if i % 2 == 0 {
            encoded(&image(8, 6, "rgb8", i))
        } else {
            noise(30, i)
        },
    });
    record(&path, &messages.collect::<Vec<_>>());
    fs::read(path).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_damage_to_a_recording_makes_the_uploader_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = recording();
        for (place, flip) in flips {
            let at = place.index(bytes.len());
            bytes[at] ^= flip;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(from.path().join("run.mcap"), &bytes).unwrap();
        fs::write(from.path().join("run.mcap.proof"), "proof").unwrap();
        let params = FilterParams { leave_out: vec!["/microphone".to_owned()], every_nth_image: 2, ..FilterParams::default() };
        let mut uploads = Uploads::open(from.path(), settings(folder(to.path())), filter(&params), unlimited()).unwrap();
        match uploads.step(&Unwatched).unwrap() {
            Step::Uploaded(_) => {
                let sent = fs::read(to.path().join("run/run.mcap")).unwrap();
                let summary = mcap::Summary::read(&sent).unwrap().unwrap();
                prop_assert!(summary.channels.values().all(|channel| channel.topic != "/microphone"));
            }
            Step::Failed { .. } => prop_assert!(!to.path().join("run/manifest.json").exists()),
            step => prop_assert!(false, "{step:?}"),
        }
    }

    #[test]
    fn no_journal_makes_the_uploader_panic_or_miss_a_recording(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(from.path().join("run.mcap"), recording()).unwrap();
        let open = || Uploads::open(from.path(), settings(folder(to.path())), None, unlimited()).unwrap();
        open().step(&Unwatched).unwrap();
        let journal = fs::read_dir(from.path().join(".upload")).unwrap().map(|entry| entry.unwrap().path());
        let journal = journal.into_iter().find(|path| path.extension().is_some_and(|found| found == "json")).unwrap();
        let mut text = fs::read(&journal).unwrap();
        text.truncate(cut.index(text.len()));
        text.extend(bytes);
        fs::write(&journal, text).unwrap();
        prop_assert!(status(from.path()).is_ok());
        prop_assert!(matches!(open().step(&Unwatched).unwrap(), Step::Uploaded(_) | Step::Rest));
    }
}
