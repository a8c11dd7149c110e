//! Things in images made unrecognisable, where a detector finds them.

use std::io::Cursor;
use std::ops::Range;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};
use sinew_messages::cdr;
use sinew_messages::sensor_msgs::msg::{CompressedImage, Image};
use sinew_models::ModelFile;
use sinew_perception::heads::{BoundingBox, Keep, Prediction};
use sinew_perception::image::{ImageView, Picture};
use sinew_perception::{Model, ModelOptions};

use super::images::{Fate, ImageKind};
use super::{FilterError, FilterParams};

/// Squares along the longer side of a box: too few for a face to be read from.
const SQUARES: usize = 6;
/// The smallest square, pixels.
const MIN_SQUARE: usize = 4;
/// Of JPEGs that are written again.
const JPEG_QUALITY: u8 = 90;

/// A detector, and which of its classes are made unrecognisable.
#[derive(Debug)]
pub(super) struct Blur {
    model: Model,
    classes: Vec<usize>,
    margin: f32,
    seen: Prediction,
}

impl Blur {
    /// Loads the detector; gives its SHA-256 too.
    pub(super) fn load(path: &Path, params: &FilterParams) -> Result<(Self, String), FilterError> {
        let wrong = |error: String| FilterError::Model(error);
        let file = ModelFile::read(path).map_err(|error| wrong(error.to_string()))?;
        let options = ModelOptions {
            keep: Keep {
                threshold: params.blur_threshold,
                ..Keep::default()
            },
            ..ModelOptions::default()
        };
        let model = Model::load(&file, &options).map_err(|error| wrong(error.to_string()))?;
        let number = |class: &String| {
            let number = model.names().iter().position(|name| name == class);
            number.ok_or_else(|| {
                FilterError::Params(format!(
                    "`filter.blur_classes`: expected some of {}, which {} knows, found `{class}`",
                    model.names().join(", "),
                    path.display()
                ))
            })
        };
        let classes = params.blur_classes.iter().map(number).collect::<Result<_, _>>()?;
        let blur = Self {
            model,
            classes,
            margin: params.blur_margin,
            seen: Prediction::default(),
        };
        Ok((blur, file.sha256().to_owned()))
    }

    /// What becomes of an image: where anything of this fails it stays.
    pub(super) fn image(&mut self, kind: ImageKind, data: &[u8]) -> Fate {
        let fate = match kind {
            ImageKind::Raw => self.raw(data),
            ImageKind::Compressed => self.compressed(data),
        };
        fate.unwrap_or_else(|reason| Fate::Stays(reason.to_owned()))
    }

    fn raw(&mut self, data: &[u8]) -> Result<Fate, &'static str> {
        let mut image: Image = cdr::decode(data).map_err(|_| NO_MESSAGE)?;
        let channels = match image.encoding.as_str() {
            "rgb8" | "bgr8" => 3,
            "mono8" => 1,
            _ => return Err("its encoding is not one of rgb8, bgr8 and mono8"),
        };
        let view = ImageView::of(&image).map_err(|_| "it is no whole image")?;
        let boxes = self.boxes(&view)?;
        if boxes.is_empty() {
            return Ok(Fate::Goes);
        }
        let layout = Layout {
            width: view.width(),
            height: view.height(),
            step: image.step as usize,
            channels,
        };
        boxes.iter().for_each(|bbox| layout.pixelate(&mut image.data, bbox));
        encoded(&image)
    }

    fn compressed(&mut self, data: &[u8]) -> Result<Fate, &'static str> {
        let mut image: CompressedImage = cdr::decode(data).map_err(|_| NO_MESSAGE)?;
        let is_png = image.data.starts_with(b"\x89PNG");
        let picture = Picture::of(&image).map_err(|_| "it is no whole JPEG or PNG")?;
        let boxes = self.boxes(&picture.view())?;
        if boxes.is_empty() {
            return Ok(Fate::Goes);
        }
        let layout = Layout {
            width: picture.width(),
            height: picture.height(),
            step: 3 * picture.width(),
            channels: 3,
        };
        let size = [layout.width, layout.height].map(|side| side as u32);
        let mut pixels = picture.into_rgb();
        boxes.iter().for_each(|bbox| layout.pixelate(&mut pixels, bbox));
        let mut bytes = Vec::new();
        let colour = ExtendedColorType::Rgb8;
        let written = if is_png {
            image::write_buffer_with_format(
                &mut Cursor::new(&mut bytes),
                &pixels,
                size[0],
                size[1],
                colour,
                ImageFormat::Png,
            )
        } else {
            JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode(&pixels, size[0], size[1], colour)
        };
        written.map_err(|_| "it cannot be compressed again")?;
        image.data = bytes;
        encoded(&image)
    }

    /// Where things of the classes are, grown by the margin.
    fn boxes(&mut self, view: &ImageView<'_>) -> Result<Vec<BoundingBox>, &'static str> {
        let dropped = self
            .model
            .perceive(view, &mut self.seen)
            .map_err(|_| "the detector failed")?;
        if dropped > 0 {
            return Err("the detector gave what are no numbers");
        }
        let Prediction::Things(things) = &self.seen else {
            return Err("the model gives no boxes");
        };
        let wanted = things.iter().filter(|thing| self.classes.contains(&thing.class));
        Ok(wanted.map(|thing| grown(thing.bbox, self.margin)).collect())
    }
}

