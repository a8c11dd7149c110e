//! From an image in any encoding to the network's input tensor, in one pass: colours, size, normalisation,
//! layout and number format. Tables are made once per image size; a frame allocates nothing.
//!
//! ```
//! use sinew_perception::image::{Encoding, ImageView};
//! use sinew_perception::preprocess::{InputSpec, Preprocessor, TensorMut};
//!
//! let pixels = vec![200; 3 * 64 * 48];
//! let image = ImageView::new(Encoding::Bgr8, [64, 48], 3 * 64, false, &pixels)?;
//! let mut preprocessor = Preprocessor::new(InputSpec::yolo([32, 32]));
//! let mut tensor = vec![0.0; preprocessor.spec().len()];
//! let mapping = preprocessor.run(&image, TensorMut::F32(&mut tensor))?;
//! assert_eq!(mapping.resized, [32, 24]);
//! assert_eq!(mapping.to_source([16.0, 16.0]), [32.0, 24.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx2;
mod fit;
mod kernel;
mod spec;
mod store;

use thiserror::Error;

use crate::image::{Encoding, ImageView, Rows};
use kernel::{Affine, CHANNELS, Columns, RowTap, mix_rows};
use store::Target;

pub use fit::{Fit, Mapping};
pub use spec::{ChannelOrder, InputSpec, Layout};
pub use store::TensorMut;

/// Why an image cannot become the network's input.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PreprocessError {
    /// The image is one of distances.
    #[error("expected an image with colours or greys, found one of depth ({encoding})")]
    Depth {
        /// How its pixels lie in memory.
        encoding: Encoding,
    },
    /// The tensor is not the one that was specified.
    #[error("the network's input: expected {expected} values, found {found}")]
    Tensor {
        /// As specified.
        expected: usize,
        /// As given.
        found: usize,
    },
}

/// Turns images into tensors.
#[derive(Debug)]
pub struct Preprocessor {
    spec: InputSpec,
    plan: Option<Plan>,
}

/// All that depends on the image's size.
#[derive(Debug)]
struct Plan {
    mapping: Mapping,
    columns: Columns,
    #[cfg(target_arch = "x86_64")]
    blocks: Option<avx2::Blocks>,
    row_taps: Vec<RowTap>,
    rows: Rows,
    /// The mix of two rows, before its pixels are mixed.
    between: Vec<i16>,
    /// Three rows of the tensor, for targets that cannot be written directly.
    scratch: Vec<f32>,
}

impl Plan {
    fn new(spec: &InputSpec, source: [usize; 2], pixel: usize) -> Self {
        let mapping = Mapping::of(spec, source);
        let columns = Columns::new(&mapping, pixel);
        Self {
            row_taps: mapping.taps(1).map(RowTap::new).collect(),
            rows: Rows::new(source[0]),
            between: vec![0; columns.reach(pixel + CHANNELS)],
            scratch: vec![0.0; 3 * columns.len()],
            #[cfg(target_arch = "x86_64")]
            blocks: avx2::Blocks::new(&columns),
            mapping,
            columns,
        }
    }
}

/// What one pass works on.
struct Frame<'a, 'i> {
    image: &'a ImageView<'i>,
    rows: &'a mut Rows,
    row_taps: &'a [RowTap],
    /// Left and top of what the image covers of the tensor.
    start: [usize; 2],
    scratch: &'a mut [f32],
    target: &'a mut Target<'a>,
    /// For the source's first, second and third channel.
    affine: [Affine; 3],
}

impl Preprocessor {
    /// For an input that is as specified.
    pub fn new(spec: InputSpec) -> Self {
        Self { spec, plan: None }
    }

    /// What the tensor is like.
    pub fn spec(&self) -> &InputSpec {
        &self.spec
    }

