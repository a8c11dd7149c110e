//! The episodes of a recording, and what was last heard at each frame of them.

use std::ops::ControlFlow;

use sinew_messages::dynamic::Value;

use super::cameras::Camera;
use super::sources::Source;
use crate::pixels::{self, Pixels};
use crate::{ExportError, Recording};

/// What a recording's times are.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// First and last time of each stretch that becomes an episode, ns.
    pub(super) stretches: Vec<[u64; 2]>,
    /// The rate of the fastest camera, Hz.
    pub(super) camera_hz: Option<f64>,
}

/// Looks through a recording: from when to when each episode goes, and how fast the cameras are.
pub(super) fn times(
    recording: &Recording,
    state_topic: &str,
    cameras: &[Camera],
    only_running: bool,
    heard: &mut dyn FnMut(),
) -> Result<Times, ExportError> {
    let running = if only_running {
        Some(Running::of(recording, state_topic)?)
    } else {
        None
    };
    let mut stretches: Vec<[u64; 2]> = Vec::new();
    let mut goes_on = false;
    let mut heard_of = vec![(0_u64, 0_u64, 0_u64); cameras.len()];
    let mut topics: Vec<_> = cameras.iter().map(|camera| camera.topic.as_str()).collect();
    topics.push(state_topic);
    recording.read(&topics, |message| {
        heard();
        let time = message.log_time;
        if let Some(index) = cameras.iter().position(|camera| camera.topic == message.topic) {
            let (first, last, count) = &mut heard_of[index];
            if *count == 0 {
                *first = time;
            }
            (*last, *count) = (time, *count + 1);
        } else {
            let counts = match &running {
                None => true,
                Some(running) => running
                    .is_running(message.data)
                    .map_err(|problem| recording.bad_message(message.topic, time, problem))?,
            };
            match stretches.last_mut().filter(|_| goes_on && counts) {
                Some([_, last]) => *last = time,
                None if counts => stretches.push([time, time]),
                None => {}
            }
            goes_on = counts;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let rates = heard_of.iter().filter(|(first, last, _)| last > first);
    let rates = rates.map(|(first, last, count)| (count - 1) as f64 * 1e9 / (last - first) as f64);
    Ok(Times {
        stretches,
        camera_hz: rates.reduce(f64::max),
    })
}

/// Knows of a record of a tick whether the policy was in charge.
struct Running {
    schema: sinew_messages::dynamic::Schema,
    mode: sinew_messages::dynamic::Path,
    run: Value,
}

impl Running {
    fn of(recording: &Recording, topic: &str) -> Result<Self, ExportError> {
        let known = recording.topic(topic);
        let schema = known.map(|topic| recording.schema(topic)).transpose()?;
        let found = schema.and_then(|schema| {
            let mode = schema.path("mode")?;
            let run = schema.root().constant("RUN")?.clone();
            Some(Self { schema, mode, run })
        });
        found.ok_or_else(|| {
            let problem =
                format!("{topic}: expected a field `mode` and a constant `RUN`, to know when the policy was in charge");
            ExportError::recording(recording.path(), problem)
        })
    }

    fn is_running(&self, data: &[u8]) -> Result<bool, String> {
        let message = self.schema.decode(data).map_err(|error| error.to_string())?;
        Ok(message.at(&self.mode) == Some(&self.run))
    }
}

/// What was last heard of a source.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// For each of its features.
    pub(super) numbers: Vec<Vec<f64>>,
    /// When that was recorded, ns.
    pub(super) stamp: u64,
}

/// The last image of a camera.
#[derive(Debug, Default)]
pub(super) struct Seen {
    data: Vec<u8>,
    pub(super) stamp: u64,
    /// Once a frame has needed them.
    pixels: Option<Pixels>,
}

impl Seen {
    /// The pixels, decoded once.
    pub(super) fn pixels(&mut self, recording: &Recording, camera: &Camera) -> Result<&Pixels, ExportError> {
        let refuse = |problem| recording.bad_message(&camera.topic, self.stamp, problem);
        let pixels = match self.pixels.take() {
            Some(pixels) => pixels,
            None => pixels::decode(&camera.type_name, &self.data).map_err(refuse)?,
        };
        let [width, height] = camera.size;
        if [pixels.width, pixels.height] != camera.size {
            let found = format!("{} × {}", pixels.width, pixels.height);
            return Err(refuse(format!(
                "expected an image of {width} × {height}, as the first was; found {found}"
            )));
        }
        Ok(self.pixels.insert(pixels))
    }
}

/// What was last heard of everything. Empty where nothing was yet.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) sources: Vec<Option<Heard>>,
    pub(super) cameras: Vec<Option<Seen>>,
}

/// Goes through the stretches of a recording and hands on what was last heard at k / fps, from when everything was
/// heard. `frame` is told the number of the stretch.
pub(super) fn frames(
    recording: &Recording,
    (sources, cameras): (&[Source], &[Camera]),
    (stretches, fps): (&[[u64; 2]], u32),
    heard: &mut dyn FnMut(),
    mut frame: impl FnMut(usize, &mut Snapshot) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut topics: Vec<_> = sources.iter().map(|source| source.topic.as_str()).collect();
    topics.extend(cameras.iter().map(|camera| camera.topic.as_str()));
    let mut snapshot = Snapshot {
        sources: sources.iter().map(|_| None).collect(),
        cameras: cameras.iter().map(|_| None).collect(),
    };
    let mut clock = Clock::new(stretches, fps);
    recording.read(&topics, |message| {
        heard();
        let time = message.log_time;
        // What comes at the time of a frame belongs to it.
        clock.advance(time, &mut snapshot, &mut frame)?;
        let refuse = |problem| recording.bad_message(message.topic, time, problem);
        for (source, last) in sources.iter().zip(&mut snapshot.sources) {
            if source.topic == message.topic {
                let numbers = source.numbers(message.data).map_err(refuse)?;
                *last = Some(Heard { numbers, stamp: time });
            }
        }
        for (camera, last) in cameras.iter().zip(&mut snapshot.cameras) {
            if camera.topic == message.topic {
                let last = last.get_or_insert_default();
                last.data.clear();
                last.data.extend_from_slice(message.data);
                (last.stamp, last.pixels) = (time, None);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    clock.advance(u64::MAX, &mut snapshot, &mut frame)?;
    let silent = sources.iter().zip(&snapshot.sources).filter(|(_, last)| last.is_none());
    let silent = silent.map(|(source, _)| source.topic.as_str());
    let blind = cameras.iter().zip(&snapshot.cameras).filter(|(_, last)| last.is_none());
    let missing: Vec<_> = silent.chain(blind.map(|(camera, _)| camera.topic.as_str())).collect();
    if !missing.is_empty() {
        let problem = format!(
            "expected messages on {}, as in the first recording; found none",
            missing.join(", ")
        );
        return Err(ExportError::recording(recording.path(), problem));
    }
    Ok(())
}

/// The times of the frames.
struct Clock<'a> {
    stretches: &'a [[u64; 2]],
    fps: u32,
    stretch: usize,
    /// When the stretch's first frame was, and how many there were.
    begun: Option<(u64, u64)>,
}

impl<'a> Clock<'a> {
    fn new(stretches: &'a [[u64; 2]], fps: u32) -> Self {
        Self {
            stretches,
            fps,
            stretch: 0,
            begun: None,
        }
    }

    /// Hands on all frames before `now`.
    fn advance(
        &mut self,
        now: u64,
        snapshot: &mut Snapshot,
        frame: &mut impl FnMut(usize, &mut Snapshot) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let is_whole = snapshot.sources.iter().all(Option::is_some) && snapshot.cameras.iter().all(Option::is_some);
        if !is_whole {
            return Ok(());
        }
        let stamps = snapshot.sources.iter().flatten().map(|last| last.stamp);
        let newest = stamps
            .chain(snapshot.cameras.iter().flatten().map(|last| last.stamp))
            .max();
        while let Some([first, last]) = self.stretches.get(self.stretch).copied() {
            let (begin, count) = self.begun.unwrap_or((first.max(newest.unwrap_or(first)), 0));
            let time = begin.saturating_add(offset(count, self.fps));
            if time > last {
                (self.stretch, self.begun) = (self.stretch + 1, None);
            } else if time < now {
                frame(self.stretch, snapshot)?;
                self.begun = Some((begin, count + 1));
            } else {
                break;
            }
        }
        Ok(())
    }
}

/// The time of a frame since its episode began, ns.
fn offset(frame: u64, fps: u32) -> u64 {
    let nanos = u128::from(frame) * 1_000_000_000 / u128::from(fps);
    u64::try_from(nanos).unwrap_or(u64::MAX)
}
