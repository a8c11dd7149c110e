//! JPEG and PNG, and the pixels that come out of them.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use sinew_messages::sensor_msgs::msg::CompressedImage;
use thiserror::Error;

use super::motion_jpeg::with_tables;
use super::{Encoding, ImageView, MAX_PIXELS, MAX_SIDE, is_believed};

/// Most memory that a decoder may take beside the image itself, bytes: its pixels are counted before.
const MAX_DECODED: u64 = 1 << 30;
/// Largest file that is read.
const MAX_FILE: u64 = 256 << 20;

/// Why a compressed image could not be decoded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The system refuses to read it.
    #[error("{}: cannot be read: {cause}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not a whole JPEG or PNG of a sane size.
    #[error("{}: {cause}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: Box<DecodeError>,
    },
    /// The bytes are not a whole JPEG or PNG.
    #[error("expected a whole JPEG or PNG, found {found}: {reason}")]
    Broken {
        /// What they begin like, and how many they are.
        found: String,
        /// What the decoder says.
        reason: String,
    },
    /// The image is larger than is believed.
    #[error(
        "expected an image with sides of 1 to {MAX_SIDE} pixels and at most {MAX_PIXELS} in all, found {width}×{height}"
    )]
    Size {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
}

/// An image in memory: red, green, blue, a byte each, rows without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    size: [usize; 2],
    rgb: Vec<u8>,
}

impl Picture {
    /// Wraps pixels; `None` where they are not `3 × width × height` bytes, or the size is beyond belief.
    pub fn from_rgb(size: [usize; 2], rgb: Vec<u8>) -> Option<Self> {
        ImageView::new(Encoding::Rgb8, size, size[0].checked_mul(3)?, false, &rgb).ok()?;
        (rgb.len() == 3 * size[0] * size[1]).then_some(Self { size, rgb })
    }

    /// Decodes a JPEG or a PNG, by what its bytes say, and turns it the way its EXIF orientation says. Alpha is
    /// left out, 16 bits become 8, grey becomes colour. A frame of Motion JPEG may lack its Huffman tables.
    ///
    /// # Errors
    /// Where the bytes are no such image, end too soon, or make too large a one.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        // The decoders are not ours, and fuzzing found a JPEG that one of them panics at.
        std::panic::catch_unwind(|| Self::decode_trustingly(bytes)).unwrap_or_else(|_| {
            Err(DecodeError::Broken {
                found: looks_like(bytes),
                reason: "the decoder panicked".to_owned(),
            })
        })
    }

    fn decode_trustingly(bytes: &[u8]) -> Result<Self, DecodeError> {
        let broken = |reason: image::ImageError| DecodeError::Broken {
            found: looks_like(bytes),
            reason: reason.to_string(),
        };
        let mut reader = ImageReader::new(Cursor::new(with_tables(bytes)))
            .with_guessed_format()
            .map_err(|error| broken(image::ImageError::IoError(error)))?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_DECODED);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(broken)?;
        let (width, height) = decoder.dimensions();
        if !is_believed([width, height].map(|side| side as usize)) {
            return Err(DecodeError::Size { width, height });
        }
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        if is_cut_jpeg(bytes) {
            return Err(DecodeError::Broken {
                found: looks_like(bytes),
                reason: "it has no end marker".to_owned(),
            });
        }
        let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
        image.apply_orientation(orientation);
        let rgb = image.into_rgb8();
        Ok(Self {
            size: [rgb.width() as usize, rgb.height() as usize],
            rgb: rgb.into_raw(),
        })
    }

    /// Decodes what a message carries. Its `format` is not looked at: the bytes say it themselves.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn of(message: &CompressedImage) -> Result<Self, DecodeError> {
        Self::decode(&message.data)
    }

    /// Reads and decodes a file.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), with the file's name, and where it cannot be read or is larger than 256 MiB.
    pub fn load(path: &Path) -> Result<Self, DecodeError> {
        Self::load_with_bytes(path).map(|(picture, _)| picture)
    }

    /// The same, and what the file holds: for who hands it on as it is.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with_bytes(path: &Path) -> Result<(Self, Vec<u8>), DecodeError> {
        let bytes = sinew_files::read(path, MAX_FILE).map_err(|cause| DecodeError::Read {
            file: path.to_owned(),
            cause,
        })?;
        let picture = Self::decode(&bytes).map_err(|cause| DecodeError::File {
            file: path.to_owned(),
            cause: Box::new(cause),
        })?;
        Ok((picture, bytes))
    }

    /// Writes it as a PNG file.
    ///
    /// # Errors
    /// Where the file cannot be written. The error does not name it.
    pub fn write_png(&self, path: &Path) -> std::io::Result<()> {
        let [width, height] = self.size.map(|side| side as u32);
        let format = image::ImageFormat::Png;
        image::save_buffer_with_format(path, &self.rgb, width, height, image::ExtendedColorType::Rgb8, format)
            .map_err(std::io::Error::other)
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.size[0]
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.size[1]
    }

    /// The pixels.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The pixels, without the picture.
    pub fn into_rgb(self) -> Vec<u8> {
        self.rgb
    }

    /// The same as any other image.
    pub fn view(&self) -> ImageView<'_> {
        ImageView {
            encoding: Encoding::Rgb8,
            width: self.size[0],
            height: self.size[1],
            step: 3 * self.size[0],
            big_endian: false,
            data: &self.rgb,
        }
    }
}

fn looks_like(bytes: &[u8]) -> String {
    let kind = match bytes {
        [0xff, 0xd8, ..] => "the start of a JPEG",
        [0x89, b'P', b'N', b'G', ..] => "the start of a PNG",
        [] => "nothing",
        _ => "something else",
    };
    format!("{kind} ({} bytes)", bytes.len())
}

/// Whether a JPEG has no end marker after its picture began: decoders fill up with grey what is missing.
fn is_cut_jpeg(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(&[0xff, 0xd8]) else {
        return false;
    };
    // Segments before the picture may hold another one, a preview, with an end of its own.
    while let [0xff, kind, high, low, ..] = rest {
        if *kind == 0xda {
            return !rest.windows(2).rev().any(|pair| pair == [0xff, 0xd9]);
        }
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        rest = rest.get(2 + len.max(2)..).unwrap_or_default();
    }
    // What the decoder has to say of such a file is more to the point.
    false
}
