//! From a frame to detections, and what that adds to the network.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sinew_control::alloc::thread_allocations;
use sinew_models::network::{Network, Values, ValuesMut};
use sinew_models::{ModelFile, SessionOptions};
use sinew_perception::heads::{Facts, Fitted, HeadOptions, OutputData, OutputShape, OutputValues, Prediction, Reader};
use sinew_perception::image::Picture;
use sinew_perception::preprocess::{InputSpec, Mapping, Preprocessor, TensorMut};
use sinew_perception::{Model, ModelOptions};

use crate::bare::{BareNetwork, check};
use crate::{Figures, medians, timed};

/// Each frame is decoded and perceived, perceived once more, given to the bare network, and preprocessed and read
/// by themselves, all in turn.
pub(crate) fn measure(folder: &Path, side: usize, frames: usize) -> Result<Figures> {
    let file = folder.join("frame.jpg");
    let jpeg = fs::read(&file).with_context(|| file.display().to_string())?;
    let picture = Picture::decode(&jpeg)?;
    let file = folder.join(format!("detector_{side}.onnx"));
    let options = ModelOptions {
        threads: 1,
        ..ModelOptions::default()
    };
    let read = ModelFile::read(&file)?;
    let mut model = Model::load(&read, &options)?;
    let parts = Parts::new(&read, &picture, side)?;
    let Parts {
        mut preprocessor,
        mut tensor,
        mapping,
        mut reader,
        dims,
        output,
    } = parts;
    let input_dims = [1, 3, side as i64, side as i64];
    let output_dims: Vec<_> = dims.iter().map(|dim| *dim as i64).collect();
    let mut bare = BareNetwork::load(&file, &tensor, &input_dims, &output_dims)?;
    check(bare.run())?;

    let (mut seen, mut read) = (Prediction::default(), Prediction::default());
    model.perceive(&picture.view(), &mut seen)?;
    let mut allocations = 0;
    let [whole, decode, perceive, network, before, after] = medians(frames, || {
        let (decode, picture) = timed(|| Ok(Picture::decode(&jpeg)?))?;
        let (first, _) = timed(|| Ok(model.perceive(&picture.view(), &mut seen)?))?;
        let counted = thread_allocations();
        let (perceive, _) = timed(|| Ok(model.perceive(&picture.view(), &mut seen)?))?;
        allocations += thread_allocations() - counted;
        let (network, status) = timed(|| Ok(bare.run()))?;
        check(status)?;
        let (before, _) =
            timed(|| Ok(preprocessor.run_over(&picture.view(), TensorMut::F32(&mut tensor), Some(&mapping))?))?;
        let outputs = [OutputData {
            dims: &dims,
            values: OutputValues::Float(Cow::Borrowed(&output)),
        }];
        let (after, _) = timed(|| Ok(reader.read(&outputs, &mapping, &mut read)?))?;
        Ok([decode + first, decode, perceive, network, before, after])
    })?;
    let Prediction::Things(things) = &seen else {
        bail!("{}: expected a detector, found one that gives {seen:?}", file.display());
    };
    let figures = [
        ("whole_us", whole),
        ("decode_us", decode),
        ("perceive_us", perceive),
        ("bare_us", network),
        ("preprocess_us", before),
        ("read_us", after),
        ("things", things.len() as f64),
        ("rust_allocations", allocations as f64),
    ];
    Ok(figures.map(|(name, value)| (name.to_owned(), value)).into())
}

/// What is before and after the network, and what the network gave for the frame.
struct Parts {
    preprocessor: Preprocessor,
    tensor: Vec<f32>,
    mapping: Mapping,
    reader: Reader,
    dims: Vec<usize>,
    output: Vec<f32>,
}

impl Parts {
    fn new(file: &ModelFile, picture: &Picture, side: usize) -> Result<Self> {
        let mut preprocessor = Preprocessor::new(InputSpec::yolo([side, side]));
        let mut tensor = vec![0.0; preprocessor.spec().len()];
        let mapping = preprocessor.run(&picture.view(), TensorMut::F32(&mut tensor))?;
        let mut network =
            Network::load(file, &SessionOptions::default())?.bind(&[vec![1, 3, side as i64, side as i64]])?;
        let Some(ValuesMut::F32(input)) = network.input_mut(0) else {
            bail!("{}: expected an input of 32-bit floats", file.path().display());
        };
        input.copy_from_slice(&tensor);
        let outputs = network.run()?;
        let output = outputs.get(0).context("a network without an output")?;
        let Values::F32(values) = output.values else {
            bail!("{}: expected an output of 32-bit floats", file.path().display());
        };
        let shape = OutputShape {
            name: "output0".to_owned(),
            dims: output.dims.iter().map(|dim| *dim as usize).collect(),
            is_float: true,
            ..OutputShape::default()
        };
        let dims = shape.dims.clone();
        let facts = Facts {
            outputs: vec![shape],
            input: [side, side],
            ..Facts::default()
        };
        let fitted = Fitted::choose(&facts, &HeadOptions::default())?;
        Ok(Self {
            preprocessor,
            tensor,
            mapping,
            reader: Reader::new(fitted, ModelOptions::default().keep),
            dims,
            output: values.to_vec(),
        })
    }
}
