//! A run that is recorded: in its own thread where time is virtual, beside it where time is real.

use std::path::Path;
use std::time::Duration;

use sinew_control::tick::ControlLoop;
use sinew_node_control::{LoopSource, PolicyOnRobot};
use sinew_node_recorder::{LoopRecording, LoopRecordingError, LoopTime};
use sinew_recording::{Finished, Identity, Writer, WriterOptions};

/// The full name that the loop of a run goes by, as that of `sinew up` does.
const NODE: &str = "/control";
/// How often a recorder beside the loop looks for ticks.
const DRAIN_PERIOD: Duration = Duration::from_millis(10);

/// Writes the ticks of one run into one file.
#[derive(Debug)]
pub struct RunRecorder {
    writer: Writer,
    ticks: LoopRecording,
    /// Nothing more is written after the first failure.
    failed: Option<LoopRecordingError>,
}

/// What became of the recording of a run.
#[derive(Debug)]
pub struct RecordedRun {
    /// Its file.
    pub finished: Finished,
    /// Ticks that were written.
    pub ticks: u64,
    /// Ticks that were overwritten before they could be.
    pub lost: u64,
}

impl RunRecorder {
    /// Begins the recording of a loop that has not ticked yet.
    ///
    /// # Errors
    /// Where the file cannot be made, or there is one of that name.
    pub fn begin(
        file: &Path,
        loaded: &PolicyOnRobot,
        control: &ControlLoop,
        source: &LoopSource,
        realtime: bool,
        identity: Option<Identity>,
    ) -> Result<Self, LoopRecordingError> {
        let options = WriterOptions {
            identity,
            // Where time is virtual, a second of it passes in milliseconds: the disk is waited for at the end.
            sync: realtime,
            ..WriterOptions::default()
        };
        let mut writer = Writer::create(file, options)?;
        let time = if realtime {
            LoopTime::Monotonic
        } else {
            LoopTime::Virtual
        };
        let shown = loaded.shown_loop(NODE.to_owned(), control, source);
        let ticks = LoopRecording::begin(&shown, time, &mut writer)?;
        Ok(Self {
            writer,
            ticks,
            failed: None,
        })
    }

    /// Writes the ticks since the last call.
    pub fn drain(&mut self) {
        if self.failed.is_none()
            && let Err(error) = self.ticks.drain(&mut self.writer)
        {
            self.failed = Some(error);
        }
    }

    /// Writes ticks until the loop is `done`, in the thread that calls.
    pub fn drain_until(&mut self, done: impl Fn() -> bool) {
        while !done() {
            self.drain();
            std::thread::sleep(DRAIN_PERIOD);
        }
        self.drain();
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// With the first failure to write.
    pub fn finish(mut self) -> Result<RecordedRun, LoopRecordingError> {
        self.drain();
        match self.failed {
            Some(error) => Err(error),
            None => Ok(RecordedRun {
                ticks: self.ticks.written(),
                lost: self.ticks.lost(),
                finished: self.writer.finish()?,
            }),
        }
    }
}
