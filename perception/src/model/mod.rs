//! A vision model, from image to what it sees.

mod error;
mod input;
mod levels;
mod options;

use std::borrow::Cow;
use std::ops::Range;
use std::slice;

use half::f16;
use half::slice::HalfFloatSliceExt;
use sinew_models::ModelFile;
use sinew_models::network::{LoadedNetwork, Network, Outputs, Values, ValuesMut};
use sinew_models::providers::{Provision, SessionOptions};

use crate::heads::{Facts, Fitted, Head, Oddities, Oddity, OutputData, OutputShape, OutputValues, Prediction, Reader};
use crate::image::ImageView;
use crate::metadata::ModelMetadata;
use crate::preprocess::{InputSpec, Mapping, Preprocessor, TensorMut};
pub use error::{ModelError, PerceiveError};
use input::ImageInput;
pub use options::{ColourOrder, ModelOptions, Normalise};

/// A model that sees.
#[derive(Debug)]
pub struct Model {
    network: Network,
    image_input: usize,
    /// One for each image of a batch.
    places: Vec<Place>,
    reader: Reader,
    names: Vec<String>,
    /// How many outputs it has.
    outputs: usize,
    doubts: Vec<String>,
    oddities: Oddities,
}

/// A place in the batch. It keeps what depends on the size of its images: cameras may differ in it.
#[derive(Debug)]
struct Place {
    preprocessor: Preprocessor,
    /// Where the image that it holds lies in the input.
    mapping: Option<Mapping>,
}

impl Model {
    /// Makes a vision model of a file, runs it until it is as fast as ever, and finds the head that fits its outputs.
    ///
    /// # Errors
    /// Where it cannot be run, takes no image, or gives what no head takes.
    pub fn load(file: &ModelFile, options: &ModelOptions) -> Result<Self, ModelError> {
        let path = file.path();
        let session = SessionOptions {
            intra_threads: options.threads,
            providers: options.providers.clone(),
            run_limit: options.run_limit,
        };
        let network = Network::load(file, &session)?;
        let mut metadata = ModelMetadata::read(network.metadata());
        if let Some(names) = &options.names {
            metadata.names.clone_from(names);
        }
        let input = ImageInput::find(path, &network, &metadata, options.size, options.batch)?;
        let named: Vec<_> = (network.outputs().iter())
            .map(|output| (output.name.clone(), network.operator(&output.name).to_owned()))
            .collect();
        let mut network = network.bind(&input.shapes)?;
        for (index, role) in &input.auxiliary {
            role.fill(network.input_mut(*index), input.size);
        }
        fill_with_levels(network.input_mut(input.index), options.batch);
        let mut outputs = shapes(&network.run()?, named, options.batch);
        for shape in outputs.iter_mut().filter(|_| options.batch > 1) {
            match shape.dims.first_mut() {
                Some(images) if *images == options.batch => *images = 1,
                _ => {
                    return Err(ModelError::BatchOutput {
                        file: path.to_owned(),
                        output: shape.to_string(),
                        batch: options.batch,
                    });
                }
            }
        }
        let facts = Facts {
            outputs,
            metadata,
            input: input.size,
            has_sizes: input.is_scaled(),
        };
        let fitted = Fitted::choose(&facts, &options.reading).map_err(|cause| ModelError::NoHead {
            file: path.to_owned(),
            cause,
        })?;
        let spec = input.spec(path, &fitted, &facts, options)?;
        Ok(Self {
            network,
            image_input: input.index,
            outputs: facts.outputs.len(),
            doubts: doubts(&fitted, &facts.outputs),
            places: (0..options.batch)
                .map(|_| Place {
                    preprocessor: Preprocessor::new(spec.clone()),
                    mapping: None,
                })
                .collect(),
            reader: Reader::new(fitted, options.keep).with_anchors(options.reading.anchors.clone()),
            oddities: Oddities::default(),
            names: facts.metadata.names,
        })
    }

    /// The shapes that the inputs of a vision model have under these options.
    ///
    /// # Errors
    /// Where the model takes no image, or not as the options say.
    pub fn input_shapes(
        file: &ModelFile,
        network: &LoadedNetwork,
        options: &ModelOptions,
    ) -> Result<Vec<Vec<i64>>, ModelError> {
        let metadata = ModelMetadata::read(network.metadata());
        Ok(ImageInput::find(file.path(), network, &metadata, options.size, options.batch)?.shapes)
    }

    /// How outputs are read.
    pub fn head(&self) -> Head {
        self.reader.fitted().head
    }

    /// What makes one doubt that the model is used as it was meant, as soon as it is loaded: outputs that nobody
    /// reads, scores that are no probabilities.
    pub fn doubts(&self) -> &[String] {
        &self.doubts
    }

