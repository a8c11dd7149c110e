//! Real exports against the code that made them: boxes, classes, masks and depth of every family of models, with
//! random weights, have to be what the framework itself makes of the same picture. `cargo xtask test` has
//! `export.py` write them, once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sinew_models::ModelFile;
use sinew_perception::heads::{ClassScore, Detection, Keep, Prediction};
use sinew_perception::image::Picture;
use sinew_perception::{Model, ModelOptions};

/// Folder of the exports; none where there is none, which is said.
fn exports() -> Option<PathBuf> {
    let made = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.sinew/exports/models");
    let folder = std::env::var_os("SINEW_EXPORTS").map_or_else(made, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "skipped: there are no exported models in {}; `cargo xtask test` makes them",
        folder.display()
    );
    None
}

#[test]
fn exported_models_see_what_their_own_framework_sees() {
    let Some(folder) = exports() else { return };
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    assert!(!files.is_empty());
    let failures: Vec<_> = files.iter().flat_map(|file| differences(file)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    println!("{} models", files.len());
}

/// What one model sees otherwise than expected, in words.
fn differences(file: &Path) -> Vec<String> {
    let facts: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let said = |what: String| vec![format!("{name} ({}): {what}", facts["exporter"].as_str().unwrap())];
    let names: Vec<String> = serde_json::from_value(facts["names"].clone()).unwrap();
    let options = ModelOptions {
        // Only what the model cannot say itself.
        names: facts["say_names"].is_boolean().then(|| names.clone()),
        keep: Keep {
            threshold: 0.25,
            overlap: 0.7,
            ..Keep::default()
        },
        ..ModelOptions::default()
    };
    let mut model = match Model::load(&ModelFile::read(&file.with_extension("onnx")).unwrap(), &options) {
        Ok(model) => model,
        Err(error) => return said(error.to_string()),
    };
    let expected_head = facts["head"].as_str().unwrap();
    if model.head().name() != expected_head {
        return said(format!("expected the head {expected_head}, found {}", model.head()));
    }
    if model.names() != names {
        return said(format!("expected the names {names:?}, found {:?}", model.names()));
    }
    let mut found = Vec::new();
    for (file_name, expected) in facts["pictures"].as_object().unwrap() {
        let picture = Picture::load(&file.with_file_name(file_name)).unwrap();
        let mut seen = Prediction::default();
        model.perceive(&picture.view(), &mut seen).unwrap();
        if let Err(difference) = compare(&seen, expected, file.parent().unwrap()) {
            found.extend(said(format!("{file_name}: {difference}")));
        }
    }
    found
}

fn compare(seen: &Prediction, expected: &Value, folder: &Path) -> Result<(), String> {
    let stored = |kind: &str| fs::read(folder.join(expected[kind].as_str().unwrap())).unwrap();
    match seen {
        Prediction::Things(things) => same_things(
            things,
            &serde_json::from_value::<Vec<[f32; 6]>>(expected["things"].clone()).unwrap(),
        ),
        Prediction::Classes(classes) => same_classes(
            classes,
            &serde_json::from_value::<Vec<f32>>(expected["classes"].clone()).unwrap(),
        ),
        Prediction::Mask(mask) => {
            let theirs = stored("mask");
            let equal = mask.values.iter().zip(&theirs).filter(|(a, b)| a == b).count();
            // Enlarging scores and then choosing, as ultralytics does, moves a class's edge by up to a pixel.
            if mask.values.len() == theirs.len() && 1000 * equal >= 995 * theirs.len() {
                Ok(())
            } else {
                Err(format!("{equal} of {} pixels have the class expected", theirs.len()))
            }
        }
        Prediction::Depth(depth) => {
            let bytes = stored("depth");
            let theirs = bytes
                .chunks_exact(4)
                .map(|four| f32::from_le_bytes(four.try_into().unwrap()));
            let off = depth
                .values
                .iter()
                .zip(theirs.clone())
                .map(|(a, b)| (a - b).abs() / b)
                .fold(0.0, f32::max);
            if depth.values.len() == theirs.len() && off < 1e-3 {
                Ok(())
            } else {
                Err(format!("depth is off by up to {} %", 100.0 * off))
            }
        }
    }
}

/// Left, top, right, bottom, score and class: every one has its counterpart.
fn same_things(things: &[Detection], expected: &[[f32; 6]]) -> Result<(), String> {
    let mut rest = things.to_vec();
    for theirs in expected {
        let is_same = |thing: &Detection| {
            let ours = [thing.bbox.left, thing.bbox.top, thing.bbox.right, thing.bbox.bottom];
            let edges_are_near = ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 0.1);
            edges_are_near && thing.class == theirs[5] as usize && (thing.score - theirs[4]).abs() < 1e-3
        };
        match rest.iter().position(is_same) {
            Some(i) => drop(rest.remove(i)),
            None => {
                return Err(format!(
                    "{theirs:?} is not among {} things: {:?}",
                    things.len(),
                    nearest(things, theirs)
                ));
            }
        }
    }
    if rest.is_empty() && !expected.is_empty() {
        Ok(())
    } else {
        Err(format!("expected {} things, found more: {rest:?}", expected.len()))
    }
}

/// What comes nearest to a box, for the message.
fn nearest<'a>(things: &'a [Detection], theirs: &[f32; 6]) -> Option<&'a Detection> {
    let distance = |thing: &Detection| {
        let ours = [thing.bbox.left, thing.bbox.top, thing.bbox.right, thing.bbox.bottom];
        ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).sum::<f32>()
    };
    things.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

fn same_classes(classes: &[ClassScore], expected: &[f32]) -> Result<(), String> {
    let is_same = |class: &ClassScore| (class.score - expected[class.class]).abs() < 1e-3;
    if classes.len() == expected.len() && classes.iter().all(is_same) {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, found {classes:?}"))
    }
}
