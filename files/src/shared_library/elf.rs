//! Whether a library's file is whole. The system's loader maps what the header promises, and a process that reads
//! beyond the end of such a file is killed (SIGBUS), so it is looked at first.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

const HEADER_LEN: usize = 64;
const SEGMENT_LEN: usize = 56;

/// Whether the file is whole, as a library of this machine's word size.
///
/// # Errors
/// What is wrong with it.
pub fn check(path: &Path) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
    let mut file = File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    if !found.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut header = [0; HEADER_LEN];
    if file.read_exact(&mut header).is_err() || !header.starts_with(b"\x7fELF") {
        return Err("it is not a library: expected an ELF file".to_owned());
    }
    // Another word size or byte order: the loader says so by itself.
    let native_order = if cfg!(target_endian = "little") { 1 } else { 2 };
    if header[4] != 2 || header[5] != native_order {
        return Ok(());
    }
    let (segments_at, sections_at) = (long(&header, 32), long(&header, 40));
    let (segment_len, segment_count) = (short(&header, 54), short(&header, 56));
    let (section_len, section_count) = (short(&header, 58), short(&header, 60));
    let mut expected = end(segments_at, segment_len * segment_count).max(end(sections_at, section_len * section_count));
    if usize::try_from(segment_len).is_ok_and(|len| len == SEGMENT_LEN) && expected <= found.len() {
        file.seek(SeekFrom::Start(segments_at)).map_err(unreadable)?;
        let mut segment = [0; SEGMENT_LEN];
        for _ in 0..segment_count {
            file.read_exact(&mut segment).map_err(unreadable)?;
            expected = expected.max(end(long(&segment, 8), long(&segment, 32)));
        }
    }
    if expected > found.len() {
        return Err(format!(
            "it is truncated: expected at least {expected} bytes, found {}",
            found.len()
        ));
    }
    Ok(())
}

fn end(offset: u64, len: u64) -> u64 {
    offset.saturating_add(len)
}

fn long(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_ne_bytes(word)
}

fn short(bytes: &[u8], at: usize) -> u64 {
    u64::from(u16::from_ne_bytes([bytes[at], bytes[at + 1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_was_cut_anywhere_is_named_truncated_and_a_whole_one_is_not() {
        // The test itself is a file of that kind.
        let whole = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libonnxruntime.so");
        std::fs::write(&file, &whole).unwrap();
        assert_eq!(check(&file), Ok(()));
        for share in [100, 70, 40, 10, 2] {
            let len = whole.len() / 101 * share;
            std::fs::write(&file, &whole[..len]).unwrap();
            let error = check(&file).unwrap_err();
            assert!(
                error.contains("truncated") && error.contains(&format!("found {len}")),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_library_at_all_is_named_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libonnxruntime.so");
        for bytes in [
            &b""[..],
            b"\x7fELF",
            b"not a library, though longer than the header of one would have to be at least",
        ] {
            std::fs::write(&file, bytes).unwrap();
            assert!(check(&file).unwrap_err().contains("ELF"));
        }
        assert!(check(folder.path()).is_err());
    }

    #[test]
    fn no_header_makes_it_panic() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libonnxruntime.so");
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(200, 0xff);
        std::fs::write(&file, bytes).unwrap();
        assert!(check(&file).is_err());
    }
}
