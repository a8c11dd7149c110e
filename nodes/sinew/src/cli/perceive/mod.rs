//! `sinew perceive`

mod report;
mod targets;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::Value;
use sinew::perception::PerceptionParams;
use sinew_models::ModelFile;
use sinew_models::providers::{Provider, Provision};
use sinew_perception::contract::PerceptionContract;
use sinew_perception::heads::Prediction;
use sinew_perception::image::{Picture, image_files};
use sinew_perception::{Model, annotate};

use super::BAD_INPUT;
use super::file_name::{percent_encoded, shown};
use super::output::write_json;
use super::providers::NumberArgs;
use super::vision::VisionArgs;
use report::{as_json, summary};
use targets::{spare_all, spare_inputs, targets};

/// Shows what a vision model sees in images: boxes, classes, masks or depth.
///
/// What the model is, it mostly says itself: the layout of its outputs, class names, input size and the way it
/// wants its images come from its shapes and its metadata (as ultralytics writes them). What it does not say is
/// given by the options; where nothing speaks for one way to read it, it is refused.
#[derive(Debug, Args)]
#[command(after_help = "Heads, and the outputs that they take:\n  \
    yolov5    [1, boxes, 5 + classes]               yolov8    [1, 4 + classes, boxes]  (also v9, v11, v12)\n  \
    yolov10   [1, boxes, 6], finished (also v26)    rtdetr    logits and boxes, together or apart\n  \
    detr      logits with «nothing», and boxes      ssd       scores with «nothing» first, and boxes (UltraFace)\n  \
    yolox     [1, cells, 5 + classes]               nms       boxes, scores and classes, or dets, or [boxes, 6]\n  \
    picodet, nanodet  scores and distributions of distances for each cell\n  \
    classify  [1, classes]                          segment   [1, classes, height, width]\n  \
    depth     [1, 1, height, width]\n\n\
    Examples:\n  \
    sinew perceive yolo11n.onnx street.jpg                      a table of what is there\n  \
    sinew perceive yolo11n.onnx photos/ --out seen/             pictures with boxes\n  \
    sinew perceive yolo11n.onnx photos/ --providers tensorrt,cuda,cpu --precision fp16\n  \
    sinew perceive rtdetr.onnx street.jpg --labels coco.txt --threshold 0.5 --json -\n  \
    sinew perceive yolox_nano.onnx street.jpg --head yolox --labels coco.txt\n  \
    sinew perceive ultraface.onnx street.jpg --head ssd --mean 127 --std 128\n  \
    sinew perceive mine.onnx street.jpg --head yolov8 --size 320x320 --fit stretch")]
pub(crate) struct PerceiveArgs {
    /// ONNX file of the model.
    model: PathBuf,
    /// A JPEG or PNG file, or a folder of them.
    images: PathBuf,
    /// Write a PNG with what was seen for each image into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write what was seen as JSON to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
    /// Write the images, with what was seen in them, as the contract of a release: golden images, by which a robot finds out
    /// whether its provider runs the model as it ran here.
    #[arg(long, value_name = "FILE.yaml")]
    golden: Option<PathBuf>,
    /// Replace pictures that are in that folder already. Images that are looked at are never replaced.
    #[arg(long, requires = "out")]
    overwrite: bool,
    #[command(flatten)]
    vision: VisionArgs,
    /// Show only what scores more than this, 0 to 1.
    #[arg(long, default_value = "0.25", value_parser = share, allow_negative_numbers = true)]
    threshold: f32,
    /// Of two boxes of a class that share more of their area than this, show the better one, 0 to 1.
    #[arg(long, default_value = "0.7", value_parser = share, allow_negative_numbers = true)]
    overlap: f32,
    /// Threads of one operator; all cores when left out.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=256))]
    threads: u16,
    /// Execution providers to try, of tensorrt, cuda, xnnpack, cpu: the first that runs the model is used.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "cpu")]
    providers: Vec<Provider>,
    /// Fail where the first provider does not run the model.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    numbers: NumberArgs,
}

/// What is written of one image.
#[derive(Debug, Serialize)]
struct ImageReport {
    image: String,
    /// The bytes of its name, where they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    image_percent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What makes one doubt that outputs are read as they were meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(flatten)]
    seen: Value,
}

/// What is written of a run.
#[derive(Debug, Serialize)]
struct PerceiveReport<'a> {
    model: String,
    head: &'static str,
    provision: &'a Provision,
    warnings: &'a [String],
    images: Vec<ImageReport>,
}

/// What is in one image, and what of it is doubtful.
struct ImageSummary {
    summary: String,
    warnings: Vec<String>,
    seen: Value,
    prediction: Prediction,
}

