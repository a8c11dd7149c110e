//! Renders random scenes for the training of a detector: `render_scenes FOLDER training|validation|test FRAMES`.
//!
//! Writes into FOLDER, with N frames:
//! - `SPLIT.rgb`: bytes [N, height, width, 3];
//! - `SPLIT.boxes`: little-endian f32 [N, most, 6], a row for each thing that is seen: class, left, top, right
//!   and bottom in pixels, and 1 if a detector should find it, else 0; rows without a thing have the class -1;
//! - `SPLIT.json`: these sizes and the names of the classes, written last.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use sinew_robot::{RobotModel, load};
use sinew_sim::camera::{Frame, RandomScene, SCENE_CLASSES, TEST_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS};

/// Numbers that say what one thing is and where.
const ROW: usize = 6;
/// Rows for each frame, enough for all things of a scene.
const MOST: usize = 5;

/// Render random scenes for the training of a detector
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder to write to
    folder: PathBuf,
    /// Which seeds: training, validation or test
    split: String,
    /// How many frames
    frames: u64,
    /// The robot whose camera it is
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/robots/strider/scene.xml"))]
    robot: PathBuf,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let seeds = match arguments.split.as_str() {
        "training" => TRAINING_SEEDS,
        "validation" => VALIDATION_SEEDS,
        "test" => TEST_SEEDS,
        other => bail!("expected training, validation or test, found {other}"),
    };
    let most = seeds.end - seeds.start;
    ensure!(
        (1..=most).contains(&arguments.frames),
        "expected from 1 to {most} frames, found {}",
        arguments.frames
    );
    let model = load(&arguments.robot)?;
    fs::create_dir_all(&arguments.folder).with_context(|| format!("cannot make {}", arguments.folder.display()))?;
    let file = |ending: &str| arguments.folder.join(format!("{}.{ending}", arguments.split));
    let create =
        |ending: &str| File::create(file(ending)).with_context(|| format!("cannot write {}", file(ending).display()));
    let output = Output {
        rgb: create("rgb")?,
        boxes: create("boxes")?,
        first_seed: seeds.start,
        frames: arguments.frames,
        next: AtomicU64::new(0),
        progress: ProgressBar::new(arguments.frames).with_message(arguments.split.clone()),
    };
    output
        .progress
        .set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")?);
    let [width, height] = thread::scope(|scope| {
        let workers: Vec<_> = (0..thread::available_parallelism().map_or(1, usize::from))
            .map(|_| scope.spawn(|| output.render(&model)))
            .collect();
        let mut size = [0; 2];
        for worker in workers {
            let found = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            size = if found == [0; 2] { size } else { found };
        }
        anyhow::Ok(size)
    })?;
    output.progress.finish();
    let sizes = json!({
        "frames": arguments.frames, "height": height, "width": width, "most": MOST, "classes": SCENE_CLASSES,
    });
    fs::write(file("json"), sizes.to_string()).with_context(|| format!("cannot write {}", file("json").display()))
}

/// What all threads write to.
struct Output {
    rgb: File,
    boxes: File,
    first_seed: u64,
    frames: u64,
    next: AtomicU64,
    progress: ProgressBar,
}

impl Output {
    /// Renders frames as long as there are some left, and gives their size; zeros where there were none.
    fn render(&self, model: &RobotModel) -> Result<[u32; 2]> {
        let mut frame = Frame::default();
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.frames {
                return Ok([frame.width, frame.height]);
            }
            let scene = RandomScene::draw(model, self.first_seed + index);
            scene.render(model, &mut frame)?;
            self.rgb.write_all_at(&frame.rgb, index * frame.rgb.len() as u64)?;
            let rows = labels(&scene, &frame)?;
            self.boxes.write_all_at(&rows, index * rows.len() as u64)?;
            self.progress.inc(1);
        }
    }
}

/// The rows of a frame.
fn labels(scene: &RandomScene, frame: &Frame) -> Result<Vec<u8>> {
    ensure!(
        frame.boxes.len() <= MOST,
        "a scene shows {} things, expected at most {MOST}",
        frame.boxes.len()
    );
    let mut rows = [[-1.0; ROW]; MOST];
    for (row, seen) in rows.iter_mut().zip(&frame.boxes) {
        let class = &scene.props[seen.prop].class;
        let number = SCENE_CLASSES.iter().position(|name| name == class);
        let number = number.with_context(|| format!("expected one of {SCENE_CLASSES:?}, found the class {class}"))?;
        let edges = [seen.left, seen.top, seen.right, seen.bottom].map(|edge| edge as f32);
        let wanted = f32::from(u8::from(seen.is_recognisable()));
        *row = [number as f32, edges[0], edges[1], edges[2], edges[3], wanted];
    }
    Ok(rows
        .iter()
        .flatten()
        .flat_map(|value: &f32| value.to_le_bytes())
        .collect())
}
