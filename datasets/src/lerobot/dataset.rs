//! Writes frames into tables and videos, and keeps what is to be said of them.

use super::episode::Snapshot;
use super::features::{Feature, Values};
use super::meta::{self, CameraEpisode, Episode};
use super::number::FileNumber;
use super::stats::{ImageStats, NumberStats};
use super::video::Videos;
use super::{Exported, Options, Take};
use crate::ExportError;
use crate::staging::Staging;
use crate::table::Table;

/// A data set that is being written.
pub(super) struct Dataset {
    staging: Staging,
    options: Options,
    fps: u32,
    features: Vec<Feature>,
    /// The values of the open episode, by feature.
    values: Vec<Values>,
    stats: Vec<NumberStats>,
    episode_stats: Vec<NumberStats>,
    cameras: Vec<Images>,
    table: Option<Table>,
    table_number: FileNumber,
    /// Frames in the open episode, and in those before it.
    length: i64,
    before: i64,
    episodes: Vec<Episode>,
}

/// The images of a camera.
struct Images {
    camera: super::Camera,
    videos: Videos,
    stats: ImageStats,
    episode_stats: ImageStats,
    /// File and frame in which the open episode begins.
    begin: Option<(FileNumber, u64)>,
}

const MB: u64 = 1 << 20;

impl Dataset {
    /// A data set of what `take` and others like it have.
    pub(super) fn new(
        staging: Staging,
        options: &Options,
        fps: u32,
        take: Option<&Take<'_>>,
    ) -> Result<Self, ExportError> {
        let cameras = take.map(|take| take.cameras.as_slice()).unwrap_or_default();
        let features = take.map(Take::features).unwrap_or_default();
        let images = cameras.iter().map(|camera| {
            let max_bytes = u64::from(options.video_file_mb) * MB;
            Images {
                camera: camera.clone(),
                videos: Videos::new(&camera.key(), camera.size, fps, &options.codec, max_bytes),
                stats: ImageStats::new(),
                episode_stats: ImageStats::new(),
                begin: None,
            }
        });
        let stats: Vec<_> = features
            .iter()
            .map(|feature| NumberStats::new(feature.numbers()))
            .collect();
        Ok(Self {
            staging,
            options: options.clone(),
            fps,
            values: features.iter().map(|feature| Values::new(feature.kind)).collect(),
            episode_stats: stats.clone(),
            stats,
            cameras: images.collect(),
            features,
            table: None,
            table_number: FileNumber::default(),
            length: 0,
            before: 0,
            episodes: Vec::new(),
        })
    }

    /// Adds a frame to the open episode.
    pub(super) fn frame(&mut self, take: &Take<'_>, snapshot: &mut Snapshot) -> Result<(), ExportError> {
        let mut column = 0;
        for heard in snapshot.sources.iter().flatten() {
            for numbers in &heard.numbers {
                self.push(column, numbers);
                column += 1;
            }
        }
        let stamps = snapshot.sources.iter().flatten().map(|heard| heard.stamp);
        let stamps: Vec<_> = stamps
            .chain(snapshot.cameras.iter().flatten().map(|seen| seen.stamp))
            .collect();
        // The order of `features::DEFAULTS` is that of the last five.
        let (frame, episode) = (self.length, self.episodes.len() as i64);
        let whole = stamps.into_iter().map(|stamp| i64::try_from(stamp).unwrap_or(i64::MAX));
        for stamp in whole {
            self.push_whole(column, stamp);
            column += 1;
        }
        self.push(column, &[frame as f64 / f64::from(self.fps)]);
        for (offset, value) in [frame, episode, self.before + frame, 0].into_iter().enumerate() {
            self.push_whole(column + 1 + offset, value);
        }
        for (images, seen) in self.cameras.iter_mut().zip(snapshot.cameras.iter_mut().flatten()) {
            let pixels = seen.pixels(take.recording, &images.camera)?;
            let place = images.videos.write(&self.staging, pixels)?;
            images.begin.get_or_insert(place);
            images.episode_stats.add(&pixels.rgb);
        }
        self.length += 1;
        Ok(())
    }

