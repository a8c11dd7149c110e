//! A vision model, from image to what it sees.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use half::f16;
use half::slice::HalfFloatSliceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_models::network::{Element, LoadedNetwork, Network, NetworkError, Outputs, TensorSpec, Values, ValuesMut};
use sinew_models::providers::{ProviderOptions, Provision, SessionOptions};
use thiserror::Error;

use crate::heads::{Fitted, Head, Keep, NoHead, OutputData, OutputShape, OutputValues, Reader, Seen, ShapeChanged};
use crate::image::ImageView;
use crate::metadata::ModelMetadata;
use crate::preprocess::{ChannelOrder, Fit, InputSpec, Layout, PreprocessError, Preprocessor, TensorMut};

/// Why a file does not become a vision model.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It cannot be run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Its inputs are not one image.
    #[error("{}: expected one image as input, such as f32 [1, 3, 640, 640], found {found}", .file.display())]
    Input {
        /// The model's file.
        file: PathBuf,
        /// All inputs.
        found: String,
    },
    /// Its input can have any size, and nothing says which.
    #[error("{}: the input {input} can have any size: give one, such as 640x640", .file.display())]
    NoSize {
        /// The model's file.
        file: PathBuf,
        /// The input.
        input: String,
    },
    /// Its input has a size of its own.
    #[error("{}: the input {input} has a size of its own, found {}×{} asked for", .file.display(), .asked[0], .asked[1])]
    Size {
        /// The model's file.
        file: PathBuf,
        /// The input.
        input: String,
        /// Width and height, pixels.
        asked: [usize; 2],
    },
    /// Its outputs mean nothing that is known.
    #[error("{}: {source}", .file.display())]
    NoHead {
        /// The model's file.
        file: PathBuf,
        /// Why.
        source: NoHead,
    },
}

/// Why an image was not perceived.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PerceiveError {
    /// The model failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The image cannot become the model's input.
    #[error(transparent)]
    Image(#[from] PreprocessError),
    /// The model's outputs have changed their shape.
    #[error(transparent)]
    Outputs(#[from] ShapeChanged),
}

/// How levels of 0 to 255 become the model's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Normalise {
    /// To 0 to 1.
    Unit,
    /// To 0 to 1, less ImageNet's mean, by its standard deviation.
    Imagenet,
    /// Not at all: the model does it.
    None,
}

/// How a model is used. What is left out is what the model says of itself, or what is usual for its head.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelOptions {
    /// How outputs are read.
    pub head: Option<Head>,
    /// Class names.
    pub names: Option<Vec<String>>,
    /// Width and height of the input, pixels.
    pub size: Option<[usize; 2]>,
    /// How images are brought to that size.
    pub fit: Option<Fit>,
    /// How levels become numbers.
    pub normalise: Option<Normalise>,
    /// What is kept of what is seen.
    pub keep: Keep,
    /// Threads of one operator; 0 for one per core.
    pub threads: usize,
    /// On what it runs.
    pub providers: ProviderOptions,
}

/// A model that sees.
#[derive(Debug)]
pub struct Model {
    network: Network,
    image_input: usize,
    preprocessor: Preprocessor,
    reader: Reader,
    names: Vec<String>,
}

impl Model {
    /// Loads a model, runs it once, and finds the head that fits its outputs.
    ///
    /// # Errors
    /// Where it cannot be run, takes no image, or gives what no head takes.
    pub fn load(path: &Path, options: &ModelOptions) -> Result<Self, ModelError> {
        let session = SessionOptions {
            intra_threads: options.threads,
            providers: options.providers.clone(),
        };
        let network = Network::load(path, &session)?;
        let mut metadata = ModelMetadata::read(network.metadata());
        if let Some(names) = &options.names {
            metadata.names.clone_from(names);
        }
        let input = ImageInput::find(path, &network, &metadata, options.size)?;
        let output_names: Vec<_> = network.outputs().iter().map(|output| output.name.clone()).collect();
        let mut network = network.bind(&input.shapes)?;
        if let Some(mask) = input.mask {
            fill_with_ones(network.input_mut(mask));
        }
        let shapes = shapes(&network.run()?, &output_names);
        let fitted = Fitted::choose(&shapes, &metadata, options.head).map_err(|source| ModelError::NoHead {
            file: path.to_owned(),
            source,
        })?;
        let spec = input.spec(fitted.head, &metadata, options);
        Ok(Self {
            network,
            image_input: input.index,
            preprocessor: Preprocessor::new(spec),
            reader: Reader::new(fitted, options.keep),
            names: metadata.names,
        })
    }

    /// How outputs are read.
    pub fn head(&self) -> Head {
        self.reader.fitted().head
    }

    /// What the input is like.
    pub fn input(&self) -> &InputSpec {
        self.preprocessor.spec()
    }