const NO_MESSAGE: &str = "it is no message of its type";

fn grown(bbox: BoundingBox, margin: f32) -> BoundingBox {
    let [width, height] = bbox.size();
    BoundingBox {
        left: bbox.left - margin * width,
        top: bbox.top - margin * height,
        right: bbox.right + margin * width,
        bottom: bbox.bottom + margin * height,
    }
}

fn encoded<M: serde::Serialize>(message: &M) -> Result<Fate, &'static str> {
    let mut bytes = Vec::new();
    cdr::encode(message, &mut bytes).map_err(|_| "it cannot be encoded again")?;
    Ok(Fate::Changed(bytes))
}

/// How pixels of a byte for each channel lie in memory.
#[derive(Debug, Clone, Copy)]
struct Layout {
    width: usize,
    height: usize,
    step: usize,
    channels: usize,
}

impl Layout {
    /// Replaces what is in a box by large squares of one colour, the mean of what was there.
    fn pixelate(&self, pixels: &mut [u8], bbox: &BoundingBox) {
        let columns = within(bbox.left, bbox.right, self.width);
        let rows = within(bbox.top, bbox.bottom, self.height);
        let square = columns.len().max(rows.len()).div_ceil(SQUARES).max(MIN_SQUARE);
        for top in rows.clone().step_by(square) {
            for left in columns.clone().step_by(square) {
                let right = (left + square).min(columns.end);
                self.level(pixels, left..right, top..(top + square).min(rows.end));
            }
        }
    }

    fn level(&self, pixels: &mut [u8], columns: Range<usize>, rows: Range<usize>) {
        let count = (columns.len() * rows.len()).max(1) as u64;
        for channel in 0..self.channels {
            let places = || {
                let columns = columns.clone();
                rows.clone().flat_map(move |y| {
                    let row = y * self.step;
                    columns.clone().map(move |x| row + x * self.channels + channel)
                })
            };
            let sum: u64 = places()
                .filter_map(|place| pixels.get(place))
                .map(|level| u64::from(*level))
                .sum();
            let mean = (sum / count) as u8;
            for place in places() {
                if let Some(level) = pixels.get_mut(place) {
                    *level = mean;
                }
            }
        }
    }
}

/// The pixels that a stretch touches. What is no number touches all of them.
fn within(from: f32, to: f32, len: usize) -> Range<usize> {
    if !from.is_finite() || !to.is_finite() {
        return 0..len;
    }
    // A float that is out of range becomes the nearest end.
    let (from, to) = (from.floor().max(0.0) as usize, to.ceil().max(0.0) as usize);
    from.min(len)..to.min(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_has_few_colours_afterwards_and_the_rest_is_as_it_was() {
        let layout = Layout {
            width: 64,
            height: 48,
            step: 200,
            channels: 3,
        };
        let before: Vec<u8> = (0..200 * 48_usize).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect();
        let mut after = before.clone();
        let bbox = BoundingBox {
            left: -5.0,
            top: 10.2,
            right: 30.5,
            bottom: 200.0,
        };
        layout.pixelate(&mut after, &bbox);
        let mut colours = std::collections::HashSet::new();
        for y in 0..48 {
            for x in 0..200 {
                let at = y * 200 + x;
                let is_inside = x < 31 * 3 && y >= 10;
                if is_inside && x % 3 == 0 {
                    colours.insert([after[at], after[at + 1], after[at + 2]]);
                } else if !is_inside {
                    assert_eq!(after[at], before[at], "{x} {y}");
                }
            }
        }
        assert!(colours.len() <= SQUARES * SQUARES, "{}", colours.len());
    }

    #[test]
    fn boxes_that_are_no_numbers_cover_all_and_those_outside_nothing() {
        assert_eq!(within(f32::NAN, 3.0, 10), 0..10);
        assert_eq!(within(-20.0, -10.0, 10), 0..0);
        assert_eq!(within(20.0, 30.0, 10), 10..10);
        assert_eq!(within(2.5, 3.1, 10), 2..4);
    }
}
