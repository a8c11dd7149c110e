//! Why no data set came out of a recording.

use std::io;
use std::path::{Path, PathBuf};

use sinew_messages::dynamic::SchemaError;

/// A recording cannot be read, does not fit, or what comes of it cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A recording cannot be opened or read.
    #[error("{}: cannot be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// It is no MCAP, or a damaged one.
    #[error("{}: not a whole MCAP recording (`sinew record repair` makes one of what can be read)", .0.display())]
    Mcap(PathBuf, #[source] mcap::McapError),
    /// It was never finished.
    #[error("{}: has no index, so it was never finished: `sinew record repair` makes one", .0.display())]
    NoIndex(PathBuf),
    /// A topic's schema cannot be used.
    #[error("{}: {topic}", path.display())]
    Schema {
        /// The recording.
        path: PathBuf,
        /// The topic.
        topic: String,
        /// What is wrong.
        #[source]
        source: Box<SchemaError>,
    },
    /// A message is not what its schema says, or nothing that a data set can have.
    #[error("{}: {topic}, recorded at {log_time} ns: {problem}", path.display())]
    Message {
        /// The recording.
        path: PathBuf,
        /// The topic.
        topic: String,
        /// When it was recorded.
        log_time: u64,
        /// What is wrong.
        problem: String,
    },
    /// What a recording has does not make a data set.
    #[error("{}: {problem}", path.display())]
    Recording {
        /// The recording.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Nothing there is overwritten.
    #[error("{}: is there already; name a folder that is not", .0.display())]
    Exists(PathBuf),
    /// A file cannot be written.
    #[error("{}: cannot be written", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// A Parquet file cannot be written.
    #[error("{}: cannot be written", .0.display())]
    Parquet(PathBuf, #[source] parquet::errors::ParquetError),
    /// There is nothing that encodes video.
    #[error(
        "ffmpeg: cannot be started: it encodes the videos. Install the package `ffmpeg` (Debian, Ubuntu: `apt install \
         ffmpeg`), or leave the images out (`--no-images`)"
    )]
    NoFfmpeg(#[source] io::Error),
    /// ffmpeg did not do it.
    #[error("{}: ffmpeg failed: {said}", path.display())]
    Ffmpeg {
        /// The video.
        path: PathBuf,
        /// What ffmpeg said.
        said: String,
    },
}

impl ExportError {
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Write(path, error)
    }

    pub(crate) fn parquet(path: &Path) -> impl Fn(parquet::errors::ParquetError) -> Self {
        let path = path.to_owned();
        move |error| Self::Parquet(path.clone(), error)
    }

    pub(crate) fn recording(path: &Path, problem: impl Into<String>) -> Self {
        Self::Recording {
            path: path.to_owned(),
            problem: problem.into(),
        }
    }
}
