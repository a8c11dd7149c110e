//! `sinew perceive` and `sinew model`, as a user calls them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "one of its models is enough here")]
#[path = "../../perception/tests/suite/onnx.rs"]
mod onnx;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use sinew_models::providers::{Provider, try_provider};
use sinew_perception::image::Picture;

fn perceive(arguments: &[&Path], options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sinew"))
        .arg("perceive")
        .args(arguments)
        .args(options)
        .output()
        .unwrap()
}

fn model(command: &str, arguments: &[&Path], options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(["model", command])
        .args(arguments)
        .args(options)
        .output()
        .unwrap()
}

/// A detector that always sees one box: the middle half of its input.
fn detector(folder: &Path) -> std::path::PathBuf {
    let mut boxes = vec![0.0; 6 * 20];
    boxes[..6].copy_from_slice(&[16.0, 16.0, 48.0, 48.0, 0.9, 1.0]);
    let names = ("names", "{0: 'ball', 1: 'box'}");
    onnx::fixed(folder, &[1, 3, 64, 64], &[("output0", &[1, 20, 6], &boxes)], &[names])
}

#[test]
fn a_folder_becomes_json_and_pictures_and_a_broken_file_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let model = detector(folder.path());
    let (images, out) = (folder.path().join("images"), folder.path().join("out"));
    std::fs::create_dir(&images).unwrap();
    let picture = Picture::from_rgb([200, 200], vec![128; 3 * 200 * 200]).unwrap();
    picture.write_png(&images.join("a.png")).unwrap();
    picture.write_png(&images.join("c.PNG")).unwrap();
    std::fs::write(images.join("b.jpg"), b"\xff\xd8\xff not a photo").unwrap();
    std::fs::write(images.join("notes.txt"), b"no image").unwrap();

    let output = perceive(&[&model, &images, Path::new("--out"), &out], &["--json", "-"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("b.jpg") && said.contains("expected a whole JPEG or PNG"),
        "{said}"
    );
    assert!(said.contains("head yolov10") && said.contains("box 0.90"), "{said}");

    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reports = json["images"].as_array().unwrap();
    assert_eq!(reports.len(), 3);
    assert!(reports[1]["error"].is_string());
    for report in [&reports[0], &reports[2]] {
        let thing = &report["detections"][0];
        assert_eq!(thing["class"], "box");
        assert_eq!([&thing["box"]["left"], &thing["box"]["bottom"]], [50.0, 150.0]);
    }
    let drawn = Picture::load(&out.join("a.png")).unwrap();
    let at = |x: usize, y: usize| &drawn.rgb()[3 * (200 * y + x)..][..3];
    assert_ne!(at(100, 50), [128; 3], "the upper edge is drawn");
    assert_eq!(at(100, 100), [128; 3], "the inside is not");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let model = detector(folder.path());
    let image = folder.path().join("a.png");
    Picture::from_rgb([20, 20], vec![128; 1200])
        .unwrap()
        .write_png(&image)
        .unwrap();
    for (arguments, options, parts) in [
        (
            [&*model, &*image],
            vec!["--head", "detr"],
            vec!["`output0` [1, 20, 6]", "do not fit the head detr"],
        ),
        (
            [&*model, &*image],
            vec!["--size", "32x32"],
            vec!["`images`", "a size of its own", "32×32"],
        ),
        ([&*image, &*image], vec![], vec!["a.png", "ONNX"]),
        (
            [&*model, Path::new("/nowhere")],
            vec![],
            vec!["/nowhere", "cannot be read"],
        ),
        (
            [&*model, &*image],
            vec!["--threshold", "2"],
            vec!["expected a number from 0 to 1"],
        ),
        (
            [&*model, &*image],
            vec!["--head", "yolo"],
            vec!["yolov8", "found `yolo`"],
        ),
    ] {
        let output = perceive(&arguments, &options);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            parts.iter().all(|part| said.contains(part)),
            "{parts:?} are not in: {said}"
        );
    }
}

#[test]
fn the_provider_that_runs_is_said_and_those_that_do_not_with_the_reason() {
    let Err(failure) = try_provider(Provider::Cuda) else {
        println!("skipped: cuda works here");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let detector = detector(folder.path());
    let image = folder.path().join("a.png");
    let picture = Picture::from_rgb([200, 200], vec![128; 3 * 200 * 200]).unwrap();
    picture.write_png(&image).unwrap();

    let output = perceive(&[&detector, &image], &["--providers", "cuda,cpu", "--json", "-"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("on cpu"), "{said}");
    assert!(
        said.contains("warning: the provider cuda does not work") && said.contains(&failure.reason),
        "{said}"
    );
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["provision"]["used"], "cpu");
    assert_eq!(json["provision"]["failed"][0]["provider"], "cuda");

    let output = perceive(&[&detector, &image], &["--providers", "cuda,cpu", "--strict"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("strict") && said.contains(&failure.reason), "{said}");

    let output = perceive(&[&detector, &image], &["--providers", "gpu"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("expected one of tensorrt, cuda, xnnpack, cpu, found `gpu`"),
        "{said}"
    );
}

#[test]
fn preparing_says_of_every_provider_what_came_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let detector = detector(folder.path());
    let output = model("prepare", &[&detector], &["--json", "-"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (ready, failed) = (&json[0]["ready"], &json[0]["failed"]);
    for provider in Provider::ALL {
        assert!(said.contains(provider.name()), "{said}");
        let is_in = |list: &Value, key: &str| list.as_array().unwrap().iter().any(|one| one[key] == provider.name());
        assert_ne!(is_in(ready, "used"), is_in(failed, "provider"), "{provider}: {json}");
    }
    let cpu = ready
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["used"] == "cpu")
        .unwrap();
    assert!(cpu["first_run_ms"].is_number() && cpu["tenth_run_ms"].is_number());

    let missing = folder.path().join("missing.onnx");
    let output = model("prepare", &[&detector, &missing], &["--providers", "cpu"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("missing.onnx") && said.contains("ready"), "{said}");
    let output = model("prepare", &[&detector], &["--providers", "cpu", "--precision", "fp16"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("fp16 is for tensorrt"), "{said}");
}

#[test]
fn a_model_is_shown_with_the_head_that_fits() {
    let folder = tempfile::tempdir().unwrap();
    let output = model("show", &[&detector(folder.path())], &[]);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    for part in [
        "`images`",
        "`output0`",
        "[1, 20, 6]",
        "names: {0: 'ball'",
        "head yolov10",
    ] {
        assert!(shown.contains(part), "`{part}` is not in: {shown}");
    }
}
