//! What a data set says of itself: the files under `meta/`.

use std::fs;
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, Float64Array, Int64Array, ListArray, StringArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use serde_json::{Map, Value, json};

use super::Options;
use super::features::Feature;
use super::number::{CHUNK_FILES, FileNumber, templates};
use super::stats::{ImageStats, NumberStats};
use crate::ExportError;
use crate::staging::Staging;
use crate::table::Table;

/// The version of the form that is written.
const VERSION: &str = "v3.0";

/// An episode that was written.
pub(super) struct Episode {
    pub(super) length: i64,
    /// Frames before it in the data set.
    pub(super) from_index: i64,
    /// The table that it is in.
    pub(super) number: FileNumber,
    pub(super) cameras: Vec<CameraEpisode>,
    /// Of each feature that is numbers.
    pub(super) stats: Vec<NumberStats>,
}

/// Where a camera's images of an episode are.
pub(super) struct CameraEpisode {
    pub(super) key: String,
    pub(super) number: FileNumber,
    /// Where in the video it begins.
    pub(super) from_secs: f64,
    pub(super) stats: ImageStats,
}

pub(super) fn json(staging: &Staging, file: &str, value: &Value) -> Result<(), ExportError> {
    let path = staging.file(file)?;
    fs::write(&path, format!("{value:#}\n")).map_err(ExportError::write(&path))
}

pub(super) fn info(options: &Options, fps: u32, [episodes, frames]: [i64; 2], features: Map<String, Value>) -> Value {
    let mut info = json!({
        "codebase_version": VERSION,
        "robot_type": options.robot,
        "total_episodes": episodes,
        "total_frames": frames,
        "total_tasks": 1,
        "chunks_size": CHUNK_FILES,
        "data_files_size_in_mb": options.data_file_mb,
        "video_files_size_in_mb": options.video_file_mb,
        "fps": fps,
        "splits": {"train": format!("0:{episodes}")},
    });
    for (key, template) in templates() {
        info[key] = template;
    }
    info["features"] = Value::Object(features);
    info
}

/// The task's number, and its text as what pandas calls the index: readers look for it there, and without the note they
/// take the number for the text.
pub(super) fn tasks(staging: &Staging, task: &str) -> Result<(), ExportError> {
    let column = |name: &str, pandas: &str, numpy: &str| json!({"name": name, "field_name": name, "pandas_type": pandas, "numpy_type": numpy, "metadata": null});
    let pandas = json!({
        "index_columns": ["task"],
        "column_indexes": [],
        "columns": [column("task_index", "int64", "int64"), column("task", "unicode", "object")],
        "creator": {"library": "sinew", "version": env!("CARGO_PKG_VERSION")},
        "pandas_version": "2.0.0",
    });
    let fields = vec![
        Field::new("task_index", DataType::Int64, true),
        Field::new("task", DataType::Utf8, true),
    ];
    let path = staging.file("meta/tasks.parquet")?;
    let mut table = Table::create(&path, fields, vec![("pandas".to_owned(), pandas.to_string())])?;
    table.write(vec![
        Arc::new(Int64Array::from(vec![0])),
        Arc::new(StringArray::from(vec![task])),
    ])?;
    table.close()
}

/// Columns, each with its name.
type Columns = Vec<(String, ArrayRef)>;

