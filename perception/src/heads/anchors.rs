//! The boxes that a detector's offsets are counted from.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::boxes::BoundingBox;

/// Largest file that is read, bytes.
const MAX_FILE: u64 = 16 << 20;
/// What offsets of centres and of the logarithms of sizes are multiplied by, in SSD, RetinaFace and their kin.
const VARIANCES: [f32; 2] = [0.1, 0.2];

/// Why a file gives no anchors.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AnchorsError {
    /// The system refuses to read it.
    #[error("{}: cannot be read: {cause}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A line is no anchor.
    #[error(
        "{}, line {line}: expected four numbers, x and y of the centre, width and height as shares of the input, found {found}",
        .file.display()
    )]
    Format {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is there.
        found: String,
    },
}

/// Anchors from a file, one on each line, in the order of the model's boxes: x and y of the centre, width and height,
/// as shares of the input, with spaces or commas between them.
///
/// # Errors
/// Where the file cannot be read, or a line is no anchor.
pub fn load_anchors(path: &Path) -> Result<Vec<[f32; 4]>, AnchorsError> {
    let text = sinew_files::read_text(path, MAX_FILE).map_err(|cause| AnchorsError::Read {
        file: path.to_owned(),
        cause,
    })?;
    let anchor = |(i, line): (usize, &str)| {
        let numbers: Vec<f32> = line
            .split(|sign: char| sign == ',' || sign.is_whitespace())
            .filter(|number| !number.is_empty())
            .map_while(|number| number.parse().ok())
            .collect();
        match numbers[..] {
            [x, y, width, height] if numbers.iter().all(|number| number.is_finite()) && width > 0.0 && height > 0.0 => {
                Ok([x, y, width, height])
            }
            _ => Err(AnchorsError::Format {
                file: path.to_owned(),
                line: i + 1,
                found: format!("`{}`", line.escape_debug()),
            }),
        }
    };
    let lines = text.trim_end().lines().enumerate();
    lines.map(anchor).collect()
}

/// The box at `offsets` from an anchor, as shares of the input.
pub(super) fn decoded([x, y, width, height]: [f32; 4], offsets: &[f32]) -> BoundingBox {
    let [of_centre, of_size] = VARIANCES;
    BoundingBox::centred(
        [x + offsets[0] * of_centre * width, y + offsets[1] * of_centre * height],
        [
            width * (offsets[2] * of_size).exp(),
            height * (offsets[3] * of_size).exp(),
        ],
    )
}