    /// On what it runs, and what did not work before.
    pub fn provision(&self) -> &Provision {
        self.network.provision()
    }

    /// Class names by number; fewer than classes where they are not known.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Replaces `seen` with what is in the image, in its pixels, and gives the number of boxes, classes or pixels
    /// that were dropped because the model gave no numbers for them.
    ///
    /// # Errors
    /// Where the image is one of depth, or the model fails.
    pub fn perceive(&mut self, image: &ImageView<'_>, seen: &mut Seen) -> Result<usize, PerceiveError> {
        let tensor = match self.network.input_mut(self.image_input) {
            Some(ValuesMut::F32(values)) => TensorMut::F32(values),
            Some(ValuesMut::F16(values)) => TensorMut::F16(values),
            Some(ValuesMut::U8(values)) => TensorMut::U8(values),
            // `ImageInput::find` takes no other.
            _ => TensorMut::U8(&mut []),
        };
        let mapping = self.preprocessor.run(image, tensor)?;
        let outputs = self.network.run()?;
        let mut dims: [[usize; 4]; MAX_OUTPUTS] = Default::default();
        let mut count = 0;
        let mut ranks = [0; MAX_OUTPUTS];
        while count < MAX_OUTPUTS
            && let Some(output) = outputs.get(count)
        {
            ranks[count] = output.dims.len().min(4);
            for (dim, found) in dims[count].iter_mut().zip(output.dims) {
                *dim = usize::try_from(*found).unwrap_or(0);
            }
            count += 1;
        }
        let data: Vec<_> = (0..count)
            .filter_map(|i| {
                Some(OutputData {
                    dims: &dims[i][..ranks[i]],
                    values: values(outputs.get(i)?.values),
                })
            })
            .collect();
        Ok(self.reader.read(&data, &mapping, seen)?)
    }
}

/// Outputs that are looked at: masks and auxiliary ones come last.
const MAX_OUTPUTS: usize = 8;

fn values(values: Values<'_>) -> OutputValues<'_> {
    let integers = |values: Vec<i64>| OutputValues::Integer(Cow::Owned(values));
    match values {
        Values::F32(values) => OutputValues::Float(Cow::Borrowed(values)),
        Values::F16(values) => OutputValues::Float(Cow::Owned(values.to_f32_vec())),
        Values::I64(values) => OutputValues::Integer(Cow::Borrowed(values)),
        Values::I32(values) => integers(values.iter().map(|value| i64::from(*value)).collect()),
        Values::U8(values) => integers(values.iter().map(|value| i64::from(*value)).collect()),
    }
}

fn shapes(outputs: &Outputs<'_>, names: &[String]) -> Vec<OutputShape> {
    let shape = |(i, name): (usize, &String)| {
        let output = outputs.get(i)?;
        Some(OutputShape {
            name: name.clone(),
            dims: output
                .dims
                .iter()
                .map(|dim| usize::try_from(*dim).unwrap_or(0))
                .collect(),
            is_float: matches!(output.values, Values::F32(_) | Values::F16(_)),
        })
    };
    names.iter().enumerate().map_while(shape).collect()
}

fn fill_with_ones(values: Option<ValuesMut<'_>>) {
    match values {
        Some(ValuesMut::F32(values)) => values.fill(1.0),
        Some(ValuesMut::F16(values)) => values.fill(f16::ONE),
        Some(ValuesMut::U8(values)) => values.fill(1),
        Some(ValuesMut::I32(values)) => values.fill(1),
        Some(ValuesMut::I64(values)) => values.fill(1),
        None => {}
    }
}

/// The input that takes the image, and the shapes of all inputs.
struct ImageInput {
    index: usize,
    /// The input that says which pixels are the image's.
    mask: Option<usize>,
    size: [usize; 2],
    layout: Layout,
    channels: usize,
    element: Element,
    shapes: Vec<Vec<i64>>,
}

impl ImageInput {
    fn find(
        file: &Path,
        network: &LoadedNetwork,
        metadata: &ModelMetadata,
        asked: Option<[usize; 2]>,
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
        if input.dims[0] > 1 {
            return Err(unfit());
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
        let image_shape = match layout {
            Layout::Nchw => vec![1, channels, height, width],
            Layout::Nhwc => vec![1, height, width, channels],
        };
        let mask_shape = |spec: &TensorSpec| {
            let usual = [1, height, width];
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
    fn spec(&self, head: Head, metadata: &ModelMetadata, options: &ModelOptions) -> InputSpec {
        let (usual_fit, usual_normalise) = match head {
            Head::YoloV5 | Head::YoloV8 | Head::YoloV10 => (Fit::Letterbox, Normalise::Unit),
            Head::RtDetr => (Fit::Stretch, Normalise::Unit),
            Head::Classify if metadata.is_ultralytics => (Fit::Crop, Normalise::Unit),
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
