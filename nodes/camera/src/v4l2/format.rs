//! Pixel formats by their four letters, and what a camera offers.

use std::fmt;

use sinew_perception::image::{Bayer, Encoding};

use super::super::params::PixelFormat;

/// The formats that are understood, cheapest to publish first.
const KNOWN: [(PixelFormat, FourCc, Option<Encoding>); 14] = [
    (PixelFormat::Yuyv, FourCc(*b"YUYV"), Some(Encoding::Yuyv)),
    (PixelFormat::Uyvy, FourCc(*b"UYVY"), Some(Encoding::Uyvy)),
    (PixelFormat::Nv12, FourCc(*b"NV12"), Some(Encoding::Nv12)),
    (PixelFormat::Nv21, FourCc(*b"NV21"), Some(Encoding::Nv21)),
    (PixelFormat::Rgb3, FourCc(*b"RGB3"), Some(Encoding::Rgb8)),
    (PixelFormat::Bgr3, FourCc(*b"BGR3"), Some(Encoding::Bgr8)),
    (PixelFormat::Grey, FourCc(*b"GREY"), Some(Encoding::Mono8)),
    (PixelFormat::Y16, FourCc(*b"Y16 "), Some(Encoding::Mono16)),
    (PixelFormat::Rggb, FourCc(*b"RGGB"), Some(Encoding::Bayer8(Bayer::Rggb))),
    (PixelFormat::Ba81, FourCc(*b"BA81"), Some(Encoding::Bayer8(Bayer::Bggr))),
    (PixelFormat::Gbrg, FourCc(*b"GBRG"), Some(Encoding::Bayer8(Bayer::Gbrg))),
    (PixelFormat::Grbg, FourCc(*b"GRBG"), Some(Encoding::Bayer8(Bayer::Grbg))),
    (PixelFormat::Mjpg, FourCc(*b"MJPG"), None),
    (PixelFormat::Jpeg, FourCc(*b"JPEG"), None),
];

/// The four letters of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FourCc(pub(super) [u8; 4]);

impl FourCc {
    pub(super) fn of(format: PixelFormat) -> Option<Self> {
        let known = KNOWN.iter().find(|(known, ..)| *known == format);
        known.map(|(_, letters, _)| *letters)
    }

    /// How its pixels are published.
    pub(super) fn pixels(self) -> Option<Pixels> {
        let (.., encoding) = KNOWN.iter().find(|(_, known, _)| *known == self)?;
        Some(encoding.map_or(Pixels::Jpeg, Pixels::Plain))
    }

    /// The best of these that is understood.
    pub(super) fn best(offered: &[OfferedFormat]) -> Option<Self> {
        let known = KNOWN.iter().map(|(_, letters, _)| *letters);
        known
            .into_iter()
            .find(|known| offered.iter().any(|offer| offer.letters == *known))
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii().to_string().trim_end())
    }
}

/// What the bytes of a frame are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pixels {
    Plain(Encoding),
    Jpeg,
}

/// What a camera has been set to, or is to be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) letters: FourCc,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bytes from row to row, where the camera says it.
    pub(super) step: u32,
    /// Whether a frame is a whole image.
    pub(super) is_whole: bool,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}×{}", self.letters, self.width, self.height)
    }
}

/// A format that a camera offers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OfferedFormat {
    pub(super) letters: FourCc,
    pub(super) sizes: Vec<Sizes>,
}

/// Sizes of an offer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sizes {
    /// One, with the rates that it has where they are listed, Hz.
    One { size: [u32; 2], rates_hz: Vec<f64> },
    /// Any between two.
    Between { least: [u32; 2], most: [u32; 2] },
}

/// What of these offers is understood, by size; only of one format where that is among them.
pub(super) fn listing(offers: &[OfferedFormat], only: Option<FourCc>) -> String {
    let understood = offers.iter().filter(|offer| offer.letters.pixels().is_some());
    let asked = |offer: &&OfferedFormat| only.is_none_or(|only| only == offer.letters);
    let mut listed: Vec<&OfferedFormat> = understood.clone().filter(asked).collect();
    if listed.is_empty() {
        listed = understood.collect();
    }
    let mut groups: Vec<(Vec<String>, &[Sizes])> = Vec::new();
    for OfferedFormat { letters, sizes } in listed {
        match groups.iter_mut().find(|(_, known)| known == sizes) {
            Some((names, _)) => names.push(letters.to_string()),
            None => groups.push((vec![letters.to_string()], sizes)),
        }
    }
    let spelled = groups.iter().map(|(names, sizes)| {
        let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
        format!("{} {}", names.join("/"), sizes.join(", "))
    });
    spelled.collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One { size, rates_hz } => {
                write!(f, "{}×{}", size[0], size[1])?;
                for (i, rate_hz) in rates_hz.iter().enumerate() {
                    write!(f, "{}{}", if i == 0 { " at " } else { "/" }, RoundedRate(*rate_hz))?;
                }
                f.write_str(if rates_hz.is_empty() { "" } else { " Hz" })
            }
            Self::Between { least, most } => write!(f, "{}×{} to {}×{}", least[0], least[1], most[0], most[1]),
        }
    }
}

/// A rate without places that say nothing: 30, 29.97.
pub(super) struct RoundedRate(pub(super) f64);

impl fmt::Display for RoundedRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", (self.0 * 100.0).round() / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_spelled_out_by_size() {
        let offer = |letters, sizes: &[Sizes]| OfferedFormat {
            letters: FourCc(letters),
            sizes: sizes.to_vec(),
        };
        let sizes = [
            Sizes::One {
                size: [640, 480],
                rates_hz: vec![30.0, 30_000.0 / 1001.0],
            },
            Sizes::One {
                size: [320, 240],
                rates_hz: Vec::new(),
            },
        ];
        let any = Sizes::Between {
            least: [2, 1],
            most: [64, 48],
        };
        let offers = [
            offer(*b"YUYV", &sizes),
            offer(*b"H264", &sizes),
            offer(*b"Y16 ", &[any]),
            offer(*b"MJPG", &sizes),
        ];
        let all = "YUYV/MJPG 640×480 at 30/29.97 Hz, 320×240; Y16 2×1 to 64×48";
        assert_eq!(listing(&offers, None), all);
        assert_eq!(listing(&offers, Some(FourCc(*b"NV12"))), all);
        assert_eq!(listing(&offers, Some(FourCc(*b"Y16 "))), "Y16 2×1 to 64×48");
        assert_eq!(listing(&offers[1..2], None), "");
    }

    #[test]
    fn letters_that_are_none_are_shown_as_what_they_are() {
        assert_eq!(FourCc(*b"Y1\x006").to_string(), "Y1\\x006");
    }
}