impl PerceiveArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let params = PerceptionParams {
            threshold: self.threshold,
            overlap: self.overlap,
            threads: usize::from(self.threads),
            inference: self.numbers.on(&self.providers, self.strict),
            ..self.vision.params(&self.model)
        };
        let options = params.options(Path::to_owned)?;
        let files = image_files(&self.images)?;
        let pictures = self.out.as_deref().map(|folder| targets(folder, &files));
        self.spare(&files, pictures.as_deref())?;
        let mut model = Model::load(&ModelFile::read(&self.model)?, &options)?;
        for fallback in model.provision().fallbacks() {
            eprintln!("warning: {fallback}");
        }
        let [width, height] = model.input().size;
        let names = model.names().len();
        eprintln!(
            "{}: head {}, input {width}×{height}, {} on {}",
            shown(&self.model),
            model.head(),
            if names > 0 {
                format!("{names} classes")
            } else {
                "classes without names".to_owned()
            },
            model.provision(),
        );
        for doubt in model.doubts() {
            eprintln!("warning: {doubt}");
        }
        if let Some(folder) = &self.out {
            std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", shown(folder)))?;
        }
        let mut contract = PerceptionContract::new(model.names());
        let bar = ProgressBar::new(files.len() as u64)
            .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} images, {eta} left")?);
        let mut reports = Vec::new();
        let (mut failed, mut busy) = (0, Duration::ZERO);
        for (i, file) in files.iter().enumerate() {
            let target = pictures.as_ref().map(|pictures| pictures[i].as_path());
            let outcome = one(&mut model, file, target, &mut busy);
            let mut report = ImageReport {
                image: shown(file),
                image_percent: percent_encoded(file),
                error: None,
                warnings: Vec::new(),
                seen: Value::Object(Default::default()),
            };
            let line = match outcome {
                Ok(look) => {
                    if self.golden.is_some() {
                        let bytes = std::fs::read(file).with_context(|| shown(file))?;
                        if !contract.add(&bytes, self.threshold, &look.prediction) {
                            bail!(
                                "--golden: expected at most 16 images in which a detector finds things, found {}",
                                shown(file)
                            );
                        }
                    }
                    (report.seen, report.warnings) = (look.seen, look.warnings);
                    let warnings = report.warnings.iter();
                    let warnings: String = warnings.map(|warning| format!("\n  warning: {warning}")).collect();
                    format!("{}: {}{warnings}", shown(file), look.summary)
                }
                Err(error) => {
                    failed += 1;
                    let error = report.error.insert(format!("{error:#}"));
                    format!("error: {error}")
                }
            };
            bar.suspend(|| eprintln!("{line}"));
            reports.push(report);
            bar.inc(1);
        }
        bar.finish_and_clear();
        let seen = files.len() - failed;
        if seen > 0 {
            let each = busy.as_secs_f64() * 1e3 / seen as f64;
            eprintln!(
                "{seen} of {} images, {each:.1} ms each from pixels to result",
                files.len()
            );
        }
        if let Some(to) = &self.golden {
            let text = serde_yaml_ng::to_string(&contract)?;
            std::fs::write(to, text).with_context(|| format!("{}: cannot be written", shown(to)))?;
        }
        if let Some(to) = &self.json {
            let report = PerceiveReport {
                model: shown(&self.model),
                head: model.head().name(),
                provision: model.provision(),
                warnings: model.doubts(),
                images: reports,
            };
            write_json(to, &report)?;
        }
        Ok(match failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::from(BAD_INPUT),
        })
    }

    /// Nothing that is read is written over, and nothing else without being asked.
    fn spare(&self, files: &[PathBuf], pictures: Option<&[PathBuf]>) -> anyhow::Result<()> {
        let mut inputs: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        inputs.push(&self.model);
        inputs.extend(self.vision.labels.as_deref());
        inputs.extend(self.vision.anchors.as_deref());
        if let Some(golden) = &self.golden {
            spare_inputs("--golden", golden, &inputs)?;
        }
        if let Some(json) = self.json.as_deref().filter(|to| *to != "-") {
            let json = Path::new(json);
            spare_inputs("--json", json, &inputs)?;
            if pictures.is_some_and(|pictures| pictures.iter().any(|picture| picture == json)) {
                bail!("--json: {} is one of the pictures that --out writes", shown(json));
            }
        }
        spare_all(pictures.unwrap_or_default(), &inputs, self.overwrite)
    }
}

/// What is in one image; it is drawn into the file `target`.
fn one(model: &mut Model, file: &Path, target: Option<&Path>, busy: &mut Duration) -> anyhow::Result<ImageSummary> {
    let picture = Picture::load(file)?;
    let mut seen = Prediction::default();
    let began = Instant::now();
    let dropped = model
        .perceive(&picture.view(), &mut seen)
        .with_context(|| shown(file))?;
    *busy += began.elapsed();
    if let Some(target) = target {
        annotate(&picture, &seen, model.names(), |_| String::new())
            .write_png(target)
            .with_context(|| format!("{}: cannot be written", shown(target)))?;
    }
    let mut value = as_json(&seen, model.names());
    value["width"] = picture.width().into();
    value["height"] = picture.height().into();
    value["dropped"] = dropped.into();
    let mut summary = summary(&seen, model.names());
    if dropped > 0 {
        summary += &format!("; {dropped} values that are no numbers were dropped");
    }
    Ok(ImageSummary {
        summary,
        warnings: model.oddities().iter().map(|oddity| oddity.to_string()).collect(),
        seen: value,
        prediction: seen,
    })
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("expected a number from 0 to 1, found `{text}`")),
    }
}
