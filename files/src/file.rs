//! Plain files of at most so many bytes.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use crate::text::decode;

/// Opens a plain file, or what a link to one leads to.
///
/// # Errors
/// Where the system refuses it, and for folders, pipes, sockets and devices: those are not opened at all, for
/// opening one can wait for ever or set something off.
pub fn open(path: &Path) -> io::Result<File> {
    let plain = |kind: FileType| {
        if kind.is_file() {
            Ok(())
        } else {
            Err(io::Error::other(format!("expected a plain file, found {}", name(kind))))
        }
    };
    plain(std::fs::metadata(path)?.file_type())?;
    // Should a pipe have taken its place by now, this returns all the same.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)?;
    plain(file.metadata()?.file_type())?;
    Ok(file)
}

/// The bytes of a plain file that has at most `max` of them.
///
/// # Errors
/// As [`open`], and where there are more.
pub fn read(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let too_large = || {
        io::Error::other(format!(
            "it has more than {max} bytes, the most that is read of such a file"
        ))
    };
    let len = file.metadata()?.len();
    if len > max {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    // It may grow meanwhile, and those in /proc have no length.
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        Err(too_large())
    } else {
        Ok(bytes)
    }
}

/// The text of a plain file that has at most `max` bytes.
///
/// # Errors
/// As [`read`], and where the bytes are not UTF-8, with the encoding that they look like.
pub fn read_text(path: &Path, max: u64) -> io::Result<String> {
    read(path, max).and_then(decode)
}

fn name(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn refusal(path: &Path) -> String {
        read(path, 100).unwrap_err().to_string()
    }

    #[test]
    fn only_plain_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let name = CString::new(pipe.as_os_str().as_bytes()).unwrap();
        #[allow(unsafe_code, reason = "there is no other way to make a pipe")]
        // SAFETY: the name is a C string.
        let made = unsafe { libc::mkfifo(name.as_ptr(), 0o600) };
        assert_eq!(made, 0);
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        for (path, found) in [
            (folder.path(), "a folder"),
            (&pipe, "a pipe"),
            (&socket, "a socket"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            assert_eq!(refusal(path), format!("expected a plain file, found {found}"));
        }
    }

    #[test]
    fn a_link_to_a_plain_file_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "text").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("file", &link).unwrap();
        assert_eq!(read_text(&link, 4).unwrap(), "text");
        assert!(
            read_text(&link, 3)
                .unwrap_err()
                .to_string()
                .contains("more than 3 bytes")
        );
    }

    #[test]
    fn a_file_without_a_length_is_read_to_its_limit() {
        assert!(refusal(Path::new("/proc/self/maps")).contains("more than 100 bytes"));
        assert!(!read(Path::new("/proc/self/stat"), 1 << 16).unwrap().is_empty());
    }

    #[test]
    fn other_bytes_than_utf_8_are_named_by_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, b"ab\xff").unwrap();
        assert!(read_text(&file, 9).unwrap_err().to_string().contains("from byte 2 on"));
    }
}