    /// What was odd about what it saw last.
    pub fn oddities(&self) -> Oddities {
        self.oddities
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
    pub fn perceive(&mut self, image: &ImageView<'_>, seen: &mut Prediction) -> Result<usize, PerceiveError> {
        self.perceive_batch(slice::from_ref(image), slice::from_mut(seen))
    }

    /// The same for several images, of whatever sizes, in one run: those of several cameras. Fewer than
    /// [`batch`](Self::batch) may be given; the run takes as long. Images of one camera belong in the same place
    /// every time: a place that gets another size of image makes its tables anew.
    ///
    /// # Errors
    /// Where there are more images than the batch has, not as many `seen` as images, or as for
    /// [`perceive`](Self::perceive), for any of them.
    pub fn perceive_batch(
        &mut self,
        images: &[ImageView<'_>],
        seen: &mut [Prediction],
    ) -> Result<usize, PerceiveError> {
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
        self.oddities = Oddities::default();
        for (i, (place, seen)) in self.places.iter().zip(seen).enumerate() {
            let Some(mapping) = &place.mapping else { continue };
            let mut dims = [[0; MAX_RANK]; MAX_OUTPUTS];
            let mut data = [const { OutputData::EMPTY }; MAX_OUTPUTS];
            let count = self.outputs.min(MAX_OUTPUTS);
            for (index, (data, dims)) in data.iter_mut().zip(&mut dims).take(count).enumerate() {
                let Some(output) = outputs.get(index) else { continue };
                let rank = output.dims.len().min(MAX_RANK);
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
            }
            dropped += self.reader.read(&data[..count], mapping, seen)?;
            self.oddities = self.oddities.or(self.reader.oddities());
        }
        Ok(dropped)
    }
}

/// Outputs that are looked at: masks and auxiliary ones come last.
const MAX_OUTPUTS: usize = 16;
/// Dimensions of them.
const MAX_RANK: usize = 5;

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

/// Shapes and numbers of all outputs, those of the first image. An output of another type than those that are read
/// has no dimensions.
fn shapes(outputs: &Outputs<'_>, named: Vec<(String, String)>, batch: usize) -> Vec<OutputShape> {
    let shape = |(i, (name, operator)): (usize, (String, String))| {
        let Some(output) = outputs.get(i) else {
            return OutputShape {
                name,
                operator,
                ..OutputShape::default()
            };
        };
        let dims: Vec<_> = output
            .dims
            .iter()
            .map(|dim| usize::try_from(*dim).unwrap_or(0))
            .collect();
        let has_parts = dims.first() == Some(&batch);
        let values = part(output.values, 0, if has_parts { batch } else { 1 });
        OutputShape {
            name,
            operator,
            is_float: matches!(output.values, Values::F32(_) | Values::F16(_)),
            sample: match values {
                OutputValues::Float(values) => values.into_owned(),
                OutputValues::Integer(_) => Vec::new(),
            },
            dims,
        }
    };
    named.into_iter().enumerate().map(shape).collect()
}

/// Fills the image's input with what looks like one, the same for every image: noise in all levels. What a network
/// makes of it says more than what it makes of nothing.
fn fill_with_levels(values: Option<ValuesMut<'_>>, batch: usize) {
    let level = |i: usize, len: usize| ((i % (len / batch).max(1)) as u32).wrapping_mul(2_654_435_761) >> 24;
    match values {
        Some(ValuesMut::F32(values)) => {
            let len = values.len();
            (0..)
                .zip(values)
                .for_each(|(i, value)| *value = level(i, len) as f32 / 255.0);
        }
        Some(ValuesMut::F16(values)) => {
            let len = values.len();
            (0..)
                .zip(values)
                .for_each(|(i, value)| *value = f16::from_f32(level(i, len) as f32 / 255.0));
        }
        Some(ValuesMut::U8(values)) => {
            let len = values.len();
            (0..).zip(values).for_each(|(i, value)| *value = level(i, len) as u8);
        }
        _ => {}
    }
}

/// What makes one doubt, in words.
fn doubts(fitted: &Fitted, outputs: &[OutputShape]) -> Vec<String> {
    let unread: Vec<_> = fitted.unread(outputs).map(ToString::to_string).collect();
    let mut doubts = Vec::new();
    if !unread.is_empty() {
        doubts.push(format!("the head {} does not read {}", fitted.head, unread.join(", ")));
    }
    if fitted.has_more(outputs) {
        doubts.push("key points and masks of single things are not read, only their boxes".to_owned());
    }
    if fitted.scores_are_outside(outputs) {
        doubts.push(format!("of an image of noise, {}", Oddity::Scores));
    }
    doubts
}
