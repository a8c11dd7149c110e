//! Hashes of files and of their parts.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};

/// Part size of files that need no larger one, bytes. S3 takes none below 5 MiB, but for the last.
pub(crate) const PART_BYTES: u64 = 8 << 20;
/// Most parts of a file: S3 takes 10 000.
const MAX_PARTS: u64 = 9_000;
const MEBIBYTE: u64 = 1 << 20;

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Where it begins, bytes.
    pub(crate) offset: u64,
    /// How long it is, bytes.
    pub(crate) size: u64,
    /// Its SHA-256, in hexadecimal.
    pub(crate) sha256: String,
    /// Its MD5, which object stores name an object's version by.
    pub(crate) md5: [u8; 16],
}

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileDigest {
    /// Its length, bytes.
    pub(crate) size: u64,
    /// Its SHA-256, in hexadecimal.
    pub(crate) sha256: String,
    /// Its parts, one after the other; one for an empty file.
    pub(crate) parts: Vec<Part>,
}

impl FileDigest {
    /// Reads a file, and hashes it as a whole and in parts.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let part_size = part_size(file.metadata()?.len());
        Self::of_reader(file, part_size)
    }

    fn of_reader(mut from: impl Read, part_size: u64) -> io::Result<Self> {
        let mut whole = Sha256::new();
        let mut parts = Vec::new();
        let mut buffer = vec![0; 1 << 18];
        let mut offset = 0;
        loop {
            let (mut sha256, mut md5, mut size) = (Sha256::new(), Md5::new(), 0);
            while size < part_size {
                let room = usize::try_from(part_size - size).map_or(buffer.len(), |rest| rest.min(buffer.len()));
                let n = match from.read(&mut buffer[..room]) {
                    Ok(n) => n,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
                if n == 0 {
                    break;
                }
                whole.update(&buffer[..n]);
                sha256.update(&buffer[..n]);
                md5.update(&buffer[..n]);
                size += n as u64;
            }
            if size > 0 || parts.is_empty() {
                parts.push(Part {
                    offset,
                    size,
                    sha256: hex(&sha256.finalize()),
                    md5: md5.finalize().into(),
                });
                offset += size;
            }
            if size < part_size {
                break;
            }
        }
        Ok(Self {
            size: offset,
            sha256: hex(&whole.finalize()),
            parts,
        })
    }

    /// The ETag that S3 gives an object of these parts where it encrypts nothing with keys of its own: the MD5 of the
    /// bytes, or of the parts' MD5s and how many they are.
    pub(crate) fn etag(&self) -> String {
        match &self.parts[..] {
            [one] => hex(&one.md5),
            many => {
                let mut md5 = Md5::new();
                many.iter().for_each(|part| md5.update(part.md5));
                format!("{}-{}", hex(&md5.finalize()), many.len())
            }
        }
    }
}

/// How a file of so many bytes is cut.
fn part_size(size: u64) -> u64 {
    size.div_ceil(MAX_PARTS).next_multiple_of(MEBIBYTE).max(PART_BYTES)
}

/// The SHA-256 of some bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// A number from 0 to 1 (exclusive) that depends on a text alone, and on every bit of it.
pub(crate) fn fraction(text: &str) -> f64 {
    let hash = Sha256::digest(text.as_bytes());
    let top = hash[..8].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    // The 53 bits that a double holds exactly.
    (top >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_make_the_whole() {
        for (len, sizes) in [
            (0_usize, vec![0]),
            (1, vec![1]),
            (10, vec![10]),
            (11, vec![10, 1]),
            (20, vec![10, 10]),
        ] {
            let bytes: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let digest = FileDigest::of_reader(&bytes[..], 10).unwrap();
            assert_eq!(digest.parts.iter().map(|part| part.size).collect::<Vec<_>>(), sizes);
            assert_eq!((digest.size, digest.sha256), (len as u64, sha256(&bytes)));
            for part in digest.parts {
                let range = part.offset as usize..(part.offset + part.size) as usize;
                assert_eq!(part.sha256, sha256(&bytes[range]));
            }
        }
    }

    #[test]
    fn no_file_has_more_parts_than_a_store_takes() {
        for size in [0, 1, PART_BYTES, 100 << 30, 5 << 40] {
            let part = part_size(size);
            assert!(part >= PART_BYTES && size.div_ceil(part) <= 10_000, "{size}: {part}");
        }
    }

    #[test]
    fn etags_are_those_of_s3() {
        // Of `echo -n hello | md5sum`, and of two parts as S3 documents it.
        let one = FileDigest::of_reader(&b"hello"[..], 10).unwrap();
        assert_eq!(one.etag(), "5d41402abc4b2a76b9719d911017c592");
        let two = FileDigest::of_reader(&b"hellohello"[..], 5).unwrap();
        let both = [one.parts[0].md5, one.parts[0].md5].concat();
        assert_eq!(two.etag(), format!("{}-2", hex(&Md5::digest(both))));
    }

    #[test]
    fn fractions_are_spread_evenly_and_repeat_themselves() {
        let below_a_tenth = (0..10_000).filter(|i| fraction(&format!("run_{i}")) < 0.1).count();
        // Three standard deviations of a binomial: 90.
        assert!((910..1090).contains(&below_a_tenth), "{below_a_tenth}");
        assert_eq!(fraction("run_1"), fraction("run_1"));
    }
}
