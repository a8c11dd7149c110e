//! Preprocessing and suppression against independent code: numpy for every bit, OpenCV within a level.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sinew_perception::heads::{BoundingBox, Detection, Keep, suppress};
use sinew_perception::image::{Encoding, ImageView, Picture};
use sinew_perception::precision::{EvaluatedImage, GroundTruth, average_precision};
use sinew_perception::preprocess::{ChannelOrder, Fit, InputSpec, Layout, Preprocessor, TensorMut};

const COLOURS: [&str; 14] = [
    "rgb8",
    "bgr8",
    "rgba8",
    "bgra8",
    "mono8",
    "mono16",
    "yuv422",
    "yuv422_yuy2",
    "nv12",
    "nv21",
    "bayer_rggb8",
    "bayer_bggr8",
    "bayer_gbrg8",
    "bayer_grbg8",
];
/// Width and height of source and input: smaller, larger, odd, tall, wide, tiny.
const SIZES: [([usize; 2], [usize; 2]); 9] = [
    ([64, 48], [32, 32]),
    ([64, 48], [48, 80]),
    ([322, 182], [160, 160]),
    ([318, 238], [33, 97]),
    ([37, 23], [64, 64]),
    ([101, 7], [24, 31]),
    ([2, 2], [17, 9]),
    ([1, 1], [8, 8]),
    ([640, 361], [320, 320]),
];
const FITS: [(&str, Fit); 3] = [
    ("letterbox", Fit::Letterbox),
    ("stretch", Fit::Stretch),
    ("crop", Fit::Crop),
];

/// A Python with OpenCV; none where there is none, which is said.
fn python() -> Option<PathBuf> {
    let made = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.sinew/venv/bin/python");
    let python = std::env::var_os("SINEW_PYTHON").map_or_else(made, PathBuf::from);
    let works = Command::new(&python).args(["-c", "import cv2, numpy"]).output();
    if works.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!(
        "skipped: {} is no Python with OpenCV; `cargo xtask test` makes it",
        python.display()
    );
    None
}

/// Has the peer look at the cases that lie in `folder`.
fn judged(python: &Path, check: &str, folder: &Path, cases: &[Value]) {
    fs::write(folder.join("cases.json"), serde_json::to_vec(cases).unwrap()).unwrap();
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/opencv/peer.py"))
        .arg(check)
        .arg(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains(&format!("{} cases", cases.len())), "{said}");
}

/// The same noise every time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    fn unit(&mut self) -> f32 {
        self.next() as f32 / (1u64 << 31) as f32
    }

    /// Hard edges, flat parts and noise: what rounding errors show in.
    fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            let run = 1 + self.next() as usize % 40;
            let flat = [0, 255, self.next() as u8][self.next() as usize % 3];
            let noisy = self.next().is_multiple_of(2);
            bytes.extend((0..run).map(|_| if noisy { self.next() as u8 } else { flat }));
        }
        bytes.truncate(len);
        bytes
    }
}

/// Bytes in a row without gaps, and rows with those of a second plane.
fn plane(name: &str, [width, height]: [usize; 2]) -> [usize; 2] {
    match name {
        "rgb8" | "bgr8" => [3 * width, height],
        "rgba8" | "bgra8" => [4 * width, height],
        "mono16" | "yuv422" | "yuv422_yuy2" => [2 * width, height],
        "nv12" | "nv21" => [width, height + height / 2],
        _ => [width, height],
    }
}

