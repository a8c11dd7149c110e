//! Images as they come: from messages, files and memory, in any encoding, nothing trusted.

mod bayer;
mod compressed;
mod encoding;
mod motion_jpeg;
mod rows;
mod source;
mod yuv;

use sinew_messages::sensor_msgs::msg::Image;
use thiserror::Error;

pub use compressed::{DecodeError, Picture};
pub use encoding::{Bayer, Encoding};
pub(crate) use rows::Rows;
pub use source::{SourceError, image_files};

/// Longest side of an image that is believed, pixels.
pub const MAX_SIDE: usize = 16_384;
/// Most pixels of an image that is believed: 8192×8192.
pub const MAX_PIXELS: usize = 1 << 26;
/// Rows, and pixels of each, that say how bright an image is.
const SAMPLED: usize = 32;

/// Why bytes are not the image that they are said to be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The encoding is none that is known.
    #[error("encoding: expected one of {}, found `{found}`", Encoding::names().collect::<Vec<_>>().join(", "))]
    Encoding {
        /// What the message says.
        found: String,
    },
    /// Width or height is 0 or beyond belief.
    #[error("size: expected sides of 1 to {MAX_SIDE} pixels and at most {MAX_PIXELS} in all, found {width}×{height}")]
    Size {
        /// Pixels in a row.
        width: u64,
        /// Rows.
        height: u64,
    },
    /// Pixels share their colour with neighbours, and one has none.
    #[error("size: expected a width divisible by {} and a height divisible by {} for {encoding}, found {width}×{height}",
        .encoding.divisor().0, .encoding.divisor().1)]
    OddSize {
        /// Whose pixels share colour.
        encoding: Encoding,
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// A row is longer than the distance to the next.
    #[error("step: expected at least {expected} bytes for {width} pixels of {encoding}, found {found}")]
    Step {
        /// How pixels lie in memory.
        encoding: Encoding,
        /// Pixels in a row.
        width: usize,
        /// Bytes that they take.
        expected: usize,
        /// What the message says.
        found: usize,
    },
    /// The data end before the image does.
    #[error(
        "data: expected at least {expected} bytes for {width}×{height} {encoding} with a step of {step}, found {found}"
    )]
    Data {
        /// How pixels lie in memory.
        encoding: Encoding,
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
        /// Bytes from row to row.
        step: usize,
        /// Bytes that they take.
        expected: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// The data go on after the image has ended.
    #[error("data: expected at most {expected} bytes for {rows} rows with a step of {step}, found {found}")]
    Surplus {
        /// Rows, those of all planes.
        rows: usize,
        /// Bytes from row to row.
        step: usize,
        /// Bytes that they take.
        expected: usize,
        /// Bytes that are there.
        found: usize,
    },
}

/// Whether an image may have this width and height.
pub(crate) fn is_believed([width, height]: [usize; 2]) -> bool {
    let sides = 1..=MAX_SIDE;
    sides.contains(&width) && sides.contains(&height) && width * height <= MAX_PIXELS
}

/// A borrowed image, its sizes checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageView<'a> {
    encoding: Encoding,
    width: usize,
    height: usize,
    step: usize,
    big_endian: bool,
    data: &'a [u8],
}

impl<'a> ImageView<'a> {
    /// Pixels in memory: `step` bytes from row to row, the last row need not be padded. `big_endian` matters to
    /// encodings of more than a byte per number.
    ///
    /// # Errors
    /// Where the numbers do not fit each other, see [`ImageError`].
    pub fn new(
        encoding: Encoding,
        [width, height]: [usize; 2],
        step: usize,
        big_endian: bool,
        data: &'a [u8],
    ) -> Result<Self, ImageError> {
        if !is_believed([width, height]) {
            return Err(ImageError::Size {
                width: width as u64,
                height: height as u64,
            });
        }
        let (across, down) = encoding.divisor();
        if !width.is_multiple_of(across) || !height.is_multiple_of(down) {
            return Err(ImageError::OddSize {
                encoding,
                width,
                height,
            });
        }
        let row = encoding.row_bytes(width);
        if step < row {
            return Err(ImageError::Step {
                encoding,
                width,
                expected: row,
                found: step,
            });
        }
        let expected = step.saturating_mul(encoding.rows(height) - 1).saturating_add(row);
        if data.len() < expected {
            return Err(ImageError::Data {
                encoding,
                width,
                height,
                step,
                expected,
                found: data.len(),
            });
        }
        Ok(Self {
            encoding,
            width,
            height,
            step,
            big_endian,
            data,
        })
    }

