//! Pixels to tensors to detections.
//!
//! An [`image`] in any encoding goes through [`preprocess`] straight into a network's input; [`heads`] read what
//! comes out. [`Model`] is all of it for one ONNX file.
//!
//! ```no_run
//! use sinew_models::ModelFile;
//! use sinew_perception::heads::Prediction;
//! use sinew_perception::image::Picture;
//! use sinew_perception::{Model, ModelOptions};
//!
//! let mut model = Model::load(&ModelFile::read("detector.onnx".as_ref())?, &ModelOptions::default())?;
//! let picture = Picture::load("street.jpg".as_ref())?;
//! let mut seen = Prediction::default();
//! model.perceive(&picture.view(), &mut seen)?;
//! if let Prediction::Things(things) = seen {
//!     for thing in things {
//!         println!("{} at {:?}", model.names()[thing.class], thing.bbox);
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(unsafe_code)]

pub mod agreement;
mod annotate;
pub mod bearing;
pub mod contract;
pub mod heads;
pub mod image;
mod matching;
pub mod messages;
pub mod metadata;
mod model;
pub mod outline;
pub mod precision;
pub mod preprocess;
pub mod track;

pub use annotate::annotate;
pub use model::{ColourOrder, Model, ModelError, ModelOptions, Normalise, PerceiveError};
