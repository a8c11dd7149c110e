//! Videos, encoded by an ffmpeg process that is given raw images.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::number::FileNumber;
use crate::ExportError;
use crate::pixels::Pixels;
use crate::staging::Staging;

/// The name of the program, as it is found in the path.
const FFMPEG: &str = "ffmpeg";

/// Refuses where there is no ffmpeg.
pub(super) fn expect_ffmpeg() -> Result<(), ExportError> {
    let mut command = Command::new(FFMPEG);
    let command = command
        .arg("-version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().map(drop).map_err(ExportError::NoFfmpeg)
}

/// What a reader calls the streams of an encoder.
pub(super) fn codec_name(encoder: &str) -> &str {
    match encoder {
        "libx264" | "libopenh264" | "h264_nvenc" | "h264_v4l2m2m" => "h264",
        "libx265" | "hevc_nvenc" => "hevc",
        "libsvtav1" | "libaom-av1" | "librav1e" | "av1_nvenc" => "av1",
        other => other,
    }
}

/// The videos of a camera: many episodes in one file, until it is large.
#[derive(Debug)]
pub(super) struct Videos {
    /// Of the camera's feature.
    key: String,
    size: [usize; 2],
    fps: u32,
    encoder: String,
    max_bytes: u64,
    number: FileNumber,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    child: Child,
    path: PathBuf,
    /// Where ffmpeg says what is wrong.
    log: PathBuf,
    frames: u64,
}

impl Videos {
    pub(super) fn new(key: &str, size: [usize; 2], fps: u32, encoder: &str, max_bytes: u64) -> Self {
        Self {
            key: key.to_owned(),
            size,
            fps,
            encoder: encoder.to_owned(),
            max_bytes,
            number: FileNumber::default(),
            open: None,
        }
    }

    /// Adds a frame. Says in which file it is, and how many frames are before it there.
    pub(super) fn write(&mut self, staging: &Staging, pixels: &Pixels) -> Result<(FileNumber, u64), ExportError> {
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                let opened = self.start(staging)?;
                self.open.insert(opened)
            }
        };
        let before = open.frames;
        open.frames += 1;
        let written = open.child.stdin.as_mut().map(|stdin| stdin.write_all(&pixels.rgb));
        if !matches!(written, Some(Ok(()))) {
            // It has ended, and says why.
            self.close()?;
        }
        Ok((self.number, before))
    }

    fn start(&self, staging: &Staging) -> Result<Open, ExportError> {
        let path = staging.file(&self.number.path(&format!("videos/{}", self.key), "mp4"))?;
        let log = path.with_extension("log");
        let said = File::create(&log).map_err(ExportError::write(&log))?;
        let [width, height] = self.size;
        let mut command = Command::new(FFMPEG);
        command.args([
            "-nostdin",
            "-y",
            "-loglevel",
            "error",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
        ]);
        command.args([
            "-s",
            &format!("{width}x{height}"),
            "-r",
            &self.fps.to_string(),
            "-i",
            "pipe:0",
        ]);
        // Every second frame can be found without those before it.
        command.args(["-an", "-c:v", &self.encoder, "-g", "2", "-pix_fmt", "yuv420p"]);
        if codec_name(&self.encoder) == "av1" {
            command.args(["-crf", "30"]);
        }
        command
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(said);
        let child = command.spawn().map_err(ExportError::NoFfmpeg)?;
        Ok(Open {
            child,
            path,
            log,
            frames: 0,
        })
    }

    /// After an episode: a file that is large enough is closed.
    pub(super) fn end_episode(&mut self) -> Result<(), ExportError> {
        let bytes = self.open.as_ref().and_then(|open| fs::metadata(&open.path).ok());
        if bytes.is_some_and(|file| file.len() >= self.max_bytes) {
            self.close()?;
        }
        Ok(())
    }

    /// Waits until the open file is whole.
    pub(super) fn close(&mut self) -> Result<(), ExportError> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        // The end of the input is the end of the video.
        drop(open.child.stdin.take());
        let status = open.child.wait().map_err(ExportError::NoFfmpeg)?;
        let said = fs::read_to_string(&open.log).unwrap_or_default();
        if !status.success() || !open.path.exists() {
            let said = said.lines().take(3).collect::<Vec<_>>().join("; ");
            let said = if said.is_empty() { status.to_string() } else { said };
            return Err(ExportError::Ffmpeg { path: open.path, said });
        }
        fs::remove_file(&open.log).map_err(ExportError::write(&open.log))?;
        self.number = self.number.next();
        Ok(())
    }
}

impl Drop for Videos {
    fn drop(&mut self) {
        if let Some(mut open) = self.open.take() {
            // Only where something else has failed: nobody wants the video any more.
            let _ = open.child.kill();
            let _ = open.child.wait();
        }
    }
}
