//! A vision model, from image to what it sees.

mod input;

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::slice;

use half::f16;
use half::slice::HalfFloatSliceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_models::network::{LoadedNetwork, Network, NetworkError, Outputs, Values, ValuesMut};
use sinew_models::providers::{ProviderOptions, Provision, SessionOptions};
use thiserror::Error;

use crate::heads::{Fitted, Head, Keep, NoHead, OutputData, OutputShape, OutputValues, Reader, Seen, ShapeChanged};
use crate::image::ImageView;
use crate::metadata::ModelMetadata;
use crate::preprocess::{Fit, InputSpec, Mapping, PreprocessError, Preprocessor, TensorMut};
use input::ImageInput;

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
    /// It takes another number of images.
    #[error(
        "{}: the input {input} takes a batch of {takes}, found {asked} asked for; a model with an open batch takes any",
        .file.display()
    )]
    Batch {
        /// The model's file.
        file: PathBuf,
        /// The input.
        input: String,
        /// What it takes.
        takes: String,
        /// Images that were asked for.
        asked: usize,
    },
    /// What it gives for a batch cannot be told apart by image.
    #[error(
        "{}: the output {output}: expected {batch} as first dimension, one part for each image of the batch",
        .file.display()
    )]
    BatchOutput {
        /// The model's file.
        file: PathBuf,
        /// The output.
        output: OutputShape,
        /// Images in the batch.
        batch: usize,
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
    /// These are not the images of one batch.
    #[error("expected at most {batch} images and as many places for what is seen, found {images} and {seen}")]
    Batch {
        /// Images that the model was loaded for.
        batch: usize,
        /// Images given.
        images: usize,
        /// Places given.
        seen: usize,
    },
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
#[derive(Debug, Clone, PartialEq)]
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
    /// Images in one run, 1 or more: what the model was exported for, or any number where it leaves that open.
    pub batch: usize,
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self {
            head: None,
            names: None,
            size: None,
            fit: None,
            normalise: None,
            keep: Keep::default(),
            threads: 0,
            providers: ProviderOptions::default(),
            batch: 1,
        }
    }
}

/// A model that sees.
#[derive(Debug)]
pub struct Model {
    network: Network,
    image_input: usize,
    /// One for each image of a batch.
    places: Vec<Place>,
    reader: Reader,
    names: Vec<String>,
}

/// A place in the batch. It keeps what depends on the size of its images: cameras may differ in it.
#[derive(Debug)]
struct Place {
    preprocessor: Preprocessor,
    /// Where the image that it holds lies in the input.
    mapping: Option<Mapping>,
}

