//! `sinew perceive`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};
use sinew_models::providers::Provider;
use sinew_perception::heads::{Head, Keep, Seen};
use sinew_perception::image::{Picture, image_files};
use sinew_perception::messages::class_name;
use sinew_perception::metadata::load_labels;
use sinew_perception::preprocess::Fit;
use sinew_perception::{Model, ModelOptions, Normalise, annotate};

use super::BAD_INPUT;
use super::output::write_json;
use super::providers::NumberArgs;

/// Shows what a vision model sees in images: boxes, classes, masks or depth.
///
/// What the model is, it mostly says itself: the layout of its outputs, class names, input size and the way it
/// wants its images come from its shapes and its metadata (as ultralytics writes them). What it does not say is
/// given by the options.
#[derive(Debug, Args)]
#[command(after_help = "Heads, and the outputs that they take:\n  \
    yolov5    [1, boxes, 5 + classes]               yolov8    [1, 4 + classes, boxes]  (also v9, v11, v12)\n  \
    yolov10   [1, boxes, 6], finished (also v26)    rtdetr    logits and boxes, together or apart\n  \
    detr      logits with «nothing», and boxes      classify  [1, classes]\n  \
    segment   [1, classes, height, width]           depth     [1, 1, height, width]\n\n\
    Examples:\n  \
    sinew perceive yolo11n.onnx street.jpg                      a table of what is there\n  \
    sinew perceive yolo11n.onnx photos/ --out seen/             pictures with boxes\n  \
    sinew perceive yolo11n.onnx photos/ --providers tensorrt,cuda,cpu --precision fp16\n  \
    sinew perceive rtdetr.onnx street.jpg --labels coco.txt --threshold 0.5 --json -\n  \
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
    /// Class names: one per line, or YAML with `names`. Default: the model's metadata.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Show only what scores more than this, 0 to 1.
    #[arg(long, default_value = "0.25", value_parser = share)]
    threshold: f32,
    /// Of two boxes of a class that share more of their area than this, show the better one, 0 to 1.
    #[arg(long, default_value = "0.7", value_parser = share)]
    overlap: f32,
    /// How the outputs are read. Default: the one that fits.
    #[arg(long, value_parser = head)]
    head: Option<Head>,
    /// Size of the model's input, pixels, where the model leaves it open.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<[usize; 2]>,
    /// How images get that size: letterbox, stretch or crop. Default: as is usual for the head.
    #[arg(long, value_parser = fit)]
    fit: Option<Fit>,
    /// What levels become: unit (0 to 1), imagenet (its mean and deviation) or none. Default: likewise.
    #[arg(long, value_parser = normalise)]
    normalise: Option<Normalise>,
    /// Threads of one operator; all cores when left out.
    #[arg(long, default_value_t = 0)]
    threads: usize,
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
struct Report {
    image: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(flatten)]
    seen: Value,
}

impl PerceiveArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let options = ModelOptions {
            head: self.head,
            names: self.labels.as_deref().map(load_labels).transpose()?,
            size: self.size,
            fit: self.fit,
            normalise: self.normalise,
            keep: Keep {
                threshold: self.threshold,
                overlap: self.overlap,
                ..Keep::default()
            },
            threads: self.threads,
            providers: self.numbers.on(&self.providers, self.strict),
            batch: 1,
        };
        let files = image_files(&self.images)?;
        let mut model = Model::load(&self.model, &options)?;
        for failure in &model.provision().failed {
            eprintln!(
                "warning: the provider {} does not work: {}",
                failure.provider, failure.reason
            );
        }
        let [width, height] = model.input().size;
        let names = model.names().len();
        eprintln!(
            "{}: head {}, input {width}×{height}, {} on {}",
            self.model.display(),
            model.head(),
            if names > 0 {
                format!("{names} classes")
            } else {
                "classes without names".to_owned()
            },
            model.provision(),
        );
        if let Some(folder) = &self.out {
            std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
        }
        let bar = ProgressBar::new(files.len() as u64)
            .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} images, {eta} left")?);
        let mut reports = Vec::new();
        let (mut failed, mut busy) = (0, Duration::ZERO);
        for file in &files {
            let outcome = self.one(&mut model, file, &mut busy);
            let line = match &outcome {
                Ok((summary, _)) => format!("{}: {summary}", file.display()),
                Err(error) => format!("error: {}", sinew::log::spelled(error)),
            };
            bar.suspend(|| eprintln!("{line}"));
            failed += usize::from(outcome.is_err());
            reports.push(match outcome {
                Ok((_, seen)) => Report {
                    image: file.clone(),
                    error: None,
                    seen,
                },
                Err(error) => Report {
                    image: file.clone(),
                    error: Some(sinew::log::spelled(&error)),
                    seen: json!({}),
                },
            });
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
        if let Some(to) = &self.json {
            let report = json!({
                "model": self.model,
                "head": model.head().name(),
                "provision": model.provision(),
                "images": reports,
            });
            write_json(to, &report)?;
        }
        Ok(match failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::from(BAD_INPUT),
        })
    }

    /// What is in one image: for people, and as JSON.
    fn one(&self, model: &mut Model, file: &Path, busy: &mut Duration) -> anyhow::Result<(String, Value)> {
        let picture = Picture::load(file)?;
        let mut seen = Seen::default();
        let began = Instant::now();
        let dropped = model
            .perceive(&picture.view(), &mut seen)
            .with_context(|| file.display().to_string())?;
        *busy += began.elapsed();
        if let Some(folder) = &self.out {
            let name = file.file_name().unwrap_or(file.as_os_str());
            let target = folder.join(name).with_extension("png");
            annotate(&picture, &seen, model.names(), |_| String::new())
                .write_png(&target)
                .with_context(|| format!("{}: cannot be written", target.display()))?;
        }
        let mut value = as_json(&seen, model.names());
        value["width"] = picture.width().into();
        value["height"] = picture.height().into();
        value["dropped"] = dropped.into();
        let mut summary = summary(&seen, model.names());
        if dropped > 0 {
            summary += &format!("; {dropped} values that are no numbers were dropped");
        }
        Ok((summary, value))
    }
}

