//! Whatever bytes a file has, reading ends: with what is there, or with an error that says where it is damaged.

use std::fs;

use proptest::prelude::*;
use sinew_recording::{Identity, Reader, RecordingError, repair, verify};

use crate::common::{options, record};

/// Reads all there is to read.
fn read(bytes: &[u8]) -> Result<u64, RecordingError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.mcap");
    fs::write(&path, bytes).unwrap();
    let key = Identity::generate().unwrap();
    // These must end as well, however they do.
    let _ = verify(&[folder.path().to_owned()], key.public(), false);
    let _ = repair(&path, &folder.path().join("whole.mcap"), None);
    let reader = Reader::open(&path)?;
    for attachment in reader.attachments()? {
        attachment?;
    }
    let mut count = 0;
    for message in reader.messages()? {
        message?;
        count += 1;
    }
    Ok(count)
}

fn whole() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.mcap");
    record(&path, options(None), 30);
    fs::read(path).unwrap()
}

/// An error that names the file, and where it is damaged.
fn is_named(error: &RecordingError) -> bool {
    let text = error.to_string();
    text.contains("walk.mcap") && (text.contains("byte") || text.contains("expected an MCAP file"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let error = read(&bytes).unwrap_err();
        prop_assert!(is_named(&error), "{error}");
    }

    #[test]
    fn arbitrary_records_are_read_or_refused(
        records in prop::collection::vec((0..20_u8, prop::collection::vec(any::<u8>(), 0..80)), 0..12),
    ) {
        let mut bytes = b"\x89MCAP0\r\n".to_vec();
        for (opcode, body) in [(1, vec![0; 8])].into_iter().chain(records) {
            bytes.push(opcode);
            bytes.extend((body.len() as u64).to_le_bytes());
            bytes.extend(body);
        }
        if let Err(error) = read(&bytes) {
            prop_assert!(is_named(&error), "{error}");
        }
    }

    #[test]
    fn a_recording_with_other_bytes_in_it_is_read_or_refused(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = whole();
        for (at, byte) in places {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        match read(&bytes) {
            Ok(count) => prop_assert!(count <= 30),
            Err(error) => prop_assert!(is_named(&error), "{error}"),
        }
    }
}

#[test]
fn a_chunk_that_claims_more_than_is_read_is_refused_before_it_is_held() {
    let mut bytes = b"\x89MCAP0\r\n".to_vec();
    bytes.extend([1, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut chunk = vec![0; 16];
    chunk.extend(u64::MAX.to_le_bytes());
    chunk.extend([0; 4]);
    chunk.extend([4, 0, 0, 0]);
    chunk.extend(b"zstd");
    chunk.extend([0; 8]);
    bytes.push(6);
    bytes.extend((chunk.len() as u64).to_le_bytes());
    bytes.extend(chunk);
    let error = read(&bytes).unwrap_err().to_string();
    assert!(
        error.contains("damaged at byte 25: a chunk of 18446744073709551615 bytes"),
        "{error}"
    );
}
