//! Which part of an image lands where in the tensor, and what each of its pixels is mixed from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::InputSpec;

/// How an image is brought to the size of the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// As large as it fits, centred, the rest filled: all of the image, undistorted.
    Letterbox,
    /// Width and height each to the input's: all of the image, distorted.
    Stretch,
    /// As small as it covers the input, centred: undistorted, the ends of the longer side are lost.
    Crop,
}

/// Where the image lies in the tensor: back from the one's pixels to the other's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mapping {
    /// Width and height of the source image, pixels.
    pub source: [usize; 2],
    /// Width and height of the network's input, pixels.
    pub input: [usize; 2],
    /// Width and height to which the source is resized, pixels.
    pub resized: [usize; 2],
    /// Left and top of the resized image in the input, pixels; negative where it is cropped.
    pub offset: [isize; 2],
}

impl Mapping {
    /// Lays a source of `source` pixels (width, height) into an input of `input` pixels.
    pub fn new(fit: Fit, source: [usize; 2], input: [usize; 2]) -> Self {
        let ratio = |i: usize| input[i] as f64 / source[i] as f64;
        let scaled = |ratio: f64| source.map(|side| ((side as f64 * ratio).round_ties_even() as usize).max(1));
        let resized = match fit {
            Fit::Stretch => input,
            Fit::Letterbox => scaled(ratio(0).min(ratio(1))),
            Fit::Crop => scaled(ratio(0).max(ratio(1))),
        };
        Self::centred(source, input, resized)
    }

    /// Lays a source into the input of a network.
    pub fn of(spec: &InputSpec, source: [usize; 2]) -> Self {
        match (spec.fit, spec.crop_from) {
            (Fit::Crop, Some(shorter)) => {
                let ratio = shorter as f64 / source[0].min(source[1]) as f64;
                let resized = source.map(|side| ((side as f64 * ratio).round_ties_even() as usize).max(1));
                Self::centred(source, spec.size, resized)
            }
            (fit, _) => Self::new(fit, source, spec.size),
        }
    }

    fn centred(source: [usize; 2], input: [usize; 2], resized: [usize; 2]) -> Self {
        // Of an odd rest the smaller half comes first.
        let offset = [0, 1].map(|i| (input[i] as isize - resized[i] as isize).div_euclid(2));
        Self {
            source,
            input,
            resized,
            offset,
        }
    }

    /// The source's coordinates of a point in the input. Both have their origin at the image's top left corner
    /// (pixel centres are at .5).
    pub fn to_source(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let axis = |i: usize, at: f32| {
            let scale = self.source[i] as f32 / self.resized[i] as f32;
            (at - self.offset[i] as f32) * scale
        };
        [axis(0, x), axis(1, y)]
    }

    /// The input's coordinates of a point in the source.
    pub fn to_input(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let axis = |i: usize, at: f32| {
            let scale = self.resized[i] as f32 / self.source[i] as f32;
            at * scale + self.offset[i] as f32
        };
        [axis(0, x), axis(1, y)]
    }

    /// The pixels of the input, along one axis, that the image covers.
    pub(crate) fn covered(&self, axis: usize) -> std::ops::Range<usize> {
        let end = self.offset[axis] + self.resized[axis] as isize;
        self.offset[axis].max(0) as usize..end.clamp(0, self.input[axis] as isize) as usize
    }

    /// The two source pixels that each covered pixel of the input lies between, and the second's weight.
    pub(crate) fn taps(&self, axis: usize) -> impl Iterator<Item = Tap> + '_ {
        let (source, scale) = (self.source[axis], self.source[axis] as f64 / self.resized[axis] as f64);
        self.covered(axis).map(move |i| {
            let resized = (i as isize - self.offset[axis]) as f64;
            let at = (resized + 0.5) * scale - 0.5;
            if at <= 0.0 {
                return Tap { first: 0, weight: 0.0 };
            }
            match at as usize {
                first if first + 1 < source => Tap {
                    first,
                    weight: at - first as f64,
                },
                _ => Tap {
                    first: source - 1,
                    weight: 0.0,
                },
            }
        })
    }
}

/// Between which pixels of one axis to mix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tap {
    /// The first of two neighbours.
    pub(crate) first: usize,
    /// Share of the second, 0 to 1; there is a second where it is not 0.
    pub(crate) weight: f64,
}
