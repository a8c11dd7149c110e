//! Where the values go: the tensor's number format and layout.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::kernel::{Affine, ONE_LEVEL};
use super::{ChannelOrder, InputSpec, Layout, Mapping};

/// A tensor to write, of one of the number formats that networks take images in. Values of `U8` are rounded and
/// held within 0 to 255.
#[derive(Debug)]
pub enum TensorMut<'a> {
    /// 32-bit floats.
    F32(&'a mut [f32]),
    /// 16-bit floats.
    F16(&'a mut [f16]),
    /// Bytes.
    U8(&'a mut [u8]),
}

impl TensorMut<'_> {
    /// Values in it.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F16(values) => values.len(),
            Self::U8(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The tensor, and what it is to hold.
pub(super) struct Target<'a> {
    spec: &'a InputSpec,
    tensor: TensorMut<'a>,
    /// The source's first channel is blue.
    source_is_bgr: bool,
    /// For red, green, blue.
    affine: [Affine; 3],
}

impl<'a> Target<'a> {
    pub(super) fn new(spec: &'a InputSpec, tensor: TensorMut<'a>, source_is_bgr: bool) -> Self {
        let normalised = |i: usize| {
            let (mean, std) = (f64::from(spec.mean[i]), f64::from(spec.std[i]));
            Affine {
                scale: (f64::from(spec.scale) / ONE_LEVEL / std) as f32,
                bias: (-mean / std) as f32,
            }
        };
        Self {
            spec,
            tensor,
            source_is_bgr,
            affine: match spec.order {
                ChannelOrder::Rgb | ChannelOrder::Bgr => [0, 1, 2].map(normalised),
                // Mixed to grey first, normalised then.
                ChannelOrder::Grey => {
                    [Affine {
                        scale: (1.0 / ONE_LEVEL) as f32,
                        bias: 0.0,
                    }; 3]
                }
            },
        }
    }

    /// For the source's channels.
    pub(super) fn affine(&self) -> [Affine; 3] {
        let [red, green, blue] = self.affine;
        if self.source_is_bgr {
            [blue, green, red]
        } else {
            self.affine
        }
    }

    /// Whether the source's channels are in the reverse of the tensor's order.
    fn reversed(&self) -> bool {
        self.source_is_bgr != (self.spec.order == ChannelOrder::Bgr)
    }

    /// The rows of the tensor that the source's three channels belong in, from `at` on, where they can be written
    /// as they are.
    #[inline(always)]
    pub(super) fn direct_rows(&mut self, at: [usize; 2], len: usize) -> Option<[&mut [f32]; 3]> {
        let (reversed, [width, height]) = (self.reversed(), self.spec.size);
        let TensorMut::F32(values) = &mut self.tensor else {
            return None;
        };
        if self.spec.layout != Layout::Nchw || self.spec.order == ChannelOrder::Grey {
            return None;
        }
        let (first, rest) = values.split_at_mut(width * height);
        let (second, third) = rest.split_at_mut(width * height);
        let planes = if reversed {
            [third, second, first]
        } else {
            [first, second, third]
        };
        let start = at[1] * width + at[0];
        Some(planes.map(|plane| &mut plane[start..start + len]))
    }

    /// Writes a row, given as the source's three channels, from `at` on.
    #[inline(always)]
    pub(super) fn store_row(&mut self, at: [usize; 2], source: [&[f32]; 3]) {
        let [a, b, c] = source;
        let rgb = if self.source_is_bgr { [c, b, a] } else { source };
        match self.spec.order {
            ChannelOrder::Rgb => self.put(at, rgb),
            ChannelOrder::Bgr => self.put(at, [rgb[2], rgb[1], rgb[0]]),
            ChannelOrder::Grey => self.put_grey(at, rgb),
        }
    }

    #[inline(always)]
    fn put(&mut self, at: [usize; 2], channels: [&[f32]; 3]) {
        let [width, height] = self.spec.size;
        let start = at[1] * width + at[0];
        for (c, row) in channels.into_iter().enumerate() {
            match self.spec.layout {
                Layout::Nchw => self.put_plane(c * width * height + start, row),
                Layout::Nhwc => self.put_strided(3 * start + c, row),
            }
        }
    }

    #[inline(always)]
    fn put_plane(&mut self, start: usize, row: &[f32]) {
        let range = start..start + row.len();
        match &mut self.tensor {
            TensorMut::F32(values) => values[range].copy_from_slice(row),
            TensorMut::F16(values) => values[range].convert_from_f32_slice(row),
            TensorMut::U8(values) => {
                for (value, new) in values[range].iter_mut().zip(row) {
                    *value = byte(*new);
                }
            }
        }
    }

    #[inline(always)]
    fn put_strided(&mut self, start: usize, row: &[f32]) {
        match &mut self.tensor {
            TensorMut::F32(values) => strided(&mut values[start..], row, |new| new),
            TensorMut::F16(values) => strided(&mut values[start..], row, f16::from_f32),
            TensorMut::U8(values) => strided(&mut values[start..], row, byte),
        }
    }

    #[inline(always)]
    fn put_grey(&mut self, at: [usize; 2], rgb: [&[f32]; 3]) {
        let start = at[1] * self.spec.size[0] + at[0];
        let [red, green, blue] = rgb;
        let levels = red.iter().zip(green).zip(blue);
        let spec = self.spec;
        let normal = levels.map(|((red, green), blue)| normalised_grey(spec, grey([*red, *green, *blue])));
        match &mut self.tensor {
            TensorMut::F32(values) => set(&mut values[start..], normal, |new| new),
            TensorMut::F16(values) => set(&mut values[start..], normal, f16::from_f32),
            TensorMut::U8(values) => set(&mut values[start..], normal, byte),
        }
    }

    /// Fills what the image does not cover.
    pub(super) fn fill_margins(&mut self, mapping: &Mapping) {
        let [width, height] = self.spec.size;
        let (across, down) = (mapping.covered(0), mapping.covered(1));
        let margin = f32::from(self.spec.margin);
        let values = match self.spec.order {
            ChannelOrder::Grey => [normalised_grey(self.spec, margin); 3],
            _ => self
                .affine
                .map(|affine| affine.apply((f64::from(margin) * ONE_LEVEL) as i32)),
        };
        let values = match self.spec.order {
            ChannelOrder::Bgr => [values[2], values[1], values[0]],
            _ => values,
        };
        let channels = &values[..self.spec.order.len()];
        let mut fill = |pixels: std::ops::Range<usize>| match self.spec.layout {
            Layout::Nchw => {
                for (c, value) in channels.iter().enumerate() {
                    let start = c * width * height;
                    self.tensor.fill(start + pixels.start..start + pixels.end, &[*value]);
                }
            }
            Layout::Nhwc => self
                .tensor
                .fill(pixels.start * channels.len()..pixels.end * channels.len(), channels),
        };
        fill(0..down.start * width);
        fill(down.end * width..height * width);
        if across.len() < width {
            for y in down {
                fill(y * width..y * width + across.start);
                fill(y * width + across.end..(y + 1) * width);
            }
        }
    }
}

impl TensorMut<'_> {
    fn fill(&mut self, range: std::ops::Range<usize>, pattern: &[f32]) {
        let values = || pattern.iter().cycle().copied();
        match (self, pattern) {
            (Self::F32(tensor), [value]) => tensor[range].fill(*value),
            (Self::F32(tensor), _) => set(&mut tensor[range], values(), |new| new),
            (Self::F16(tensor), _) => set(&mut tensor[range], values(), f16::from_f32),
            (Self::U8(tensor), _) => set(&mut tensor[range], values(), byte),
        }
    }
}

fn grey([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

fn normalised_grey(spec: &InputSpec, level: f32) -> f32 {
    (level * spec.scale - spec.mean[0]) / spec.std[0]
}

/// Rounded, halves upwards, and held within a byte.
#[inline(always)]
fn byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[inline(always)]
fn set<T>(values: &mut [T], new: impl Iterator<Item = f32>, convert: impl Fn(f32) -> T) {
    for (value, new) in values.iter_mut().zip(new) {
        *value = convert(new);
    }
}

#[inline(always)]
fn strided<T>(values: &mut [T], row: &[f32], convert: impl Fn(f32) -> T) {
    for (value, new) in values.iter_mut().step_by(3).zip(row) {
        *value = convert(*new);
    }
}