    fn push(&mut self, column: usize, numbers: &[f64]) {
        match &mut self.values[column] {
            Values::Whole(values) => values.extend(numbers.iter().map(|number| *number as i64)),
            Values::Floats(_, values) => values.extend(numbers.iter().map(|number| *number as f32)),
        }
        for stats in [&mut self.stats[column], &mut self.episode_stats[column]] {
            // Of what the table has, which is less precise.
            stats.add(numbers.iter().map(|number| f64::from(*number as f32)));
        }
    }

    fn push_whole(&mut self, column: usize, number: i64) {
        if let Values::Whole(values) = &mut self.values[column] {
            values.push(number);
        }
        for stats in [&mut self.stats[column], &mut self.episode_stats[column]] {
            stats.add([number as f64].into_iter());
        }
    }

    /// Writes the open episode.
    pub(super) fn end_episode(&mut self) -> Result<(), ExportError> {
        let number = self.table_number;
        let table = match &mut self.table {
            Some(table) => table,
            None => {
                let path = self.staging.file(&number.path("data", "parquet"))?;
                let fields = self.features.iter().map(Feature::field).collect();
                self.table.insert(Table::create(&path, fields, Vec::new())?)
            }
        };
        table.write(self.values.iter_mut().map(Values::take).collect())?;
        table.flush()?;
        if table.bytes() as u64 >= u64::from(self.options.data_file_mb) * MB {
            self.close_table()?;
        }
        let mut cameras = Vec::new();
        for images in &mut self.cameras {
            let (number, frames_before) = images.begin.take().unwrap_or_default();
            images.videos.end_episode()?;
            images.stats.merge(&images.episode_stats);
            cameras.push(CameraEpisode {
                key: images.camera.key(),
                number,
                from_secs: frames_before as f64 / f64::from(self.fps),
                stats: std::mem::replace(&mut images.episode_stats, ImageStats::new()),
            });
        }
        let empty = self
            .features
            .iter()
            .map(|feature| NumberStats::new(feature.numbers()))
            .collect();
        self.episodes.push(Episode {
            length: self.length,
            from_index: self.before,
            number,
            cameras,
            stats: std::mem::replace(&mut self.episode_stats, empty),
        });
        self.before += self.length;
        self.length = 0;
        Ok(())
    }

    fn close_table(&mut self) -> Result<(), ExportError> {
        if let Some(table) = self.table.take() {
            table.close()?;
            self.table_number = self.table_number.next();
        }
        Ok(())
    }

    /// Writes what is said of the episodes, and gives the folder its name.
    pub(super) fn finish(mut self) -> Result<Exported, ExportError> {
        self.close_table()?;
        self.cameras.iter_mut().try_for_each(|images| images.videos.close())?;
        let images = self.cameras.iter();
        let declared = self
            .features
            .iter()
            .map(|feature| (feature.key.clone(), feature.info()));
        let videos = images
            .clone()
            .map(|images| (images.camera.key(), images.camera.info(self.fps, &self.options.codec)));
        let declared: serde_json::Map<_, _> = declared.chain(videos).collect();
        let names = declared.keys().cloned().collect();
        let numbers = self.features.iter().zip(&self.stats);
        let stats = numbers.map(|(feature, stats)| (feature.key.clone(), stats.json()));
        let stats = stats.chain(images.map(|images| (images.camera.key(), images.stats.json())));
        meta::json(
            &self.staging,
            "meta/stats.json",
            &serde_json::Value::Object(stats.collect()),
        )?;
        let info = meta::info(
            &self.options,
            self.fps,
            [self.episodes.len() as i64, self.before],
            declared,
        );
        meta::json(&self.staging, "meta/info.json", &info)?;
        meta::tasks(&self.staging, &self.options.task)?;
        meta::episodes(
            &self.staging,
            &self.options.task,
            self.fps,
            &self.features,
            &self.episodes,
        )?;
        self.staging.finish()?;
        Ok(Exported {
            episodes: self.episodes.len(),
            frames: self.before.unsigned_abs(),
            fps: self.fps,
            features: names,
        })
    }
}
