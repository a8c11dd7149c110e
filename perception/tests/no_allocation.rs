//! From pixels to what is seen, a frame makes no Rust allocation. (ONNX Runtime's own, in C++, are not counted.)
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "some of its models are enough here")]
#[path = "suite/onnx.rs"]
mod onnx;

use sinew_control::alloc::{CountingAllocator, thread_allocations};
use sinew_models::ModelFile;
use sinew_perception::heads::{Head, HeadOptions, Prediction};
use sinew_perception::image::{Encoding, ImageView};
use sinew_perception::{Model, ModelOptions, Normalise};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const INPUT: [i64; 4] = [1, 3, 64, 64];
const WARM_UP: usize = 2;
const FRAMES: usize = 20;

fn read_as(head: Head) -> ModelOptions {
    ModelOptions {
        reading: HeadOptions {
            head: Some(head),
            ..HeadOptions::default()
        },
        ..ModelOptions::default()
    }
}

/// Allocations in some frames of each encoding, after the first of each.
fn allocations(model: &mut Model) -> u64 {
    let pixels = vec![90; 4 * 96 * 80];
    let mut seen = Prediction::default();
    let mut count = 0;
    for name in ["rgb8", "bgra8", "mono8", "yuv422_yuy2", "nv12", "bayer_rggb8"] {
        let encoding = Encoding::named(name).unwrap();
        let step = match name {
            "nv12" | "mono8" | "bayer_rggb8" => 96,
            _ => 4 * 96,
        };
        let image = ImageView::new(encoding, [96, 54], step, false, &pixels).unwrap();
        for frame in 0..WARM_UP + FRAMES {
            let before = thread_allocations();
            model.perceive(&image, &mut seen).unwrap();
            if frame >= WARM_UP {
                count += thread_allocations() - before;
            }
        }
    }
    count
}

#[test]
fn the_counter_counts() {
    let before = thread_allocations();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(thread_allocations() - before, 1);
}

#[test]
fn detections_are_made_without_an_allocation() {
    let folder = tempfile::tempdir().unwrap();
    // Eighty boxes in a row that overlap their neighbours, of three classes.
    const BOXES: usize = 80;
    let rows = [0, 1, 2, 3, 4, 5, 6].map(|row| {
        (0..BOXES).map(move |i| match row {
            0 => 4.0 + i as f32 * 0.7,
            1 => 32.0,
            2 | 3 => 9.0,
            class => {
                if i % 3 == class - 4 {
                    0.3 + 0.005 * i as f32
                } else {
                    0.1
                }
            }
        })
    });
    let columns: Vec<f32> = rows.into_iter().flatten().collect();
    let names = [("names", "{0: 'ball', 1: 'box', 2: 'person'}")];
    let file = onnx::fixed(
        folder.path(),
        &INPUT,
        &[("out", &[1, 7, BOXES as i64], &columns)],
        &names,
    );
    let mut model = Model::load(&ModelFile::read(&file).unwrap(), &ModelOptions::default()).unwrap();
    assert_eq!(allocations(&mut model), 0);
}

#[test]
fn nor_are_boxes_that_are_decoded_or_that_a_suppression_left() {
    let folder = tempfile::tempdir().unwrap();
    const CELLS: i64 = 84;
    let unit = |head| ModelOptions {
        normalise: Some(Normalise::Unit),
        ..read_as(head)
    };
    let load = |outputs: &[(&str, &[i64], &[f32])], head| {
        let file = onnx::fixed(folder.path(), &INPUT, outputs, &[]);
        Model::load(&ModelFile::read(&file).unwrap(), &unit(head)).unwrap()
    };
    let rows = vec![0.8; 35 * CELLS as usize];
    for (head, width) in [(Head::YoloX, 8), (Head::PicoDet, 35), (Head::NanoDet, 35)] {
        let values = &rows[..(width * CELLS) as usize];
        let mut model = load(&[("out", &[1, CELLS, width], values)], head);
        assert_eq!(allocations(&mut model), 0, "{head}");
    }
    let boxes = [0.1, 0.2, 0.5, 0.6].repeat(20);
    let mut model = load(
        &[
            ("scores", &[1, 20, 2], &[0.2, 0.8].repeat(20)),
            ("boxes", &[1, 20, 4], &boxes),
        ],
        Head::Ssd,
    );
    assert_eq!(allocations(&mut model), 0);
    let outputs = [
        ("labels", &[1, 20][..], onnx::Numbers::Integers(&[1; 20])),
        ("boxes", &[1, 20, 4][..], onnx::Numbers::Floats(&boxes)),
        ("scores", &[1, 20][..], onnx::Numbers::Floats(&[0.7; 20])),
    ];
    let file = onnx::mixed(folder.path(), &INPUT, &outputs, "Identity", &[]);
    assert_eq!(
        allocations(&mut Model::load(&ModelFile::read(&file).unwrap(), &unit(Head::Nms)).unwrap()),
        0
    );
}

#[test]
fn classes_masks_and_depth_are_made_without_an_allocation() {
    let folder = tempfile::tempdir().unwrap();
    let options = |head| ModelOptions {
        normalise: Some(Normalise::Unit),
        ..read_as(head)
    };
    let scores: Vec<f32> = (0..100).map(|class| (class as f32).sin()).collect();
    let classify = onnx::fixed(folder.path(), &INPUT, &[("out", &[1, 100], &scores)], &[]);
    assert_eq!(
        allocations(&mut Model::load(&ModelFile::read(&classify).unwrap(), &options(Head::Classify)).unwrap()),
        0
    );
    let segment = onnx::operator(folder.path(), "Relu", &INPUT, &INPUT);
    assert_eq!(
        allocations(&mut Model::load(&ModelFile::read(&segment).unwrap(), &options(Head::Segment)).unwrap()),
        0
    );
    let grey = [1, 1, 64, 64];
    let depth = onnx::operator(folder.path(), "Relu", &grey, &grey);
    assert_eq!(
        allocations(&mut Model::load(&ModelFile::read(&depth).unwrap(), &options(Head::Depth)).unwrap()),
        0
    );
}

#[test]
fn nor_does_a_batch_of_images_of_different_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let file = onnx::convolution(folder.path(), &[-1, 3, 64, 64], &[0.1; 2 * 27]);
    let options = ModelOptions {
        batch: 3,
        ..read_as(Head::Classify)
    };
    let mut model = Model::load(&ModelFile::read(&file).unwrap(), &options).unwrap();
    let pixels = vec![90; 3 * 96 * 80];
    let rgb8 = Encoding::named("rgb8").unwrap();
    let images = [[96, 54], [80, 80]].map(|size| ImageView::new(rgb8, size, 3 * size[0], false, &pixels).unwrap());
    let mut seen = [Prediction::default(), Prediction::default()];
    let mut count = 0;
    for frame in 0..WARM_UP + FRAMES {
        let before = thread_allocations();
        model.perceive_batch(&images, &mut seen).unwrap();
        if frame >= WARM_UP {
            count += thread_allocations() - before;
        }
    }
    assert_eq!(count, 0);
}
