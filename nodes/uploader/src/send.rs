//! One file: sent at once or in parts, and checked where it lies.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::destination::{Creation, DestinationError, Found, PartPlace};
use crate::digest::{FileDigest, Part, hex, sha256};
use crate::journal::{Begun, Journal, Journals};
use crate::manifest::Verified;
use crate::progress::Progress;
use crate::upload::{Source, UploadError, Uploader, failed, save};

/// How often a store may forget an upload in parts before that counts as a failure.
const BEGINNINGS: usize = 3;

impl Uploader {
    /// Sends a file, unless it is there already.
    pub(crate) fn send(
        &mut self,
        key: &str,
        source: &Source,
        journals: &Journals,
        journal: &mut Journal,
        progress: &dyn Progress,
    ) -> Result<Verified, UploadError> {
        for _ in 0..BEGINNINGS {
            if let Some(found) = self.destination.find(key)? {
                return match self.verify(key, &found, &source.digest)? {
                    Some(verified) => Ok(verified),
                    None => Err(UploadError::Clash { key: key.to_owned() }),
                };
            }
            let creation = match self.send_once(key, source, journals, journal, progress) {
                Err(UploadError::Destination(DestinationError::Forgotten { .. })) => {
                    journal.forget(key);
                    save(journals, journal)?;
                    continue;
                }
                sent => sent?,
            };
            journal.forget(key);
            if creation == Creation::WasThere {
                continue;
            }
            let damaged = |found: &str| UploadError::Damaged {
                key: key.to_owned(),
                found: found.to_owned(),
            };
            let found = self.destination.find(key)?.ok_or_else(|| damaged("nothing"))?;
            let verified = self.verify(key, &found, &source.digest)?;
            return verified.ok_or_else(|| damaged(&format!("{} bytes with another hash", found.size)));
        }
        Err(UploadError::Damaged {
            key: key.to_owned(),
            found: "uploads in parts that it forgets".to_owned(),
        })
    }

    fn send_once(
        &mut self,
        key: &str,
        source: &Source,
        journals: &Journals,
        journal: &mut Journal,
        progress: &dyn Progress,
    ) -> Result<Creation, UploadError> {
        let parts = &source.digest.parts;
        if let [one] = &parts[..] {
            let bytes = read_part(&source.path, one)?;
            let creation = self.destination.create(key, bytes)?;
            progress.sent(one.size);
            return Ok(creation);
        }
        let sha256 = &source.digest.sha256;
        if journal.begun(key, sha256).is_none() {
            journal.forget(key);
            journal.begun.push(Begun {
                key: key.to_owned(),
                sha256: sha256.clone(),
                upload: self.destination.begin(key)?,
                parts: Vec::new(),
            });
            save(journals, journal)?;
        }
        loop {
            let Some(begun) = journal.begun(key, sha256) else {
                return Err(UploadError::Ended);
            };
            let number = begun.parts.len();
            let upload = begun.upload.clone();
            let Some(part) = parts.get(number) else {
                let names = begun.parts.clone();
                return Ok(self.destination.complete(key, &upload, &names, &source.digest)?);
            };
            if progress.is_ending() {
                return Err(UploadError::Ended);
            }
            let place = PartPlace {
                number,
                offset: part.offset,
            };
            let bytes = read_part(&source.path, part)?;
            let name = self.destination.put_part(key, &upload, place, bytes)?;
            if !may_be_of(&name, part) {
                return Err(UploadError::Damaged {
                    key: key.to_owned(),
                    found: format!("part {number} with the MD5 {name}"),
                });
            }
            if let Some(begun) = journal.begun(key, sha256) {
                begun.parts.push(name);
            }
            save(journals, journal)?;
            progress.sent(part.size);
        }
    }

    /// How an object was found to be what `digest` says; `None` where it is something else.
    fn verify(&mut self, key: &str, found: &Found, digest: &FileDigest) -> Result<Option<Verified>, UploadError> {
        if found.size != digest.size {
            return Ok(None);
        }
        if found.etag.as_deref() == Some(&digest.etag()) {
            return Ok(Some(Verified::Etag));
        }
        // An ETag that is no MD5, or of parts of another size, says nothing.
        let (mut hash, mut size) = (Sha256::new(), 0);
        self.destination.read(key, &mut |bytes| {
            hash.update(bytes);
            size += bytes.len() as u64;
        })?;
        let is_same = size == digest.size && hex(&hash.finalize()) == digest.sha256;
        Ok(is_same.then_some(Verified::ReadBack))
    }
}

/// Reads a part of a file, which is still what it was when it was hashed.
fn read_part(path: &Path, part: &Part) -> Result<Vec<u8>, UploadError> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(part.offset))?;
        let mut bytes = Vec::new();
        file.take(part.size).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(failed(path))?;
    if sha256(&bytes) == part.sha256 {
        Ok(bytes)
    } else {
        Err(UploadError::Changed { file: path.to_owned() })
    }
}

/// Whether what a store names a part by may be a part of these bytes: where it looks like an MD5, it has to be theirs.
fn may_be_of(name: &str, part: &Part) -> bool {
    let name = name.trim_matches('"');
    let is_md5 = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    !is_md5 || name.eq_ignore_ascii_case(&hex(&part.md5))
}