    /// The image in a message.
    ///
    /// # Errors
    /// As [`new`](Self::new), where the encoding is unknown, and where there are more data than `step × height`:
    /// then one of the numbers is wrong, and what would be seen is a part of the image.
    pub fn of(image: &'a Image) -> Result<Self, ImageError> {
        let encoding = Encoding::named(&image.encoding).ok_or_else(|| ImageError::Encoding {
            found: image.encoding.chars().take(40).collect(),
        })?;
        let size = [image.width as usize, image.height as usize];
        let step = image.step as usize;
        let view = Self::new(encoding, size, step, image.is_bigendian != 0, &image.data)?;
        let whole = step.saturating_mul(encoding.rows(view.height));
        if image.data.len() > whole {
            return Err(ImageError::Surplus {
                rows: encoding.rows(view.height),
                step,
                expected: whole,
                found: image.data.len(),
            });
        }
        Ok(view)
    }

    /// How pixels lie in memory.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bytes from the start of row `y` on, of the first plane where there are two.
    pub(crate) fn row_onwards(&self, y: usize) -> &'a [u8] {
        &self.data[y * self.step..]
    }

    /// The pixels of row `y`, of the first plane where there are two.
    pub(crate) fn row(&self, y: usize) -> &'a [u8] {
        &self.row_onwards(y)[..self.encoding.row_bytes(self.width)]
    }

    /// The two bytes of colour for each two pixels of row `y`, where they have a plane of their own.
    pub(crate) fn chroma_row(&self, y: usize) -> &'a [u8] {
        &self.data[(self.height + y / 2) * self.step..][..self.width]
    }

    /// The distance at a pixel, m; `None` outside the image, where nothing was measured, or where the image is
    /// none of depth.
    pub fn depth_m(&self, x: usize, y: usize) -> Option<f32> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let row = self.row(y);
        let depth = match self.encoding {
            Encoding::Depth32F => {
                let bytes = row.get(4 * x..)?.first_chunk()?;
                if self.big_endian {
                    f32::from_be_bytes(*bytes)
                } else {
                    f32::from_le_bytes(*bytes)
                }
            }
            Encoding::Depth16 => f32::from(self.sixteen(row, x)) * 1e-3,
            _ => return None,
        };
        (depth.is_finite() && depth > 0.0).then_some(depth)
    }

    fn sixteen(&self, row: &[u8], x: usize) -> u16 {
        let bytes = [row[2 * x], row[2 * x + 1]];
        if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    }

    /// The mean level of its colours, 0 to 255, of at most `SAMPLED` by `SAMPLED` pixels; `None` for one of depth.
    pub fn brightness(&self) -> Option<f32> {
        if self.encoding.is_depth() {
            return None;
        }
        let mut rows = Rows::new(self.width);
        let pixel = Rows::pixel(self.encoding);
        let (mut sum, mut count) = (0, 0);
        for y in (0..self.height).step_by(self.height.div_ceil(SAMPLED)) {
            let row = rows.row(self, y).chunks_exact(pixel).take(self.width);
            for colours in row.step_by(self.width.div_ceil(SAMPLED)) {
                sum += colours.iter().take(3).map(|level| u32::from(*level)).sum::<u32>();
                count += 3;
            }
        }
        Some(sum as f32 / count.max(1) as f32)
    }

    /// The whole image as red, green, blue, a byte each, rows without gaps; `None` for one of depth.
    pub fn to_rgb(&self) -> Option<Picture> {
        if self.encoding.is_depth() {
            return None;
        }
        let mut rows = Rows::new(self.width);
        let mut rgb = Vec::with_capacity(3 * self.width * self.height);
        for y in 0..self.height {
            let row = rows.row(self, y);
            let swapped = matches!(self.encoding, Encoding::Bgr8 | Encoding::Bgra8);
            let pixels = row.chunks_exact(Rows::pixel(self.encoding)).take(self.width);
            if swapped {
                rgb.extend(pixels.flat_map(|p| [p[2], p[1], p[0]]))
            } else {
                rgb.extend(pixels.flat_map(|p| [p[0], p[1], p[2]]))
            }
        }
        Picture::from_rgb([self.width, self.height], rgb)
    }
}