/// A row for each episode.
pub(super) fn episodes(
    staging: &Staging,
    task: &str,
    fps: u32,
    features: &[Feature],
    episodes: &[Episode],
) -> Result<(), ExportError> {
    let whole =
        |of: &dyn Fn(&Episode) -> i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(episodes.iter().map(of))) };
    let numbers: Vec<i64> = (0..episodes.len() as i64).collect();
    let tasks = StringArray::from_iter_values(episodes.iter().map(|_| task));
    let mut columns: Columns = vec![
        ("episode_index".to_owned(), Arc::new(Int64Array::from(numbers))),
        ("tasks".to_owned(), lists(Arc::new(tasks), 1)),
        ("length".to_owned(), whole(&|episode| episode.length)),
        (
            "data/chunk_index".to_owned(),
            whole(&|episode| episode.number.columns()[0]),
        ),
        (
            "data/file_index".to_owned(),
            whole(&|episode| episode.number.columns()[1]),
        ),
        ("dataset_from_index".to_owned(), whole(&|episode| episode.from_index)),
        (
            "dataset_to_index".to_owned(),
            whole(&|episode| episode.from_index + episode.length),
        ),
    ];
    let cameras = episodes.first().map_or(0, |episode| episode.cameras.len());
    for camera in 0..cameras {
        let key = &episodes[0].cameras[camera].key;
        let secs = |of: &dyn Fn(&Episode) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(episodes.iter().map(of)))
        };
        let length = |episode: &Episode| episode.length as f64 / f64::from(fps);
        let named = |name: &str| format!("videos/{key}/{name}");
        columns.extend([
            (
                named("chunk_index"),
                whole(&|episode| episode.cameras[camera].number.columns()[0]),
            ),
            (
                named("file_index"),
                whole(&|episode| episode.cameras[camera].number.columns()[1]),
            ),
            (
                named("from_timestamp"),
                secs(&|episode| episode.cameras[camera].from_secs),
            ),
            (
                named("to_timestamp"),
                secs(&|episode| episode.cameras[camera].from_secs + length(episode)),
            ),
        ]);
    }
    columns.push(("meta/episodes/chunk_index".to_owned(), whole(&|_| 0)));
    columns.push(("meta/episodes/file_index".to_owned(), whole(&|_| 0)));
    stats(features, episodes, &mut columns);

    let path = staging.file(&FileNumber::default().path("meta/episodes", "parquet"))?;
    let fields = columns
        .iter()
        .map(|(name, array)| Field::new(name, array.data_type().clone(), true));
    let mut table = Table::create(&path, fields.collect(), Vec::new())?;
    table.write(columns.into_iter().map(|(_, array)| array).collect())?;
    table.close()
}

/// What is known of each feature in each episode.
fn stats(features: &[Feature], episodes: &[Episode], columns: &mut Columns) {
    let counts = |of: &dyn Fn(&Episode) -> u64| -> ArrayRef {
        let counts = episodes
            .iter()
            .map(|episode| i64::try_from(of(episode)).unwrap_or(i64::MAX));
        lists(Arc::new(Int64Array::from_iter_values(counts)), 1)
    };
    for (index, feature) in features.iter().enumerate() {
        let all: Vec<_> = episodes.iter().map(|episode| episode.stats[index].figures()).collect();
        let Some(first) = all.first() else { continue };
        for (figure, (name, _)) in first.iter().enumerate() {
            let values = all.iter().flat_map(|figures| figures[figure].1.iter().copied());
            let values = Arc::new(Float64Array::from_iter_values(values));
            columns.push((
                format!("stats/{}/{name}", feature.key),
                lists(values, feature.numbers()),
            ));
        }
        let name = format!("stats/{}/count", feature.key);
        columns.push((name, counts(&|episode| episode.stats[index].frames())));
    }
    let cameras = episodes.first().map_or(0, |episode| episode.cameras.len());
    for camera in 0..cameras {
        let key = &episodes[0].cameras[camera].key;
        let all: Vec<_> = episodes
            .iter()
            .map(|episode| episode.cameras[camera].stats.figures())
            .collect();
        let Some(first) = all.first() else { continue };
        for (figure, (name, _)) in first.iter().enumerate() {
            let values = all.iter().flat_map(|figures| figures[figure].1);
            let values = Arc::new(Float64Array::from_iter_values(values));
            columns.push((format!("stats/{key}/{name}"), lists(lists(lists(values, 1), 1), 3)));
        }
        columns.push((
            format!("stats/{key}/count"),
            counts(&|episode| episode.cameras[camera].stats.frames()),
        ));
    }
}

/// Lists of `length` values each.
fn lists(values: ArrayRef, length: usize) -> ArrayRef {
    let lists = values.len() / length.max(1);
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(length, lists));
    Arc::new(ListArray::new(field, offsets, values, None))
}
