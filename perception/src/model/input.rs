//! Which of a model's inputs takes the image, and what it is to hold.

use std::path::Path;

use sinew_models::network::{Element, LoadedNetwork, TensorSpec};

use super::{ModelError, ModelOptions, Normalise};
use crate::heads::Head;
use crate::metadata::ModelMetadata;
use crate::preprocess::{ChannelOrder, Fit, InputSpec, Layout};

/// The input that takes the image, and the shapes of all inputs.
pub(super) struct ImageInput {
    pub(super) index: usize,
    /// The input that says which pixels are the image's.
    pub(super) mask: Option<usize>,
    size: [usize; 2],
    layout: Layout,
    channels: usize,
    element: Element,
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
        let mask = inputs.iter().position(|input| input.name == "pixel_mask");
        if inputs.len() != 1 + usize::from(mask.is_some()) {
            return Err(unfit());
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
        let mask_shape = |spec: &TensorSpec| {
            let usual = [batch, height, width];
            let dims = spec.dims.iter().zip(usual);
            dims.map(|(dim, usual)| if *dim > 0 { *dim } else { usual }).collect()
        };
        let shape = |(i, spec)| {
            if i == index {
                image_shape.clone()
            } else {
                mask_shape(spec)
            }
        };
        Ok(Self {
            index,
            mask,
            size,
            layout,
            channels: channels as usize,
            element: input.element,
            shapes: inputs.iter().enumerate().map(shape).collect(),
        })
    }

    /// What is usual for a head, where nothing else is asked for.
    pub(super) fn spec(&self, head: Head, metadata: &ModelMetadata, options: &ModelOptions) -> InputSpec {
        let (usual_fit, usual_normalise) = match head {
            Head::YoloV5 | Head::YoloV8 | Head::YoloV10 => (Fit::Letterbox, Normalise::Unit),
            Head::RtDetr => (Fit::Stretch, Normalise::Unit),
            Head::Classify if metadata.is_ultralytics => (Fit::Crop, Normalise::Unit),
            Head::Segment if metadata.is_ultralytics => (Fit::Letterbox, Normalise::Unit),
            Head::Depth if metadata.is_ultralytics => (Fit::Stretch, Normalise::Unit),
            Head::Classify => (Fit::Crop, Normalise::Imagenet),
            Head::Detr | Head::Segment | Head::Depth => (Fit::Stretch, Normalise::Imagenet),
        };
        let usual_normalise = match self.element {
            Element::U8 => Normalise::None,
            _ => usual_normalise,
        };
        let mut spec = match options.normalise.unwrap_or(usual_normalise) {
            Normalise::Unit => InputSpec::yolo(self.size),
            Normalise::Imagenet => InputSpec::imagenet(self.size),
            Normalise::None => InputSpec {
                scale: 1.0,
                ..InputSpec::yolo(self.size)
            },
        };
        spec.fit = options.fit.unwrap_or(usual_fit);
        spec.layout = self.layout;
        if self.channels == 1 {
            spec.order = ChannelOrder::Grey;
        }
        spec
    }
}
