//! Why a model does not load, or does not see.

use std::path::PathBuf;

use sinew_models::network::NetworkError;
use thiserror::Error;

use crate::heads::{NoHead, ShapeChanged};
use crate::preprocess::PreprocessError;

/// Why a file does not become a vision model.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It cannot be run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// None of its inputs is an image.
    #[error("{}: expected one image as input, such as f32 [1, 3, 640, 640], found {found}", .file.display())]
    Input {
        /// The model's file.
        file: PathBuf,
        /// All inputs.
        found: String,
    },
    /// It wants more than an image, and nobody knows what.
    #[error(
        "{}: beside the image it takes {found}, which is none of {known}; export the model with the image as its \
         only input, or with these",
        .file.display()
    )]
    AuxiliaryInputs {
        /// The model's file.
        file: PathBuf,
        /// The inputs that are not known.
        found: String,
        /// Those that are.
        known: String,
    },
    /// What it is to be given was said wrongly, or has to be said.
    #[error("{}: `{option}`: expected {expected}, found {found}", .file.display())]
    Option {
        /// The model's file.
        file: PathBuf,
        /// The parameter.
        option: &'static str,
        /// What is possible.
        expected: String,
        /// What was said.
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
        output: String,
        /// Images in the batch.
        batch: usize,
    },
    /// Its outputs mean nothing that is known.
    #[error("{}: {cause}", .file.display())]
    NoHead {
        /// The model's file.
        file: PathBuf,
        /// Why.
        cause: NoHead,
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
