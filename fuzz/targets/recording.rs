//! Recordings from outside: messages, or an error that names a place in the file.
#![no_main]

use std::cell::LazyCell;
use std::fs;

use libfuzzer_sys::fuzz_target;
use sinew_fuzz::plant;
use sinew_recording::{Identity, Reader, Writer, WriterOptions, repair, verify};
use tempfile::TempDir;

thread_local! {
    /// In memory where that can be had.
    static SCRATCH: LazyCell<Option<(TempDir, Identity)>> = LazyCell::new(|| {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).ok()?;
        Some((folder, Identity::generate().ok()?))
    });
}

fuzz_target!(init: plant("recording", seeds()), |bytes: &[u8]| {
    SCRATCH.with(|scratch| {
        let Some((folder, identity)) = &**scratch else { return };
        let (path, whole) = (folder.path().join("walk.mcap"), folder.path().join("whole"));
        if fs::write(&path, bytes).is_err() {
            return;
        }
        let report = verify(&[path.clone()], identity.public(), false);
        assert!(report.is_ok_and(|report| !report.holds()), "nothing of it was signed");
        let _ = fs::remove_file(&whole);
        let repaired = repair(&path, &whole, None);
        let Ok(reader) = Reader::open(&path) else { return };
        let Ok(messages) = reader.messages() else { return };
        let count = messages.filter(Result::is_ok).count() as u64;
        if let Ok(repaired) = repaired {
            assert!(repaired.messages <= count);
        }
    });
});

fn seeds() -> Vec<Vec<u8>> {
    let recorded = |identity| {
        let folder = tempfile::tempdir().ok()?;
        let path = folder.path().join("seed.mcap");
        let options = WriterOptions {
            identity,
            sync: false,
            ..WriterOptions::default()
        };
        let mut writer = Writer::create(&path, options).ok()?;
        writer.attach("a", "text/plain", b"abc").ok()?;
        let metadata = &Default::default();
        let spec = sinew_recording::ChannelSpec {
            topic: "/a",
            schema: "b/msg/B",
            definition: "bool c",
            metadata,
        };
        let channel = writer.channel(&spec).ok()?;
        writer.write(channel, 1, 2, &[0, 1, 0, 0, 1]).ok()?;
        writer.finish().ok()?;
        fs::read(path).ok()
    };
    [None, Identity::generate().ok()]
        .into_iter()
        .filter_map(recorded)
        .collect()
}