impl Model {
    /// Loads a model, runs it until it is as fast as ever, and finds the head that fits its outputs.
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
        let input = ImageInput::find(path, &network, &metadata, options.size, options.batch)?;
        let output_names: Vec<_> = network.outputs().iter().map(|output| output.name.clone()).collect();
        let mut network = network.bind(&input.shapes)?;
        if let Some(mask) = input.mask {
            fill_with_ones(network.input_mut(mask));
        }
        let mut shapes = shapes(&network.run()?, &output_names);
        for shape in shapes.iter_mut().filter(|_| options.batch > 1) {
            match shape.dims.first_mut() {
                Some(images) if *images == options.batch => *images = 1,
                _ => {
                    return Err(ModelError::BatchOutput {
                        file: path.to_owned(),
                        output: shape.clone(),
                        batch: options.batch,
                    });
                }
            }
        }
        let fitted = Fitted::choose(&shapes, &metadata, options.head).map_err(|source| ModelError::NoHead {
            file: path.to_owned(),
            source,
        })?;
        let spec = input.spec(fitted.head, &metadata, options);
        Ok(Self {
            network,
            image_input: input.index,
            places: (0..options.batch)
                .map(|_| Place {
                    preprocessor: Preprocessor::new(spec.clone()),
                    mapping: None,
                })
                .collect(),
            reader: Reader::new(fitted, options.keep),
            names: metadata.names,
        })
    }

    /// The shapes that the inputs of a vision model have under these options.
    ///
    /// # Errors
    /// Where the model takes no image, or not as the options say.
    pub fn input_shapes(
        path: &Path,
        network: &LoadedNetwork,
        options: &ModelOptions,
    ) -> Result<Vec<Vec<i64>>, ModelError> {
        let metadata = ModelMetadata::read(network.metadata());
        Ok(ImageInput::find(path, network, &metadata, options.size, options.batch)?.shapes)
    }

    /// How outputs are read.
    pub fn head(&self) -> Head {
        self.reader.fitted().head
    }

    /// What the input is like.
    pub fn input(&self) -> &InputSpec {
        self.places[0].preprocessor.spec()
    }

    /// Images that it takes in one run.
    pub fn batch(&self) -> usize {
        self.places.len()
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
    /// Makes no Rust allocation once it has seen an image of this size, unless outputs are of a number format that
    /// has to be converted: float16, or integers of other than 64 bits.
    ///
    /// # Errors
    /// Where the image is one of depth, or the model fails.
    pub fn perceive(&mut self, image: &ImageView<'_>, seen: &mut Seen) -> Result<usize, PerceiveError> {
        self.perceive_batch(slice::from_ref(image), slice::from_mut(seen))
    }

    /// The same for several images, of whatever sizes, in one run: those of several cameras. Fewer than
    /// [`batch`](Self::batch) may be given; the run takes as long. Images of one camera belong in the same place
    /// every time: a place that gets another size of image makes its tables anew.
    ///
    /// # Errors
    /// Where there are more images than the batch has, not as many `seen` as images, or as for
    /// [`perceive`](Self::perceive), for any of them.
    pub fn perceive_batch(&mut self, images: &[ImageView<'_>], seen: &mut [Seen]) -> Result<usize, PerceiveError> {
        let batch = self.places.len();
        if images.len() > batch || images.len() != seen.len() {
            return Err(PerceiveError::Batch {
                batch,
                images: images.len(),
                seen: seen.len(),
            });
        }
        if images.is_empty() {
            return Ok(0);
        }
        for (i, (image, place)) in images.iter().zip(&mut self.places).enumerate() {
            let len = place.preprocessor.spec().len();
            let tensor = part_mut(self.network.input_mut(self.image_input), i * len..(i + 1) * len);
            place.mapping = Some(place.preprocessor.run_over(image, tensor, place.mapping.as_ref())?);
        }
        let outputs = self.network.run()?;
        let mut dropped = 0;
        for (i, (place, seen)) in self.places.iter().zip(seen).enumerate() {
            let Some(mapping) = &place.mapping else { continue };
            let mut dims: [[usize; 4]; MAX_OUTPUTS] = Default::default();
            let mut data = [const { OutputData::EMPTY }; MAX_OUTPUTS];
            let mut count = 0;
            for ((data, dims), output) in data.iter_mut().zip(&mut dims).zip((0..).map_while(|i| outputs.get(i))) {
                let rank = output.dims.len().min(4);
                for (dim, found) in dims.iter_mut().zip(output.dims) {
                    *dim = usize::try_from(*found).unwrap_or(0);
                }
                if batch > 1 && dims[0] == batch {
                    dims[0] = 1;
                }
                *data = OutputData {
                    dims: &dims[..rank],
                    values: part(output.values, i, batch),
                };
                count += 1;
            }
            dropped += self.reader.read(&data[..count], mapping, seen)?;
        }
        Ok(dropped)
    }
}

/// Outputs that are looked at: masks and auxiliary ones come last.
const MAX_OUTPUTS: usize = 8;

/// An image's part of the input.
fn part_mut(values: Option<ValuesMut<'_>>, range: Range<usize>) -> TensorMut<'_> {
    match values {
        Some(ValuesMut::F32(values)) => TensorMut::F32(values.get_mut(range).unwrap_or_default()),
        Some(ValuesMut::F16(values)) => TensorMut::F16(values.get_mut(range).unwrap_or_default()),
        Some(ValuesMut::U8(values)) => TensorMut::U8(values.get_mut(range).unwrap_or_default()),
        // `ImageInput::find` takes no other.
        _ => TensorMut::U8(&mut []),
    }
}

/// What is image `i`'s of an output of `batch` images.
fn part(values: Values<'_>, i: usize, batch: usize) -> OutputValues<'_> {
    fn of<T>(values: &[T], i: usize, batch: usize) -> &[T] {
        let len = values.len() / batch;
        &values[i * len..(i + 1) * len]
    }
    let integers = |values: Vec<i64>| OutputValues::Integer(Cow::Owned(values));
    match values {
        Values::F32(values) => OutputValues::Float(Cow::Borrowed(of(values, i, batch))),
        Values::F16(values) => OutputValues::Float(Cow::Owned(of(values, i, batch).to_f32_vec())),
        Values::I64(values) => OutputValues::Integer(Cow::Borrowed(of(values, i, batch))),
        Values::I32(values) => integers(of(values, i, batch).iter().map(|value| i64::from(*value)).collect()),
        Values::U8(values) => integers(of(values, i, batch).iter().map(|value| i64::from(*value)).collect()),
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
