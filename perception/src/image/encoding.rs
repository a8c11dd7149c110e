//! How pixels lie in memory: the encodings of `sensor_msgs/Image` that cameras use.

use std::fmt;

/// The colour under the top left pixel of a Bayer mosaic, and those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bayer {
    /// Red, green / green, blue.
    Rggb,
    /// Blue, green / green, red.
    Bggr,
    /// Green, blue / red, green.
    Gbrg,
    /// Green, red / blue, green.
    Grbg,
}

/// An encoding of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Red, green, blue, a byte each.
    Rgb8,
    /// Blue, green, red, a byte each.
    Bgr8,
    /// Red, green, blue, alpha, a byte each.
    Rgba8,
    /// Blue, green, red, alpha, a byte each.
    Bgra8,
    /// Grey, a byte each.
    Mono8,
    /// Grey, 16 bits each.
    Mono16,
    /// U, Y, V, Y for two pixels (`yuv422`), BT.601 video range, as in every YUV encoding here.
    Uyvy,
    /// Y, U, Y, V for two pixels (`yuv422_yuy2`).
    Yuyv,
    /// A plane of Y, then a plane of half the size of U, V pairs.
    Nv12,
    /// A plane of Y, then a plane of half the size of V, U pairs.
    Nv21,
    /// One colour per pixel, in a mosaic, a byte each.
    Bayer8(Bayer),
    /// Depth in metres, float32.
    Depth32F,
    /// Depth in millimetres, 16 bits; 0 where there is none.
    Depth16,
}

/// ROS names, the usual one of an encoding first.
const NAMES: [(&str, Encoding); 22] = [
    ("rgb8", Encoding::Rgb8),
    ("bgr8", Encoding::Bgr8),
    ("rgba8", Encoding::Rgba8),
    ("bgra8", Encoding::Bgra8),
    ("mono8", Encoding::Mono8),
    ("mono16", Encoding::Mono16),
    ("yuv422", Encoding::Uyvy),
    ("yuv422_yuy2", Encoding::Yuyv),
    ("nv12", Encoding::Nv12),
    ("nv21", Encoding::Nv21),
    ("bayer_rggb8", Encoding::Bayer8(Bayer::Rggb)),
    ("bayer_bggr8", Encoding::Bayer8(Bayer::Bggr)),
    ("bayer_gbrg8", Encoding::Bayer8(Bayer::Gbrg)),
    ("bayer_grbg8", Encoding::Bayer8(Bayer::Grbg)),
    ("32FC1", Encoding::Depth32F),
    ("16UC1", Encoding::Depth16),
    ("uyvy", Encoding::Uyvy),
    ("yuyv", Encoding::Yuyv),
    ("8UC1", Encoding::Mono8),
    ("8UC3", Encoding::Bgr8),
    ("8UC4", Encoding::Bgra8),
    ("yuv422_uyvy", Encoding::Uyvy),
];

impl Encoding {
    /// The encoding with this ROS name. OpenCV's `8UC1`, `8UC3` and `8UC4` are read as `cv_bridge` does: grey
    /// and BGR.
    pub fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, encoding)| *encoding)
    }

    /// All names that [`named`](Self::named) knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The usual ROS name.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(_, encoding)| *encoding == self)
            .map_or("", |(name, _)| name)
    }

    /// Bytes that the pixels of one row take, of the first plane where there are two.
    pub fn row_bytes(self, width: usize) -> usize {
        width
            * match self {
                Self::Rgb8 | Self::Bgr8 => 3,
                Self::Rgba8 | Self::Bgra8 | Self::Depth32F => 4,
                Self::Mono16 | Self::Depth16 | Self::Uyvy | Self::Yuyv => 2,
                Self::Mono8 | Self::Nv12 | Self::Nv21 | Self::Bayer8(_) => 1,
            }
    }

    /// Rows of `step` bytes that an image of this height has, with those of a second plane.
    pub fn rows(self, height: usize) -> usize {
        match self {
            Self::Nv12 | Self::Nv21 => height + height / 2,
            _ => height,
        }
    }

    /// What width and height must be divisible by.
    pub(crate) fn divisor(self) -> (usize, usize) {
        match self {
            Self::Uyvy | Self::Yuyv => (2, 1),
            Self::Nv12 | Self::Nv21 => (2, 2),
            _ => (1, 1),
        }
    }

    /// Whether pixels are distances rather than colours.
    pub fn is_depth(self) -> bool {
        matches!(self, Self::Depth32F | Self::Depth16)
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