#[test]
fn every_encoding_becomes_what_numpy_and_opencv_make_of_it() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut noise = Noise(7);
    let mut cases = Vec::new();
    for name in COLOURS {
        for (source, input) in SIZES {
            let pairs = match name {
                "yuv422" | "yuv422_yuy2" => [2, 1],
                "nv12" | "nv21" => [2, 2],
                _ => [1, 1],
            };
            let source = [0, 1].map(|i| source[i].next_multiple_of(pairs[i]));
            let [row, rows] = plane(name, source);
            let i = cases.len();
            let step = row + [0, 1, 13, 64][i % 4];
            let big_endian = i % 2 == 1;
            let data = noise.bytes(step * (rows - 1) + row);
            let (fit_name, fit) = FITS[i % 3];
            let order = [ChannelOrder::Rgb, ChannelOrder::Bgr, ChannelOrder::Grey][(i / 3) % 3];
            let layout = [Layout::Nchw, Layout::Nhwc][(i / 2) % 2];
            let element = ["f32", "f16", "u8"][(i / 5) % 3];
            let spec = InputSpec {
                fit,
                order,
                layout,
                ..match element {
                    "u8" => InputSpec {
                        scale: 1.0,
                        ..InputSpec::yolo(input)
                    },
                    _ => InputSpec::imagenet(input),
                }
            };
            let image = ImageView::new(Encoding::named(name).unwrap(), source, step, big_endian, &data).unwrap();
            fs::write(folder.path().join(format!("{i}.in")), &data).unwrap();
            fs::write(folder.path().join(format!("{i}.out")), tensor(&spec, element, &image)).unwrap();
            fs::write(folder.path().join(format!("{i}.rgb")), image.to_rgb().unwrap().rgb()).unwrap();
            cases.push(json!({
                "encoding": name, "source": source, "step": step, "big_endian": big_endian, "input": input,
                "fit": fit_name, "order": order, "layout": layout, "element": element, "margin": spec.margin,
                "scale": spec.scale, "mean": spec.mean, "std": spec.std,
            }));
        }
    }
    judged(&python, "preprocess", folder.path(), &cases);
}

/// The tensor's bytes, the same with and without vectors.
fn tensor(spec: &InputSpec, element: &str, image: &ImageView<'_>) -> Vec<u8> {
    let mut preprocessor = Preprocessor::new(spec.clone());
    let mut results = Vec::new();
    for portable in [false, true] {
        let mut run = |tensor: TensorMut<'_>| {
            if portable {
                preprocessor.run_portably(image, tensor).unwrap()
            } else {
                preprocessor.run(image, tensor).unwrap()
            }
        };
        results.push(match element {
            "f32" => {
                let mut values = vec![f32::NAN; spec.len()];
                run(TensorMut::F32(&mut values));
                values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>()
            }
            "f16" => {
                let mut values = vec![half::f16::NAN; spec.len()];
                run(TensorMut::F16(&mut values));
                values.iter().flat_map(|value| value.to_le_bytes()).collect()
            }
            _ => {
                let mut values = vec![0xaa; spec.len()];
                run(TensorMut::U8(&mut values));
                values
            }
        });
    }
    assert!(
        results[0] == results[1],
        "vectors and plain code differ: {spec:?}, {image:?}"
    );
    results.swap_remove(0)
}

#[test]
fn the_boxes_that_stay_are_those_of_opencv() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut noise = Noise(11);
    let mut cases = Vec::new();
    let sizes = [
        (1, 0.5, 0.0),
        (40, 0.45, 0.25),
        (400, 0.7, 0.1),
        (3000, 0.3, 0.5),
        (900, 0.0, 0.9),
    ];
    let kinds = [false, true]
        .into_iter()
        .flat_map(|across| [1, 20].map(|levels| (across, levels)));
    for ((across_classes, levels), (count, overlap, threshold)) in kinds.flat_map(|kind| sizes.map(|size| (kind, size)))
    {
        let mut things: Vec<_> = (0..count)
            .map(|i| {
                let centre = [640.0 * noise.unit(), 480.0 * noise.unit()];
                // One has no area. OpenCV takes two such for the same, wherever they are; here they share nothing.
                let width = if i == 7 { 0.0 } else { 1.0 + 200.0 * noise.unit() };
                let size = [width, 1.0 + 200.0 * noise.unit()];
                // Few levels make many equal scores.
                let score = if levels > 1 {
                    (noise.unit() * levels as f32).ceil() / levels as f32
                } else {
                    noise.unit()
                };
                Detection {
                    bbox: BoundingBox::centred(centre, size),
                    score,
                    class: noise.next() as usize % 5,
                }
            })
            .collect();
        // Of equals OpenCV prefers the first, Sinew the first of this order.
        things.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then(a.class.cmp(&b.class))
                .then(a.bbox.left.total_cmp(&b.bbox.left))
        });
        let boxes: Vec<_> = (things.iter())
            .map(|thing| {
                [
                    thing.bbox.left,
                    thing.bbox.top,
                    thing.bbox.size()[0],
                    thing.bbox.size()[1],
                ]
            })
            .collect();
        let scores: Vec<_> = things.iter().map(|thing| thing.score).collect();
        let classes = (!across_classes).then(|| things.iter().map(|thing| thing.class).collect::<Vec<_>>());
        things.retain(|thing| thing.score > threshold);
        suppress(
            &mut things,
            &Keep {
                threshold,
                overlap,
                across_classes,
                detections: usize::MAX,
                candidates: usize::MAX,
            },
        );
        let kept: Vec<_> = things.iter().map(|thing| (thing.score, thing.bbox.left)).collect();
        cases.push(json!({
            "boxes": boxes, "scores": scores, "threshold": threshold, "overlap": overlap, "kept": kept, "classes": classes,
        }));
    }
    judged(&python, "suppress", folder.path(), &cases);
}

