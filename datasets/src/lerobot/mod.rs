//! A LeRobotDataset v3.0: tables of what was measured and commanded at each frame, a video for each camera, and what these
//! are.

mod cameras;
mod dataset;
mod episode;
mod features;
mod meta;
mod number;
mod sources;
mod stats;
mod video;

use std::path::Path;

use crate::{ExportError, Recording};
use cameras::Camera;
use dataset::Dataset;
use episode::Times;
use features::Feature;
use sources::Source;

/// Frames a second where no camera says.
const DEFAULT_FPS: u32 = 50;
/// More frames a second are no data set's.
const MAX_FPS: u32 = 10_000;

/// How recordings become a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What the robot was to do, in words.
    pub task: String,
    /// What kind of robot it is.
    pub robot: Option<String>,
    /// Frames a second; those of the fastest camera where this says nothing, 50 where there is none.
    pub fps: Option<u32>,
    /// ffmpeg's encoder.
    pub codec: String,
    /// The topic with the records of the control loop's ticks, where there are several.
    pub tick: Option<String>,
    /// The topic of commands, where there is no record of ticks.
    pub action: Option<String>,
    /// The topics of images; all where this says nothing.
    pub cameras: Option<Vec<String>>,
    /// Whether each stretch in which the policy was in charge becomes an episode, instead of the whole recording.
    pub only_running: bool,
    /// A table of so many MB is followed by another.
    pub data_file_mb: u32,
    /// A video of so many MB is followed by another.
    pub video_file_mb: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            task: String::new(),
            robot: None,
            fps: None,
            codec: "libx264".to_owned(),
            tick: None,
            action: None,
            cameras: None,
            only_running: false,
            data_file_mb: 100,
            video_file_mb: 200,
        }
    }
}

/// What a data set consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// How many episodes it has.
    pub episodes: usize,
    /// How many frames all of them have.
    pub frames: u64,
    /// Frames a second.
    pub fps: u32,
    /// Names of its features, those of images last.
    pub features: Vec<String>,
}

/// A recording with what it gives.
struct Take<'a> {
    recording: &'a Recording,
    sources: Vec<Source>,
    cameras: Vec<Camera>,
    times: Times,
}

/// Writes a data set of `recordings` into a new folder `out`. `progress` hears how many messages have been read, of how
/// many: each twice.
///
/// # Errors
/// Recordings that cannot be read, lack what a data set has, or do not go together; a folder that is there; ffmpeg that
/// is missing or fails; files that cannot be written. Nothing is left of the folder then.
pub fn export(
    recordings: &[Recording],
    options: &Options,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Exported, ExportError> {
    let staging = crate::staging::Staging::new(out)?;
    let mut takes = Vec::new();
    for recording in recordings {
        let (sources, cameras) = (
            sources::sources(recording, options)?,
            cameras::cameras(recording, options)?,
        );
        takes.push(Take {
            recording,
            sources,
            cameras,
            times: Times::default(),
        });
    }
    if let Some((first, others)) = takes.split_first() {
        others.iter().try_for_each(|other| expect_same(first, other))?;
        if !first.cameras.is_empty() {
            video::expect_ffmpeg()?;
        }
    }
    let (mut done, total) = (0, takes.iter().map(Take::messages).sum());
    let mut heard = || {
        done += 1;
        progress(done, total);
    };
    for take in &mut takes {
        let state = &take.sources[0].topic;
        take.times = episode::times(take.recording, state, &take.cameras, options.only_running, &mut heard)?;
    }
    let fps = fps(options, &takes);
    let mut dataset = Dataset::new(staging, options, fps, takes.first())?;
    for take in &takes {
        let stretches = &take.times.stretches;
        let mut open = None;
        let read = (take.sources.as_slice(), take.cameras.as_slice());
        episode::frames(
            take.recording,
            read,
            (stretches, fps),
            &mut heard,
            |stretch, snapshot| {
                if open.replace(stretch).is_some_and(|before| before != stretch) {
                    dataset.end_episode()?;
                }
                dataset.frame(take, snapshot)
            },
        )?;
        if open.is_none() {
            let problem = "expected a stretch in which all topics have messages, with the policy in charge where that was asked for; found none";
            return Err(ExportError::recording(take.recording.path(), problem));
        }
        dataset.end_episode()?;
    }
    dataset.finish()
}

/// What was asked for, or the rate of the fastest camera.
fn fps(options: &Options, takes: &[Take<'_>]) -> u32 {
    let fastest = takes.iter().filter_map(|take| take.times.camera_hz).reduce(f64::max);
    let of_cameras = fastest.map(|hz| hz.round() as u32);
    options.fps.or(of_cameras).unwrap_or(DEFAULT_FPS).clamp(1, MAX_FPS)
}

impl Take<'_> {
    /// How many messages are read of it.
    fn messages(&self) -> u64 {
        let count = |topic: &str| self.recording.topic(topic).map_or(0, |topic| topic.messages);
        let cameras: u64 = self.cameras.iter().map(|camera| count(&camera.topic)).sum();
        let sources: u64 = self.sources.iter().map(|source| count(&source.topic)).sum();
        sources + count(&self.sources[0].topic) + 2 * cameras
    }

    fn features(&self) -> Vec<Feature> {
        let cameras: Vec<_> = self.cameras.iter().map(|camera| camera.name.clone()).collect();
        features::features(&self.sources, &cameras)
    }
}

/// All recordings of a data set have the same features.
fn expect_same(first: &Take<'_>, other: &Take<'_>) -> Result<(), ExportError> {
    let refuse = |what: &str, expected: String, found: String| {
        let before = first.recording.path().display();
        let problem = format!("{what}: expected {expected} as in {before}, found {found}");
        Err(ExportError::recording(other.recording.path(), problem))
    };
    let shown = |camera: Option<&Camera>| {
        camera.map_or("nothing".to_owned(), |camera| {
            format!("{} ({} × {})", camera.name, camera.size[0], camera.size[1])
        })
    };
    for index in 0..first.cameras.len().max(other.cameras.len()) {
        let [known, found] = [first, other].map(|take| take.cameras.get(index));
        let key = |camera: Option<&Camera>| camera.map(|camera| (camera.name.clone(), camera.size));
        if key(known) != key(found) {
            return refuse("its cameras", shown(known), shown(found));
        }
    }
    let shown = |feature: Option<&Feature>| {
        feature.map_or("nothing".to_owned(), |feature| {
            let names = feature.names.as_ref().map(|names| format!(" ({})", names.join(", ")));
            feature.key.clone() + &names.unwrap_or_default()
        })
    };
    let (known, found) = (first.features(), other.features());
    for index in 0..known.len().max(found.len()) {
        if known.get(index) != found.get(index) {
            return refuse("its features", shown(known.get(index)), shown(found.get(index)));
        }
    }
    Ok(())
}
