//! How the files of a data set are numbered.

use serde_json::{Value, json};

/// Files in a chunk.
pub(super) const CHUNK_FILES: u32 = 1000;

/// The number of a file, and of the chunk that it is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FileNumber {
    pub(super) chunk: u32,
    pub(super) file: u32,
}

impl FileNumber {
    pub(super) fn next(self) -> Self {
        if self.file + 1 == CHUNK_FILES {
            Self {
                chunk: self.chunk + 1,
                file: 0,
            }
        } else {
            Self {
                file: self.file + 1,
                ..self
            }
        }
    }

    pub(super) fn path(self, folder: &str, ending: &str) -> String {
        format!("{folder}/chunk-{:03}/file-{:03}.{ending}", self.chunk, self.file)
    }

    /// Chunk and file, as the table of episodes has them.
    pub(super) fn columns(self) -> [i64; 2] {
        [self.chunk.into(), self.file.into()]
    }
}

/// The templates by which a reader finds the files.
pub(super) fn templates() -> [(&'static str, Value); 2] {
    [
        (
            "data_path",
            json!("data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"),
        ),
        (
            "video_path",
            json!("videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_chunk_is_followed_by_the_next() {
        let last = FileNumber { chunk: 0, file: 999 };
        assert_eq!(last.next(), FileNumber { chunk: 1, file: 0 });
        assert_eq!(last.path("data", "parquet"), "data/chunk-000/file-999.parquet");
    }
}
