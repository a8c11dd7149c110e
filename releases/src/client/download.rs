//! Targets: downloaded where the last time ended, and compared with what was signed.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::ClientError;
use crate::catalog::{Catalog, Offer, TargetFile};
use crate::delta::{MAX_DELTA_BYTES, patch};
use crate::expect_room;
use crate::progress::Progress;
use crate::repository::stored_name;
use crate::source::{Limits, Paced, Source, SourceError};
use crate::{Digest, digest_of};

const PIECE_BYTES: usize = 256 << 10;
/// After how many bytes it is looked again whether the disk has room.
const LOOK_BYTES: u64 = 1 << 20;

/// How an archive came to the robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As a whole.
    Whole,
    /// As the difference from an earlier version.
    Delta {
        /// That version.
        from: u64,
    },
}

/// What was downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Downloaded {
    /// How it came.
    pub way: Way,
    /// What went over the network this time, bytes.
    pub bytes: u64,
}

/// How a target comes from a repository.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Download<'a> {
    pub(crate) source: &'a Source,
    pub(crate) limits: &'a Limits,
    pub(crate) progress: &'a dyn Progress,
}

impl Download<'_> {
    pub(super) async fn release(
        self,
        catalog: &Catalog,
        offer: &Offer,
        file: &Path,
        base: Option<&Path>,
    ) -> Result<Downloaded, ClientError> {
        if let Some(base) = base
            && !file.exists()
            && let Ok(base_bytes) = sinew_files::read(base, MAX_DELTA_BYTES)
            && let Some((delta, from)) = catalog.delta(offer, Digest::of(&base_bytes))
        {
            let draft = beside(file, "delta");
            let part = beside(&draft, "part");
            let have = || fs::metadata(&part).map_or(0, |part| part.len());
            let had = have();
            match self.by_delta(delta, &base_bytes, &draft, &offer.archive, file).await {
                Ok(bytes) => {
                    return Ok(Downloaded {
                        way: Way::Delta { from },
                        bytes,
                    });
                }
                // Cut off on its way: the next try goes on with it.
                Err(error @ ClientError::Source(_)) if have() > had => return Err(error),
                // A delta that is not there, or yields something else, would do so again.
                Err(ClientError::Source(_) | ClientError::NotSigned { .. }) => {
                    let _ = fs::remove_file(&part);
                }
                Err(error) => return Err(error),
            }
        }
        let bytes = self.fetch(&offer.archive, file).await?;
        Ok(Downloaded { way: Way::Whole, bytes })
    }

    /// Downloads a delta, and makes the archive of it. Gives how many bytes came this time.
    async fn by_delta(
        self,
        delta: &TargetFile,
        base: &[u8],
        draft: &Path,
        archive: &TargetFile,
        file: &Path,
    ) -> Result<u64, ClientError> {
        let bytes = self.fetch(delta, draft).await?;
        let applied = self
            .expect_room(file, archive.bytes)
            .and_then(|()| apply(base, draft, archive, file));
        let _ = fs::remove_file(draft);
        applied.map(|()| bytes)
    }

    /// Refuses to bring so many bytes more, where the disk would have fewer left than are to stay free.
    fn expect_room(self, file: &Path, bytes: u64) -> Result<(), ClientError> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        expect_room(folder.unwrap_or(Path::new(".")), bytes, self.limits.keep_free)
            .map_err(ClientError::io(file, "is not written"))
    }

    /// Downloads a target to a file, which is there only once its bytes are those that were signed. Gives how many of them came
    /// this time.
    pub(crate) async fn fetch(self, target: &TargetFile, file: &Path) -> Result<u64, ClientError> {
        // What is there already was downloaded before.
        if let Ok(mut there) = sinew_files::open(file)
            && digest_of(&mut there).is_ok_and(|found| found == (target.sha256, target.bytes))
        {
            return Ok(0);
        }
        let draft = beside(file, "part");
        let goes_on = fs::metadata(&draft).is_ok_and(|draft| draft.len() > 0);
        match self.fetch_to(target, &draft, file).await {
            // What was there of it was of something else, and is not there any more.
            Err(ClientError::NotSigned { .. }) if goes_on => self.fetch_to(target, &draft, file).await,
            fetched => fetched,
        }
    }

    /// Goes on with what is in `draft`.
    async fn fetch_to(self, target: &TargetFile, draft: &Path, file: &Path) -> Result<u64, ClientError> {
        let written = || ClientError::io(draft, "cannot be written");
        let mut part = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(draft)
            .map_err(written())?;
        let mut sha = Sha256::new();
        let mut have = absorb(&mut part, &mut sha).map_err(written())?;
        if have > target.bytes {
            (have, sha) = (0, Sha256::new());
            part.set_len(0).map_err(written())?;
        }
        let mut came = 0;
        if have < target.bytes {
            self.expect_room(draft, target.bytes - have)?;
            let mut looked = 0;
            let name = stored_name(&target.name, target.sha256);
            let opened = self.source.open(&name, have, self.limits).await?;
            if opened.offset != have {
                // The server sends files as a whole alone.
                (have, sha) = (0, Sha256::new());
                part.set_len(0).map_err(written())?;
            }
            let mut paced = Paced::new(
                &target.name,
                opened.pieces,
                self.limits,
                target.bytes - have,
                self.limits.max_target,
            );
            loop {
                let piece = match paced.next().await {
                    Ok(Some(piece)) => piece,
                    Ok(None) => break,
                    // What comes after its end is none of it, so that what came before may not be, either.
                    Err(error @ SourceError::Endless { .. }) => {
                        let _ = fs::remove_file(draft);
                        return Err(error.into());
                    }
                    Err(error) => return Err(error.into()),
                };
                if came >= looked + LOOK_BYTES {
                    looked = came;
                    self.expect_room(draft, 0)?;
                }
                part.write_all(&piece).map_err(written())?;
                sha.update(&piece);
                came += piece.len() as u64;
                self.progress.moved(&target.name, have + came, target.bytes);
            }
            have += came;
        }
        if have < target.bytes {
            return Err(SourceError::Failed {
                name: target.name.clone(),
                reason: format!("expected {} bytes, found the end after {have}", target.bytes),
            }
            .into());
        }
        let found = Digest::from(<[u8; 32]>::from(sha.finalize()));
        if found != target.sha256 {
            // Not to begin with again.
            let _ = fs::remove_file(draft);
            return Err(not_signed(target, found.to_string()));
        }
        part.sync_all().map_err(written())?;
        fs::rename(draft, file).map_err(ClientError::io(file, "cannot be written"))?;
        Ok(came)
    }
}