fn as_json(seen: &Seen, names: &[String]) -> Value {
    match seen {
        Seen::Things(things) => json!({ "detections": things.iter().map(|thing| json!({
            "class": class_name(names, thing.class),
            "class_number": thing.class,
            "score": thing.score,
            "box": {
                "left": thing.bbox.left,
                "top": thing.bbox.top,
                "right": thing.bbox.right,
                "bottom": thing.bbox.bottom,
            },
        })).collect::<Vec<_>>() }),
        Seen::Classes(classes) => json!({ "classes": classes.iter().map(|class| json!({
            "class": class_name(names, class.class),
            "class_number": class.class,
            "score": class.score,
        })).collect::<Vec<_>>() }),
        Seen::Mask(mask) => json!({ "pixels": pixels_per_class(&mask.values).into_iter().map(|(class, pixels)| json!({
            "class": class_name(names, class),
            "class_number": class,
            "pixels": pixels,
        })).collect::<Vec<_>>() }),
        Seen::Depth(depth) => {
            let (near, far) = range(&depth.values);
            json!({ "depth": { "nearest": near, "farthest": far } })
        }
    }
}

fn summary(seen: &Seen, names: &[String]) -> String {
    let listed = |lines: Vec<String>| match lines.is_empty() {
        true => "nothing".to_owned(),
        false => lines.join(", "),
    };
    match seen {
        Seen::Things(things) => listed(
            (things.iter())
                .map(|thing| format!("{} {:.2}", class_name(names, thing.class), thing.score))
                .collect(),
        ),
        Seen::Classes(classes) => listed(
            (classes.iter().take(5))
                .map(|class| format!("{} {:.2}", class_name(names, class.class), class.score))
                .collect(),
        ),
        Seen::Mask(mask) => listed(
            (pixels_per_class(&mask.values).into_iter())
                .map(|(class, pixels)| {
                    let share = 100.0 * pixels as f64 / mask.values.len() as f64;
                    format!("{} {share:.1} %", class_name(names, class))
                })
                .collect(),
        ),
        Seen::Depth(depth) => {
            let (near, far) = range(&depth.values);
            format!("depth {near} to {far}")
        }
    }
}

/// Classes that cover pixels, the largest first.
fn pixels_per_class(mask: &[u8]) -> Vec<(usize, usize)> {
    let mut counts = [0; 256];
    for class in mask {
        counts[usize::from(*class)] += 1;
    }
    let mut found: Vec<_> = counts
        .into_iter()
        .enumerate()
        .filter(|(_, pixels)| *pixels > 0)
        .collect();
    found.sort_by_key(|(_, pixels)| std::cmp::Reverse(*pixels));
    found
}

/// The smallest and the largest value; 0 where there is none.
fn range(values: &[f32]) -> (f32, f32) {
    let smallest = values.iter().copied().reduce(f32::min).unwrap_or(0.0);
    let largest = values.iter().copied().reduce(f32::max).unwrap_or(0.0);
    (smallest, largest)
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("expected a number from 0 to 1, found `{text}`")),
    }
}

pub(super) fn size(text: &str) -> Result<[usize; 2], String> {
    let sides = text.split_once(['x', '×']);
    let sides = sides.and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    sides
        .filter(|sides| sides.iter().all(|side| (1..=16_384).contains(side)))
        .ok_or_else(|| format!("expected width and height in pixels, such as 640x480, found `{text}`"))
}

/// One of a set of names, or what they are.
fn named<T: Copy>(text: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        format!("expected one of {}, found `{text}`", names.join(", "))
    })
}

fn head(text: &str) -> Result<Head, String> {
    named(text, &Head::ALL.map(|head| (head.name(), head)))
}

fn fit(text: &str) -> Result<Fit, String> {
    named(
        text,
        &[
            ("letterbox", Fit::Letterbox),
            ("stretch", Fit::Stretch),
            ("crop", Fit::Crop),
        ],
    )
}

fn normalise(text: &str) -> Result<Normalise, String> {
    named(
        text,
        &[
            ("unit", Normalise::Unit),
            ("imagenet", Normalise::Imagenet),
            ("none", Normalise::None),
        ],
    )
}
