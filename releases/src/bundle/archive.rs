//! A release as one file: a tar archive of plain files, `release.json` first, the others by their names.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tar::{Archive, Builder, EntryType, Header};

use super::folder::expect;
use super::manifest::{MAX_FILE_BYTES, MAX_MANIFEST_BYTES};
use super::{BundleError, MANIFEST, MAX_FILES, Manifest, verify_folder};
use crate::Digest;
use crate::hash_beside::HashBeside;

/// Longest archive, bytes.
pub const MAX_ARCHIVE_BYTES: u64 = 4 << 30;

/// Writes a release's folder as an archive, which is the same to the byte wherever and whenever it is written.
///
/// # Errors
/// Where the folder is no release (as [`verify_folder`]), and where the archive cannot be written.
pub fn pack(folder: &Path, archive: impl Write) -> Result<Manifest, BundleError> {
    let manifest = verify_folder(folder)?;
    let written = |error| BundleError::Archive(format!("it cannot be written: {error}"));
    let mut builder = Builder::new(archive);
    let text = manifest.to_bytes()?;
    append(&mut builder, MANIFEST, text.len() as u64, &text[..]).map_err(written)?;
    for (file, entry) in &manifest.files {
        let path = folder.join(file);
        let opened = sinew_files::open(&path).map_err(BundleError::io(&path, "cannot be read"))?;
        // A file that shrinks meanwhile would leave the archive without its end.
        let mut counted = opened.take(entry.bytes);
        append(&mut builder, file, entry.bytes, &mut counted).map_err(written)?;
        if counted.limit() != 0 {
            return Err(BundleError::Archive(format!("{file}: it changed while it was read")));
        }
    }
    builder.into_inner().and_then(|mut out| out.flush()).map_err(written)?;
    Ok(manifest)
}

fn append(builder: &mut Builder<impl Write>, name: &str, bytes: u64, data: impl Read) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_path(name)?;
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_entry_type(EntryType::Regular);
    header.set_cksum();
    builder.append(&header, data)
}

/// A release that was verified while it was unpacked, and is on the disk.
#[derive(Debug)]
pub struct Unpacked {
    manifest: Manifest,
    folder: PathBuf,
}

impl Unpacked {
    /// What it is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Unpacks an archive into a folder, which must not be there yet, and verifies each file while it is written. Every file
/// and the folder are on the disk when this returns. What was written of an archive that is refused is removed.
///
/// # Errors
/// Where the archive is none of a release, or has other files or bytes than its `release.json` says.
pub fn unpack(archive: impl Read, folder: &Path) -> Result<Unpacked, BundleError> {
    fs::create_dir(folder).map_err(BundleError::io(folder, "the folder cannot be made"))?;
    match unpack_into(archive, folder) {
        Ok(manifest) => Ok(Unpacked {
            manifest,
            folder: folder.to_owned(),
        }),
        Err(refused) => {
            // What is left would be found incomplete by whoever verifies it.
            let _ = fs::remove_dir_all(folder);
            Err(refused)
        }
    }
}

fn unpack_into(archive: impl Read, folder: &Path) -> Result<Manifest, BundleError> {
    let broken = |error: io::Error| BundleError::Archive(error.to_string());
    let mut archive = Archive::new(archive.take(MAX_ARCHIVE_BYTES));
    let mut manifest: Option<Manifest> = None;
    let mut seen = Vec::new();
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        if seen.len() > MAX_FILES {
            return Err(BundleError::Archive(format!("it has more than {MAX_FILES} files")));
        }
        let name = plain_name(entry.header())?;
        let size = entry.header().entry_size().map_err(broken)?;
        if let Some(manifest) = &manifest {
            if seen.contains(&name) {
                return Err(BundleError::Archive(format!("{name}: it is there twice")));
            }
            let expected = manifest.entry(&name)?.bytes;
            if size != expected.min(MAX_FILE_BYTES) {
                return Err(BundleError::Archive(format!(
                    "{name}: expected {expected} bytes, found {size}"
                )));
            }
            let (digest, bytes) = write_file(&folder.join(&name), &mut entry)?;
            expect(manifest, &name, digest, bytes)?;
        } else {
            if name != MANIFEST || size > MAX_MANIFEST_BYTES {
                let expected = format!("expected {MANIFEST} of at most {MAX_MANIFEST_BYTES} bytes as its first file");
                return Err(BundleError::Archive(format!("{expected}, found {name} of {size}")));
            }
            let mut text = Vec::new();
            entry.read_to_end(&mut text).map_err(broken)?;
            manifest = Some(Manifest::parse(&text)?);
            write_file(&folder.join(MANIFEST), &mut &text[..])?;
        }
        seen.push(name);
    }
    let manifest = manifest.ok_or_else(|| BundleError::Archive("it is empty".to_owned()))?;
    if let Some(missing) = manifest.files.keys().find(|file| !seen.contains(file)) {
        return Err(BundleError::Missing(missing.clone()));
    }
    let sync = |path: &Path| File::open(path).and_then(|opened| opened.sync_all());
    sync(folder).map_err(BundleError::io(folder, "the folder cannot be written"))?;
    Ok(manifest)
}

/// The name of a plain file of an archive as [`pack`] writes it; extensions, links, folders and devices are none.
fn plain_name(header: &Header) -> Result<String, BundleError> {
    let name = String::from_utf8_lossy(&header.path_bytes()).into_owned();
    if header.entry_type() == EntryType::Regular && header.as_ustar().is_some() {
        Ok(name)
    } else {
        let shown: String = name.chars().take(100).collect();
        Err(BundleError::Archive(format!(
            "{shown:?}: expected a plain file in ustar format"
        )))
    }
}

fn write_file(path: &Path, from: &mut impl Read) -> Result<(Digest, u64), BundleError> {
    let written = |error| BundleError::io(path, "cannot be written")(error);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(written)?;
    let mut hash = HashBeside::default();
    let mut length = 0;
    loop {
        let mut piece = hash.empty_piece();
        let read = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(BundleError::Archive(error.to_string())),
        };
        file.write_all(&piece[..read]).map_err(written)?;
        hash.update(piece, read);
        length += read as u64;
    }
    file.sync_all().map_err(written)?;
    Ok((hash.finish(), length))
}