#[test]
fn average_precision_is_that_of_the_training() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut noise = Noise(13);
    let mut cases = Vec::new();
    for case in 0..40 {
        let images: Vec<_> = (0..1 + case % 20).map(|_| random_boxes(&mut noise)).collect();
        let frames: Vec<_> = images
            .iter()
            .map(|image| {
                let row = |class: usize, bbox: &BoundingBox, last: f32| {
                    json!([class, bbox.left, bbox.top, bbox.right, bbox.bottom, last])
                };
                let found = image
                    .found
                    .iter()
                    .map(|thing| row(thing.class, &thing.bbox, thing.score));
                let truth = image.truth.iter();
                let truth = truth.map(|thing| row(thing.class, &thing.bbox, f32::from(u8::from(thing.wanted))));
                json!({ "found": found.collect::<Vec<_>>(), "truth": truth.collect::<Vec<_>>() })
            })
            .collect();
        let each: Vec<_> = (0..3).map(|class| average_precision(&images, class, 0.5)).collect();
        cases.push(json!({ "frames": frames, "overlap": 0.5, "precision": each }));
    }
    judged(&python, "precision", folder.path(), &cases);
}

/// Things in an image and boxes of all qualities around them, and some that are of nothing.
fn random_boxes(noise: &mut Noise) -> EvaluatedImage {
    let mut image = EvaluatedImage::default();
    for _ in 0..noise.next() % 8 {
        let centre = [320.0 * noise.unit(), 240.0 * noise.unit()];
        let size = [10.0 + 90.0 * noise.unit(), 10.0 + 90.0 * noise.unit()];
        let class = noise.next() as usize % 3;
        if !noise.next().is_multiple_of(4) {
            image.truth.push(GroundTruth {
                bbox: BoundingBox::centred(centre, size),
                class,
                wanted: !noise.next().is_multiple_of(5),
            });
        }
        for _ in 0..noise.next() % 4 {
            let mut off = || 1.0 + 0.5 * (noise.unit() - 0.5);
            image.found.push(Detection {
                bbox: BoundingBox::centred(centre, [size[0] * off(), size[1] * off()]),
                score: noise.unit(),
                class: if noise.next().is_multiple_of(8) { 0 } else { class },
            });
        }
    }
    image
}

#[test]
fn files_that_opencv_writes_are_read_and_cut_ones_are_refused() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    judged(
        &python,
        "write",
        folder.path(),
        &[json!({ "source": [61, 43] }), json!({ "source": [320, 200] })],
    );
    for i in 0..2 {
        let truth = fs::read(folder.path().join(format!("{i}.rgb"))).unwrap();
        // Decoders of JPEG may round as they like.
        for (ending, tolerance) in [("png", 0), ("jpg", 8)] {
            let file = folder.path().join(format!("{i}.{ending}"));
            let truth = if ending == "jpg" {
                fs::read(file.with_extension("jpg.rgb")).unwrap()
            } else {
                truth.clone()
            };
            let picture = Picture::load(&file).unwrap();
            let pairs = picture.rgb().iter().zip(&truth);
            let worst = pairs.map(|(ours, theirs)| ours.abs_diff(*theirs)).max().unwrap();
            assert!(worst <= tolerance, "{}: {worst} levels off", file.display());
            let bytes = fs::read(&file).unwrap();
            for share in 0..20 {
                let cut = &bytes[..bytes.len() * share / 20];
                let error = Picture::decode(cut).unwrap_err();
                assert!(error.to_string().contains("expected a whole JPEG or PNG"), "{error}");
            }
        }
    }
}
