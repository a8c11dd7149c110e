//! Which of a model's inputs takes the image, and what it is to hold.

use std::path::Path;

use half::f16;
use sinew_models::network::{Element, LoadedNetwork, TensorSpec, ValuesMut};

use super::ModelError;
use crate::metadata::ModelMetadata;
use crate::preprocess::Layout;

/// What an input beside the image is to hold, so that boxes come in pixels of the image's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuxiliaryInput {
    /// Which pixels are the image's: all.
    Mask,
    /// Width and height that boxes are scaled to.
    Target,
    /// Height and width of the input.
    Shape,
    /// What the image was scaled by, down and across: boxes are divided by it.
    Scale,
}

/// By the names that exporters give them: of transformers; of RT-DETR, D-FINE and their kin; of Paddle.
const KNOWN: [(&str, AuxiliaryInput); 4] = [
    ("pixel_mask", AuxiliaryInput::Mask),
    ("orig_target_sizes", AuxiliaryInput::Target),
    ("im_shape", AuxiliaryInput::Shape),
    ("scale_factor", AuxiliaryInput::Scale),
];

impl AuxiliaryInput {
    fn of(input: &TensorSpec) -> Option<Self> {
        let (_, role) = KNOWN.into_iter().find(|(name, _)| *name == input.name)?;
        let fits = match role {
            Self::Mask => true,
            _ => matches!(input.dims[..], [_, 2 | -1]),
        };
        fits.then_some(role)
    }

    /// Writes what it is to hold, for each image of the batch.
    pub(super) fn fill(self, values: Option<ValuesMut<'_>>, [width, height]: [usize; 2]) {
        let pair = match self {
            Self::Mask | Self::Scale => [1, 1],
            Self::Target => [width, height],
            Self::Shape => [height, width],
        };
        let numbers = || pair.into_iter().cycle();
        match values {
            Some(ValuesMut::F32(values)) => values.iter_mut().zip(numbers()).for_each(|(v, n)| *v = n as f32),
            Some(ValuesMut::F16(values)) => {
                values
                    .iter_mut()
                    .zip(numbers())
                    .for_each(|(v, n)| *v = f16::from_f32(n as f32));
            }
            Some(ValuesMut::U8(values)) => values.iter_mut().zip(numbers()).for_each(|(v, n)| *v = n as u8),
            Some(ValuesMut::I32(values)) => values.iter_mut().zip(numbers()).for_each(|(v, n)| *v = n as i32),
            Some(ValuesMut::I64(values)) => values.iter_mut().zip(numbers()).for_each(|(v, n)| *v = n as i64),
            None => {}
        }
    }
}

/// The input that takes the image, and the shapes of all inputs.
pub(super) struct ImageInput {
    pub(super) index: usize,
    /// The inputs beside the image, and what each is to hold.
    pub(super) auxiliary: Vec<(usize, AuxiliaryInput)>,
    /// Width and height, pixels.
    pub(super) size: [usize; 2],
    pub(super) layout: Layout,
    pub(super) channels: usize,
    pub(super) element: Element,
    pub(super) shapes: Vec<Vec<i64>>,
}

impl ImageInput {
    pub(super) fn find(
        file: &Path,
        network: &LoadedNetwork,
        metadata: &ModelMetadata,
        asked: Option<[usize; 2]>,
        batch: usize,
    ) -> Result<Self, ModelError> {
        let inputs = network.inputs();
        let unfit = || ModelError::Input {
            file: file.to_owned(),
            found: inputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        };
        let is_image = |input: &TensorSpec| {
            input.dims.len() == 4 && matches!(input.element, Element::F32 | Element::F16 | Element::U8)
        };
        let index = inputs.iter().position(is_image).ok_or_else(unfit)?;
        let mut auxiliary = Vec::new();
        let mut unknown = Vec::new();
        for (i, input) in inputs.iter().enumerate().filter(|(i, _)| *i != index) {
            match AuxiliaryInput::of(input) {
                Some(known) => auxiliary.push((i, known)),
                None => unknown.push(input.to_string()),
            }
        }
        if !unknown.is_empty() {
            return Err(ModelError::AuxiliaryInputs {
                file: file.to_owned(),
                found: unknown.join(", "),
                known: KNOWN.map(|(name, _)| format!("`{name}`")).join(", "),
            });
        }
        let input = &inputs[index];
        let (layout, channels, [height, width]) = match input.dims[..] {
            [_, channels @ (1 | 3), height, width] => (Layout::Nchw, channels, [height, width]),
            [_, height, width, channels @ (1 | 3)] => (Layout::Nhwc, channels, [height, width]),
            [_, -1, height, width] => (Layout::Nchw, 3, [height, width]),
            _ => return Err(unfit()),
        };
        let takes = match input.dims[0] {
            own @ 1.. if own as usize != batch => Some(own.to_string()),
            _ if batch == 0 => Some("1 or more".to_owned()),
            _ => None,
        };
        if let Some(takes) = takes {
            return Err(ModelError::Batch {
                file: file.to_owned(),
                input: input.to_string(),
                takes,
                asked: batch,
            });
        }
        let given = asked.or(metadata.size);
        let side = |own: i64, axis: usize| match own {
            1.. => Ok(own as usize),
            _ => given.map(|size| size[axis]).ok_or_else(|| ModelError::NoSize {
                file: file.to_owned(),
                input: input.to_string(),
            }),
        };
        let size = [side(width, 0)?, side(height, 1)?];
        if let Some(asked) = asked.filter(|asked| *asked != size) {
            return Err(ModelError::Size {
                file: file.to_owned(),
                input: input.to_string(),
                asked,
            });
        }
        let [width, height] = size.map(|side| side as i64);
        let batch = i64::try_from(batch).unwrap_or(i64::MAX);
        let image_shape = match layout {
            Layout::Nchw => vec![batch, channels, height, width],
            Layout::Nhwc => vec![batch, height, width, channels],
        };
        let auxiliary_shape = |spec: &TensorSpec| {
            let usual = match AuxiliaryInput::of(spec) {
                Some(AuxiliaryInput::Mask) => vec![batch, height, width],
                _ => vec![batch, 2],
            };
            let dims = spec.dims.iter().zip(usual);
            dims.map(|(dim, usual)| if *dim > 0 { *dim } else { usual }).collect()
        };
        let shape = |(i, spec)| {
            if i == index {
                image_shape.clone()
            } else {
                auxiliary_shape(spec)
            }
        };
        Ok(Self {
            index,
            auxiliary,
            size,
            layout,
            channels: channels as usize,
            element: input.element,
            shapes: inputs.iter().enumerate().map(shape).collect(),
        })
    }

    /// Whether it asks for the scale of the image, as Paddle's detectors do.
    pub(super) fn is_scaled(&self) -> bool {
        self.auxiliary.iter().any(|(_, role)| *role == AuxiliaryInput::Scale)
    }
}
