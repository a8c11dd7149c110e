//! `sinew export`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use sinew_datasets::{Recording, lerobot, topics};
use sinew_node_recorder::{RecordedLoop, recordings};

/// Makes data sets for training out of recordings.
///
/// docs/datasets.md says what is in them.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    #[command(subcommand)]
    form: Form,
}

#[derive(Debug, Subcommand)]
enum Form {
    /// A LeRobotDataset v3.0: frames at a fixed rate, videos, statistics.
    Lerobot(LerobotArgs),
    /// A Parquet file for each topic, of whatever type.
    Parquet(ParquetArgs),
}

/// Writes a LeRobotDataset v3.0, with an episode for each recording, of however many files it is.
///
/// The state, the action that the gate wrote and the IMU come from the records of the control loop's ticks, where the
/// recording has them; else the state comes from its joint states. A frame has what was last recorded at its time; when
/// that was is in columns of their own, `stamp.…`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew export lerobot run.mcap --task \"walk to the ball\" --out walk\n  \
    sinew export lerobot one.mcap two.mcap --task \"walk\" --only-running --no-images --fps 50 --out walk")]
struct LerobotArgs {
    /// Recordings (MCAP).
    #[arg(required = true)]
    recordings: Vec<PathBuf>,
    /// Folder to write; nothing may be there.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// What the robot was to do, in words; the name of the policy that was recorded by default.
    #[arg(long, value_name = "TEXT")]
    task: Option<String>,
    /// Frames a second; those of the fastest camera by default, 50 where there is none.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    fps: Option<u32>,
    /// What kind of robot it is.
    #[arg(long, value_name = "NAME")]
    robot: Option<String>,
    /// Make an episode of each file, instead of one of all files of a recording.
    #[arg(long)]
    each_file: bool,
    /// Make an episode of each stretch in which the policy was in charge, instead of one of the whole recording.
    #[arg(long)]
    only_running: bool,
    /// The topic with the records of ticks, where several end in /tick.
    #[arg(long, value_name = "TOPIC")]
    tick: Option<String>,
    /// The topic of commands (JointState, Twist or TwistStamped), instead of what the record of ticks has.
    #[arg(long, value_name = "TOPIC")]
    action: Option<String>,
    /// Topics of images; all by default.
    #[arg(long, value_name = "TOPIC", value_delimiter = ',', conflicts_with = "no_images")]
    cameras: Option<Vec<String>>,
    /// Leave the images out; ffmpeg is not needed then.
    #[arg(long)]
    no_images: bool,
    /// ffmpeg's encoder, such as libx264 or libsvtav1.
    #[arg(long, default_value = "libx264")]
    codec: String,
}

/// Writes a Parquet file for each topic, with the message's fields as columns.
///
/// What is one of something lies flat under its path (`twist.linear.x`), what is several is a list. The columns
/// `_log_time`, `_publish_time` and `_sequence` are the recording's own.
#[derive(Debug, Args)]
struct ParquetArgs {
    /// Recordings (MCAP), of which the messages of a topic come into one file.
    #[arg(required = true)]
    recordings: Vec<PathBuf>,
    /// Folder to write; nothing may be there.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Topics; all by default.
    #[arg(long, value_name = "TOPIC", value_delimiter = ',')]
    topics: Vec<String>,
}

impl ExportArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.form {
            Form::Lerobot(args) => args.run(),
            Form::Parquet(args) => args.run(),
        }
    }
}

/// The recordings, with their files in order, whatever a shell makes of their numbers.
fn opened(paths: &[PathBuf], each_file: bool) -> anyhow::Result<Vec<Recording>> {
    let mut opened = Vec::new();
    for files in recordings(paths)? {
        if each_file {
            for file in &files {
                opened.push(Recording::open(&file.path)?);
            }
            continue;
        }
        for pair in files.windows(2) {
            let [before, next] = [&pair[0], &pair[1]];
            ensure!(
                before.number.map(|number| number + 1) == next.number,
                "{}: expected the file of its recording that follows {}, found a later one: name those in between, or take \
                 each file by itself with --each-file",
                next.path.display(),
                before.path.display()
            );
        }
        let paths: Vec<PathBuf> = files.into_iter().map(|file| file.path).collect();
        if let Some((first, others)) = paths.split_first() {
            opened.push(Recording::of_files(first, others)?);
        }
    }
    Ok(opened)
}

/// A bar, and what moves it.
fn progress() -> anyhow::Result<(ProgressBar, impl FnMut(u64, u64))> {
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {percent} %, {eta} left")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let moved = bar.clone();
    let heard = move |done, total| {
        moved.set_length(total);
        moved.set_position(done);
    };
    Ok((bar, heard))
}

impl LerobotArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let recordings = opened(&self.recordings, self.each_file)?;
        let options = lerobot::Options {
            task: match self.task {
                Some(task) => task,
                None => policy_name(&self.recordings)?,
            },
            robot: self.robot,
            fps: self.fps,
            codec: self.codec,
            tick: self.tick,
            action: self.action,
            cameras: if self.no_images { Some(Vec::new()) } else { self.cameras },
            only_running: self.only_running,
            ..lerobot::Options::default()
        };
        let (bar, mut heard) = progress()?;
        let exported = lerobot::export(&recordings, &options, &self.out, &mut heard);
        bar.finish_and_clear();
        let lerobot::Exported {
            episodes,
            frames,
            fps,
            features,
        } = exported?;
        let out = self.out.display();
        println!("{out}: {episodes} episodes, {frames} frames, {fps} a second");
        println!("features: {}", features.join(", "));
        Ok(ExitCode::SUCCESS)
    }
}

/// What there is to call the task by where nobody has said it.
fn policy_name(paths: &[PathBuf]) -> anyhow::Result<String> {
    let mut known: Option<String> = None;
    for files in recordings(paths)? {
        let files: Vec<PathBuf> = files.into_iter().map(|file| file.path).collect();
        let recorded =
            RecordedLoop::open(&files).context("--task: expected what the robot was to do, found nothing")?;
        let name = recorded.setup.contract.name;
        let before = known.get_or_insert_with(|| name.clone());
        ensure!(
            *before == name,
            "--task: expected what the robot was to do, found nothing, and the policies {before} and {name}"
        );
    }
    let name = known.unwrap_or_default();
    eprintln!("--task is missing: the episodes' task is called `{name}`, as the policy is");
    Ok(name)
}

impl ParquetArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let recordings = opened(&self.recordings, true)?;
        let (bar, mut heard) = progress()?;
        let exported = topics::export(&recordings, &self.topics, &self.out, &mut heard);
        bar.finish_and_clear();
        let topics::Exported { topics, left_out } = exported?;
        for (topic, file, messages) in &topics {
            println!("{messages:>9} {topic}: {file}");
        }
        for topic in left_out {
            eprintln!("{topic}: left out, for its messages are not CDR with a schema of ROS 2");
        }
        Ok(ExitCode::SUCCESS)
    }
}