/// Takes what is there of an earlier download.
fn absorb(part: &mut File, sha: &mut Sha256) -> std::io::Result<u64> {
    let (mut have, mut piece) = (0, vec![0; PIECE_BYTES]);
    loop {
        match part.read(&mut piece)? {
            0 => return Ok(have),
            read => {
                sha.update(&piece[..read]);
                have += read as u64;
            }
        }
    }
}

/// Writes what a delta makes of its base, where that is the archive which was signed.
fn apply(base: &[u8], delta: &Path, archive: &TargetFile, file: &Path) -> Result<(), ClientError> {
    let opened = sinew_files::open(delta).map_err(ClientError::io(delta, "cannot be read"))?;
    let draft = beside(file, "patched");
    let write = || -> std::io::Result<Result<(Digest, u64), std::io::Error>> {
        let mut out = File::create(&draft)?;
        let mut patched = patch(base, BufReader::new(opened))?.take(archive.bytes + 1);
        // A delta that does not fit its base is no failure of the disk.
        if let Err(error) = std::io::copy(&mut patched, &mut out) {
            return Ok(Err(error));
        }
        out.sync_all()?;
        digest_of(&mut File::open(&draft)?).map(Ok)
    };
    let outcome = write().map_err(ClientError::io(&draft, "cannot be written"))?;
    match outcome {
        Ok((found, bytes)) if found == archive.sha256 && bytes == archive.bytes => {
            fs::rename(&draft, file).map_err(ClientError::io(file, "cannot be written"))
        }
        other => {
            let _ = fs::remove_file(&draft);
            let found = other.map_or_else(|error| error.to_string(), |(found, _)| found.to_string());
            Err(not_signed(archive, found))
        }
    }
}

fn not_signed(target: &TargetFile, found: String) -> ClientError {
    ClientError::NotSigned {
        name: target.name.clone(),
        expected: target.sha256,
        found,
    }
}

fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    path.into()
}
