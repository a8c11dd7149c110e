//! `sinew perceive` and `sinew model`, as a user calls them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "one of its models is enough here")]
#[path = "../../../perception/tests/suite/onnx.rs"]
mod onnx;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
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

/// A grey picture, as a file.
fn grey(file: &Path) {
    let picture = Picture::from_rgb([200, 200], vec![128; 3 * 200 * 200]).unwrap();
    picture.write_png(file).unwrap();
}

#[test]
fn pictures_never_replace_what_is_looked_at_and_nothing_else_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let model = detector(folder.path());
    let images = folder.path().join("images");
    std::fs::create_dir(&images).unwrap();
    let image = images.join("a.png");
    grey(&image);
    let before = std::fs::read(&image).unwrap();
    let (linked, hard, soft) = (
        folder.path().join("linked"),
        folder.path().join("hard"),
        folder.path().join("soft"),
    );
    std::os::unix::fs::symlink(&images, &linked).unwrap();
    for folder in [&hard, &soft] {
        std::fs::create_dir(folder).unwrap();
    }
    std::fs::hard_link(&image, hard.join("a.png")).unwrap();
    let elsewhere = folder.path().join("elsewhere.png");
    std::os::unix::fs::symlink(&elsewhere, soft.join("a.png")).unwrap();
    let dotted = images.join("../images");
    let to = |out: &Path, options: &[&str]| {
        let output = perceive(&[&model, &images, Path::new("--out"), out], options);
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    for out in [&images, &linked, &hard, &dotted] {
        for options in [&[][..], &["--overwrite"]] {
            let (code, said) = to(out, options);
            assert_eq!(code, Some(2), "{said}");
            assert!(
                said.contains("a.png is the input") && said.contains("another place"),
                "{said}"
            );
        }
    }
    let (code, said) = to(&soft, &["--overwrite"]);
    assert!(
        code == Some(2) && said.contains("is a link") && !elsewhere.exists(),
        "{said}"
    );

    let out = folder.path().join("out");
    assert_eq!(to(&out, &[]).0, Some(0));
    std::fs::write(out.join("a.png"), b"mine").unwrap();
    let (code, said) = to(&out, &[]);
    assert!(
        code == Some(2) && said.contains("is there already") && said.contains("--overwrite"),
        "{said}"
    );
    assert_eq!(std::fs::read(out.join("a.png")).unwrap(), b"mine");
    assert_eq!(to(&out, &["--overwrite"]).0, Some(0));

    for json in [&image, &model, &out.join("a.png")] {
        let (code, said) = to(&out, &["--overwrite", "--json", json.to_str().unwrap()]);
        assert!(code == Some(2) && said.contains("--json"), "{said}");
    }
    assert_eq!(std::fs::read(&image).unwrap(), before);
}

#[test]
fn two_images_of_one_name_become_two_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let model = detector(folder.path());
    let images = folder.path().join("images");
    std::fs::create_dir(&images).unwrap();
    for name in ["a.png", "a.PNG", "b.png"] {
        grey(&images.join(name));
    }
    let out = folder.path().join("out");
    let output = perceive(&[&model, &images, Path::new("--out"), &out], &[]);
    assert!(output.status.success());
    let mut names: Vec<_> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["a.PNG.png", "a.png.png", "b.png"]);
}

#[test]
fn names_that_are_no_text_are_escaped_and_no_result_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let model = detector(folder.path());
    let images = folder.path().join("images");
    std::fs::create_dir(&images).unwrap();
    for name in [&b"a.png"[..], b"caf\xe9.png", b"e\x1b[31m\n.png"] {
        grey(&images.join(OsStr::from_bytes(name)));
    }
    let out = folder.path().join("out");
    let output = perceive(&[&model, &images, Path::new("--out"), &out], &["--json", "-"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("caf\\xe9.png: box 0.90"), "{said}");
    assert!(
        !output.stderr.contains(&0x1b),
        "a name reaches the terminal as it is: {said}"
    );
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reports = json["images"].as_array().unwrap();
    assert_eq!(reports.len(), 3);
    let of = |ending: &str| {
        let is_it = |report: &&Value| report["image"].as_str().unwrap().ends_with(ending);
        reports.iter().find(is_it).unwrap()
    };
    assert!(
        of("caf\\xe9.png")["image_percent"]
            .as_str()
            .unwrap()
            .ends_with("caf%e9.png")
    );
    assert!(of("a.png").get("image_percent").is_none());
    assert!(reports.iter().all(|report| report["detections"][0]["class"] == "box"));
    assert!(out.join(OsStr::from_bytes(b"caf\xe9.png")).exists());
}

#[test]
fn what_is_doubtful_is_in_the_table_and_in_the_json() {
    let folder = tempfile::tempdir().unwrap();
    let mut boxes = vec![0.0; 6 * 20];
    boxes[..6].copy_from_slice(&[0.2, 0.2, 0.7, 0.7, 0.9, 1.0]);
    let outputs: [(&str, &[i64], &[f32]); 2] = [("output0", &[1, 20, 6], &boxes), ("masks", &[1, 20, 32], &[0.0; 640])];
    let model = onnx::fixed(folder.path(), &[1, 3, 64, 64], &outputs, &[]);
    let image = folder.path().join("a.png");
    grey(&image);
    let output = perceive(&[&model, &image], &["--json", "-", "--head", "yolov10"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("warning: the head yolov10 does not read `masks`"),
        "{said}"
    );
    assert!(said.contains("smaller than a pixel"), "{said}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["warnings"][0].as_str().unwrap().contains("`masks`"), "{json}");
    assert!(
        json["images"][0]["warnings"][0].as_str().unwrap().contains("box_unit"),
        "{json}"
    );
    // With the unit said, all is well.
    let output = perceive(
        &[&model, &image],
        &["--json", "-", "--head", "yolov10", "--box-unit", "shares"],
    );
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["images"][0].get("warnings").is_none(), "{json}");
    assert_eq!(json["images"][0]["detections"][0]["box"]["left"], 40.0);
}

#[test]
fn the_command_line_has_the_words_of_the_parameter_file() {
    let help = perceive(&[], &["--help"]);
    let help = String::from_utf8_lossy(&help.stdout);
    let schema = schemars::schema_for!(sinew::perception::PerceptionParams).to_value();
    for key in [
        "labels",
        "threshold",
        "overlap",
        "head",
        "boxes",
        "box_unit",
        "scores",
        "strides",
        "anchors",
        "size",
        "fit",
        "crop_from",
        "channel_order",
        "normalise",
        "mean",
        "std",
        "threads",
    ] {
        assert!(schema["properties"].get(key).is_some(), "{key} is no parameter");
        let option = format!("--{} ", key.replace('_', "-"));
        assert!(help.contains(&option), "{option} is no option: {help}");
    }
    for (option, words) in [
        ("--boxes", "`centre`, `corners`, `corners_yx`"),
        ("--box-unit", "`pixels` or `shares`"),
        ("--scores", "`none`, `sigmoid`, `softmax`"),
        ("--channel-order", "`rgb` or `bgr`"),
        ("--mean", "one number, or three"),
        ("--strides", "1 to 4096"),
    ] {
        let output = perceive(&[Path::new("a.onnx"), Path::new("a.png")], &[option, "nonsense"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(words) && said.contains("found `nonsense`"), "{said}");
    }
}
