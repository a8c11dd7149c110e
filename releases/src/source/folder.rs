//! A repository in a folder of this machine.

use std::io::{ErrorKind, SeekFrom};
use std::path::Path;

use bytes::Bytes;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{Opened, Pieces, SourceError};

const PIECE_BYTES: usize = 256 << 10;

pub(super) async fn open(folder: &Path, name: &str, offset: u64) -> Result<Opened, SourceError> {
    let path = folder.join(name);
    let opened = sinew_files::open(&path).map_err(|error| failed(name, &error))?;
    let mut file = File::from_std(opened);
    file.seek(SeekFrom::Start(offset))
        .await
        .map_err(|error| failed(name, &error))?;
    Ok(Opened {
        offset,
        pieces: Pieces::File(file),
    })
}

pub(super) async fn next(file: &mut File, name: &str) -> Result<Option<Bytes>, SourceError> {
    let mut piece = vec![0; PIECE_BYTES];
    let read = file.read(&mut piece).await.map_err(|error| failed(name, &error))?;
    piece.truncate(read);
    Ok((read > 0).then(|| piece.into()))
}

fn failed(name: &str, error: &std::io::Error) -> SourceError {
    if error.kind() == ErrorKind::NotFound {
        SourceError::NotFound(name.to_owned())
    } else {
        SourceError::Failed {
            name: name.to_owned(),
            reason: error.to_string(),
        }
    }
}