    /// Fills the tensor with the image, and says where in it the image lies. Allocates only when the image has
    /// another size or pixel width than the last one.
    ///
    /// # Errors
    /// For images of depth, and for a tensor of another length than [`InputSpec::len`].
    pub fn run(&mut self, image: &ImageView<'_>, tensor: TensorMut<'_>) -> Result<Mapping, PreprocessError> {
        self.run_with(image, tensor, None, true)
    }

    /// [`run`](Self::run) into a tensor that still holds what the run that gave `last` has written: margins that
    /// are the same are not written again.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_over(
        &mut self,
        image: &ImageView<'_>,
        tensor: TensorMut<'_>,
        last: Option<&Mapping>,
    ) -> Result<Mapping, PreprocessError> {
        self.run_with(image, tensor, last, true)
    }

    /// [`run`](Self::run) without vector instructions, for comparison: gives the same bits.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_portably(&mut self, image: &ImageView<'_>, tensor: TensorMut<'_>) -> Result<Mapping, PreprocessError> {
        self.run_with(image, tensor, None, false)
    }

    fn run_with(
        &mut self,
        image: &ImageView<'_>,
        tensor: TensorMut<'_>,
        last: Option<&Mapping>,
        vectors: bool,
    ) -> Result<Mapping, PreprocessError> {
        let encoding = image.encoding();
        if encoding.is_depth() {
            return Err(PreprocessError::Depth { encoding });
        }
        if tensor.len() != self.spec.len() {
            return Err(PreprocessError::Tensor {
                expected: self.spec.len(),
                found: tensor.len(),
            });
        }
        let source = [image.width(), image.height()];
        let pixel = Rows::pixel(encoding);
        let fits = |plan: &Plan| plan.mapping.source == source && plan.columns.pixel() == pixel;
        let plan = match self.plan.take().filter(fits) {
            Some(plan) => self.plan.insert(plan),
            None => self.plan.insert(Plan::new(&self.spec, source, pixel)),
        };
        plan.rows.clear();
        let source_is_bgr = matches!(encoding, Encoding::Bgr8 | Encoding::Bgra8);
        let mapping = plan.mapping;
        let mut target = Target::new(&self.spec, tensor, source_is_bgr);
        if last != Some(&mapping) {
            target.fill_margins(&mapping);
        }
        let frame = Frame {
            image,
            rows: &mut plan.rows,
            row_taps: &plan.row_taps,
            start: [0, 1].map(|axis| mapping.covered(axis).start),
            scratch: &mut plan.scratch,
            affine: target.affine(),
            target: &mut target,
        };
        #[cfg(target_arch = "x86_64")]
        if let Some(blocks) = plan.blocks.as_ref().filter(|_| vectors) {
            avx2::fill_frame_avx2(frame, blocks);
            return Ok(mapping);
        }
        let _ = vectors;
        let (columns, between) = (&plan.columns, &mut plan.between);
        fill_frame(frame, |rows, weight, affine, out| {
            mix_rows(rows, weight, columns, affine, between, out);
        });
        Ok(mapping)
    }
}

/// Every covered row of the tensor. `mix` turns two source rows into one of the tensor.
#[inline(always)]
fn fill_frame(frame: Frame<'_, '_>, mut mix: impl FnMut([&[u8]; 2], i16, &[Affine; 3], &mut [&mut [f32]; 3])) {
    let Frame {
        image,
        rows,
        row_taps,
        start: [left, top],
        scratch,
        target,
        affine,
    } = frame;
    let width = scratch.len() / 3;
    for (i, tap) in row_taps.iter().enumerate() {
        let pair = rows.pair(image, tap.rows);
        let at = [left, top + i];
        if let Some(mut out) = target.direct_rows(at, width) {
            mix(pair, tap.weight, &affine, &mut out);
            continue;
        }
        let (first, rest) = scratch.split_at_mut(width);
        let (second, third) = rest.split_at_mut(width);
        let mut out = [first, second, third];
        mix(pair, tap.weight, &affine, &mut out);
        target.store_row(at, out.map(|row| &*row));
    }
}
