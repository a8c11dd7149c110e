//! What a frame consists of, but for the images.

use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Float32Array, Int64Array};
use arrow_schema::{DataType, Field};
use serde_json::{Value, json};

use super::sources::Source;

/// A feature, and how its numbers lie in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Feature {
    pub(super) key: String,
    pub(super) names: Option<Vec<String>>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// So many `float32`.
    Floats(usize),
    /// One `int64`.
    Whole,
}

/// Those that every data set has, in the order in which [`super::dataset`] fills them.
const DEFAULTS: [(&str, Kind); 5] = [
    ("timestamp", Kind::Floats(1)),
    ("frame_index", Kind::Whole),
    ("episode_index", Kind::Whole),
    ("index", Kind::Whole),
    ("task_index", Kind::Whole),
];

/// All features that are numbers: those of the sources, the stamps of sources and cameras, and those that every data set
/// has.
pub(super) fn features(sources: &[Source], cameras: &[String]) -> Vec<Feature> {
    let of_sources = sources
        .iter()
        .flat_map(|source| &source.features)
        .map(|numbers| Feature {
            key: numbers.key.clone(),
            names: (!numbers.is_whole).then(|| numbers.names.clone()),
            kind: if numbers.is_whole {
                Kind::Whole
            } else {
                Kind::Floats(numbers.names.len())
            },
        });
    let bare = |key: String, kind| Feature { key, names: None, kind };
    let stamps = sources.iter().map(|source| format!("stamp.{}", source.stamp));
    let stamps = stamps.chain(cameras.iter().map(|name| format!("stamp.images.{name}")));
    let defaults = DEFAULTS.map(|(key, kind)| bare(key.to_owned(), kind));
    of_sources
        .chain(stamps.map(|key| bare(key, Kind::Whole)))
        .chain(defaults)
        .collect()
}

impl Feature {
    /// As `info.json` declares it.
    pub(super) fn info(&self) -> Value {
        let (dtype, length) = match self.kind {
            Kind::Floats(length) => ("float32", length),
            Kind::Whole => ("int64", 1),
        };
        json!({"dtype": dtype, "shape": [length], "names": self.names})
    }

    pub(super) fn numbers(&self) -> usize {
        match self.kind {
            Kind::Floats(length) => length,
            Kind::Whole => 1,
        }
    }

    pub(super) fn field(&self) -> Field {
        let data_type = match self.kind {
            Kind::Floats(1) => DataType::Float32,
            Kind::Floats(length) => DataType::FixedSizeList(item(), list_length(length)),
            Kind::Whole => DataType::Int64,
        };
        Field::new(&self.key, data_type, true)
    }
}

fn item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Float32, true))
}

/// No robot has more joints than this can say.
fn list_length(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// The values of a feature in the frames of an episode.
#[derive(Debug)]
pub(super) enum Values {
    Floats(usize, Vec<f32>),
    Whole(Vec<i64>),
}

impl Values {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Floats(length) => Self::Floats(length, Vec::new()),
            Kind::Whole => Self::Whole(Vec::new()),
        }
    }

    /// The values as a column, of which nothing stays here.
    pub(super) fn take(&mut self) -> ArrayRef {
        match self {
            Self::Whole(values) => Arc::new(Int64Array::from(std::mem::take(values))),
            Self::Floats(1, values) => Arc::new(Float32Array::from(std::mem::take(values))),
            Self::Floats(length, values) => {
                let values = Arc::new(Float32Array::from(std::mem::take(values)));
                Arc::new(FixedSizeListArray::new(item(), list_length(*length), values, None))
            }
        }
    }
}
