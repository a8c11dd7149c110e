//! How much room a disk has for what is brought.

use std::io;
use std::path::Path;

/// Refuses to put so many bytes more into a folder, where fewer than `keep` would stay free on its disk.
///
/// # Errors
/// `StorageFull`, with what there is; or what the system says where it does not tell.
pub fn expect_room(folder: &Path, bytes: u64, keep: u64) -> io::Result<()> {
    let disk = rustix::fs::statvfs(folder)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free >= bytes.saturating_add(keep) {
        Ok(())
    } else {
        Err(io::Error::new(
            io::ErrorKind::StorageFull,
            format!("expected room for {bytes} bytes beside {keep} that stay free, found {free}"),
        ))
    }
}
