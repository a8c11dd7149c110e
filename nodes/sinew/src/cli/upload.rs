//! `sinew upload`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sinew::log::printable;
use sinew::uploader::{
    Bandwidth, Filter, FilterParams, FilterReport, Location, LocationOptions, Progress, UploadOnce, Uploaded,
    host_name, status,
};
use sinew_recording::Reader;

use super::BAD_INPUT;

/// Uploads recordings, with what lies beside them and a manifest that is written last. What is there already is not sent
/// again, and nothing that is there is replaced: interrupted and started again, it goes on where it was.
#[derive(Debug, Args)]
#[command(
    after_help = "Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, …) or from a file \
    that its owner alone can read, never from a URL.\n\n\
    Examples:\n  \
    sinew upload recordings/run_1.mcap --to /mnt/usb\n  \
    sinew upload recordings/*.mcap --to s3://robots/strider --limit 2\n  \
    sinew upload run.mcap --to s3://robots --endpoint http://127.0.0.1:8333\n  \
    sinew upload run.mcap --to s3://robots --leave-out /microphone --blur person --model spotter.onnx\n  \
    sinew upload --status recordings                  what is there, and what is not"
)]
pub(crate) struct UploadArgs {
    /// Recordings, `*.mcap`.
    #[arg(required_unless_present = "status", conflicts_with = "status")]
    files: Vec<PathBuf>,
    /// Where they go: a folder, file:///…, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX.
    #[arg(
        long,
        value_name = "URL",
        required_unless_present = "status",
        conflicts_with = "status"
    )]
    to: Option<String>,
    /// Where the object store is; the provider's own where it is left out.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Region of the bucket.
    #[arg(long)]
    region: Option<String>,
    /// File of NAME=value lines, in place of the environment.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Send without TLS over a network that is trusted.
    #[arg(long)]
    allow_http: bool,
    /// Name of the robot in the manifest. Default: the computer's.
    #[arg(long, value_name = "NAME")]
    robot: Option<String>,
    /// Send no more than so many megabytes a second.
    #[arg(long, value_name = "MB/s", value_parser = positive)]
    limit: Option<f64>,
    /// Leave a topic out; a `*` at its end stands for whatever follows. May be given again.
    #[arg(long, value_name = "TOPIC")]
    leave_out: Vec<String>,
    /// Send only every N-th image of each topic.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    every: u32,
    /// Make things of a class unrecognisable in images, such as `person`. May be given again.
    #[arg(long, value_name = "CLASS", requires = "model")]
    blur: Vec<String>,
    /// The detector that finds them, an ONNX file.
    #[arg(long, value_name = "FILE", requires = "blur")]
    model: Option<PathBuf>,
    /// Say what was uploaded of the recordings in a folder, and what was not.
    #[arg(long, value_name = "DIR")]
    status: Option<PathBuf>,
}

impl UploadArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        if let Some(folder) = &self.status {
            return show(folder);
        }
        let options = LocationOptions {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            credentials_file: self.credentials.clone(),
            allow_http: self.allow_http,
        };
        let location = Location::parse(self.to.as_deref().unwrap_or_default(), options)?;
        let params = FilterParams {
            leave_out: self.leave_out.clone(),
            every_nth_image: self.every,
            blur_classes: self.blur.clone(),
            blur_model: self.model.clone(),
            ..FilterParams::default()
        };
        self.expect_topics(&params)?;
        let filter = Filter::new(&params, Path::to_owned)?;
        let robot = match &self.robot {
            Some(robot) => robot.clone(),
            None => host_name().context("the computer's name cannot be read; say `--robot NAME`")?,
        };
        let bandwidth = Arc::new(Bandwidth::new(self.limit.map(|megabytes| megabytes * 1e6)));
        let mut upload = UploadOnce::to(&location, &robot, filter, bandwidth)?;
        let mut failed = 0;
        for file in &self.files {
            match self.one(&mut upload, file, &location) {
                Ok(()) => {}
                Err(error) => {
                    failed += 1;
                    eprintln!("error: {error:#}");
                }
            }
        }
        Ok(if failed == 0 {
            ExitCode::SUCCESS
        } else {
            eprintln!(
                "{failed} of {} are not there; what was sent of them is kept",
                self.files.len()
            );
            ExitCode::from(BAD_INPUT)
        })
    }

    /// Refuses a topic to leave out that no recording has: misspelt, it would go.
    fn expect_topics(&self, params: &FilterParams) -> anyhow::Result<()> {
        let mut topics = Vec::new();
        for file in &self.files {
            // What cannot be read is said when its turn comes.
            let Ok(reader) = Reader::open(file) else { return Ok(()) };
            topics.extend(reader.info().channels.iter().map(|(channel, _)| channel.topic.clone()));
        }
        for pattern in &self.leave_out {
            let alone = FilterParams {
                leave_out: vec![pattern.clone()],
                ..params.clone()
            };
            ensure!(
                topics.iter().any(|topic| alone.leaves_out(topic)),
                "--leave-out {pattern}: expected a topic of the recordings, found none of that name among {}",
                topics.join(", ")
            );
        }
        Ok(())
    }

    fn one(&self, upload: &mut UploadOnce, file: &Path, location: &Location) -> anyhow::Result<()> {
        let size = std::fs::metadata(file)
            .with_context(|| file.display().to_string())?
            .len();
        let style = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left")?;
        let bar = ProgressBar::new(size).with_style(style);
        bar.set_message(printable(&file.display().to_string()));
        let uploaded = upload.upload(file, &Shown(bar.clone()));
        bar.finish_and_clear();
        let name = file.display();
        match uploaded? {
            Uploaded::Now(manifest) => {
                let bytes: u64 = manifest.files.iter().map(|file| file.size).sum();
                let megabytes = bytes as f64 / 1e6;
                println!(
                    "{name}: {} files, {megabytes:.1} MB at {}, manifest {}/manifest.json",
                    manifest.files.len(),
                    location.name(),
                    manifest.recording
                );
                manifest.left_out.iter().for_each(show_filter);
            }
            _ => println!("{name}: was there before"),
        }
        Ok(())
    }
}

/// A bar that moves with what was sent.
struct Shown(ProgressBar);

impl Progress for Shown {
    fn is_ending(&self) -> bool {
        false
    }

    fn sent(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}

fn show_filter(report: &FilterReport) {
    for (topic, report) in &report.topics {
        println!(
            "  {topic}: {} of {} messages went, {} of them with something made unrecognisable",
            report.sent, report.messages, report.blurred
        );
        for (reason, count) in &report.left_out {
            println!("    {count} stayed: {reason}");
        }
    }
    for attachment in &report.attachments {
        println!("  the attachment {attachment} stayed");
    }
}

fn show(folder: &Path) -> anyhow::Result<ExitCode> {
    ensure!(
        folder.is_dir(),
        "--status: {}: expected a folder of recordings",
        folder.display()
    );
    let (known, untouched) = status(folder).with_context(|| folder.display().to_string())?;
    for known in &known {
        let state = if known.is_done {
            "there".to_owned()
        } else {
            format!("begun, {} parts sent", known.parts)
        };
        println!("{}  {state}  {}", known.recording, known.destination);
    }
    for recording in &untouched {
        println!("{recording}  waits");
    }
    let done = known.iter().filter(|known| known.is_done).count();
    println!("{done} there, {} begun, {} wait", known.len() - done, untouched.len());
    Ok(ExitCode::SUCCESS)
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err(format!("expected a number above 0, found `{text}`")),
    }
}
