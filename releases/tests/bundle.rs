//! What is a release and what is none.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sinew_releases::Digest;
use sinew_releases::bundle::{
    BundleError, FileEntry, Kind, MANIFEST, Manifest, Requires, pack, read_file, unpack, verify_folder,
};

fn release(folder: &Path, files: &[(&str, &[u8])]) -> Manifest {
    let requires = Requires {
        sinew: "0.1.0".parse().unwrap(),
        onnxruntime: Some("1.24.0".parse().unwrap()),
    };
    let mut manifest = Manifest::new("strider_walk", 3, Kind::Policy, files[0].0, requires);
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
        let entry = FileEntry {
            bytes: bytes.len() as u64,
            sha256: Digest::of(bytes),
        };
        manifest.files.insert((*name).to_owned(), entry);
    }
    fs::write(folder.join(MANIFEST), manifest.to_bytes().unwrap()).unwrap();
    manifest
}

/// A release in a folder, and its archive.
fn packed(root: &Path) -> (PathBuf, Manifest, Vec<u8>) {
    let folder = root.join("release");
    fs::create_dir(&folder).unwrap();
    let manifest = release(&folder, &[("walk.onnx", &[7; 1000]), ("report.json", b"{}")]);
    let mut archive = Vec::new();
    assert_eq!(pack(&folder, &mut archive).unwrap(), manifest);
    (folder, manifest, archive)
}

#[test]
fn an_archive_is_the_same_to_the_byte_and_gives_the_release_again() {
    let root = tempfile::tempdir().unwrap();
    let (folder, manifest, archive) = packed(root.path());
    fs::rename(&folder, root.path().join("elsewhere")).unwrap();
    let mut again = Vec::new();
    pack(&root.path().join("elsewhere"), &mut again).unwrap();
    assert_eq!(again, archive);
    let unpacked = root.path().join("unpacked");
    assert_eq!(*unpack(&archive[..], &unpacked).unwrap().manifest(), manifest);
    assert_eq!(verify_folder(&unpacked).unwrap(), manifest);
    assert_eq!(read_file(&unpacked, &manifest, "walk.onnx").unwrap(), [7; 1000]);
}

#[test]
fn a_changed_added_or_removed_file_is_named() {
    let root = tempfile::tempdir().unwrap();
    let (folder, manifest, _) = packed(root.path());
    fs::write(folder.join("walk.onnx"), [8; 1000]).unwrap();
    assert!(matches!(verify_folder(&folder), Err(BundleError::Changed { file, .. }) if file == "walk.onnx"));
    assert!(matches!(
        read_file(&folder, &manifest, "walk.onnx"),
        Err(BundleError::Changed { .. })
    ));
    fs::write(folder.join("walk.onnx"), [7; 1000]).unwrap();
    fs::write(folder.join("more"), "").unwrap();
    assert!(matches!(verify_folder(&folder), Err(BundleError::Added(file)) if file == "more"));
    assert!(matches!(
        read_file(&folder, &manifest, "more"),
        Err(BundleError::Added(_))
    ));
    fs::remove_file(folder.join("more")).unwrap();
    fs::remove_file(folder.join("report.json")).unwrap();
    assert!(matches!(verify_folder(&folder), Err(BundleError::Missing(file)) if file == "report.json"));
}

#[test]
fn an_archive_that_is_refused_leaves_nothing_behind() {
    let root = tempfile::tempdir().unwrap();
    let (_, _, archive) = packed(root.path());
    let unpacked = root.path().join("unpacked");
    for cut in [0, 100, 512, 1024, archive.len() / 2] {
        assert!(unpack(&archive[..cut], &unpacked).is_err(), "{cut}");
        assert!(!unpacked.exists());
    }
}

#[test]
fn values_that_are_none_are_refused_by_their_key() {
    let root = tempfile::tempdir().unwrap();
    let (_, manifest, _) = packed(root.path());
    let text = String::from_utf8(manifest.to_bytes().unwrap()).unwrap();
    for (from, to, said) in [
        ("\"format\": 1", "\"format\": 2", "`format`: expected 1, found 2"),
        ("strider_walk", "strider/walk", "`name`: expected 1 to 64 letters"),
        ("\"version\": 3", "\"version\": 0", "`version`: expected 1 to"),
        (
            "\"model\": \"walk.onnx\"",
            "\"model\": \"run.onnx\"",
            "`model`: expected one of `files`",
        ),
        ("report.json", "../report.json", "`files`: expected names"),
        ("\"kind\": \"policy\"", "\"kind\": \"virus\"", "unknown variant `virus`"),
        ("\"requires\"", "\"demands\"", "unknown field `demands`"),
        ("0.1.0", "new", "unexpected character"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = Manifest::parse(text.replace(from, to).as_bytes()).unwrap_err();
        let source = std::error::Error::source(&error).map_or_else(String::new, ToString::to_string);
        let told = format!("{error} {source}");
        assert!(told.contains(said), "{to}: {told}");
    }
}

#[test]
fn what_needs_a_newer_runtime_says_which() {
    let root = tempfile::tempdir().unwrap();
    let (_, manifest, _) = packed(root.path());
    let version = |text: &str| text.parse().unwrap();
    assert!(
        manifest
            .expect_runtime(&version("0.1.0"), Some(&version("1.31.1")))
            .is_ok()
    );
    assert!(manifest.expect_runtime(&version("0.2.0"), None).is_ok());
    let error = manifest
        .expect_runtime(&version("0.1.0"), Some(&version("1.23.2")))
        .unwrap_err();
    assert_eq!(error.to_string(), "it needs ONNX Runtime 1.24.0 or newer, found 1.23.2");
    assert!(manifest.expect_runtime(&version("0.0.9"), None).is_err());
}

proptest! {
    // Each writes a release to the disk, and waits for that.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_change_of_an_archive_panics_or_unpacks_another_release(
        at in 0_usize..4096, bits in 1_u8.., cut in 0_usize..8192, end in any::<[u8; 16]>(),
    ) {
        let root = tempfile::tempdir().unwrap();
        let (_, manifest, mut archive) = packed(root.path());
        let place = at % archive.len();
        archive[place] ^= bits;
        archive.truncate(archive.len().min(4096 + cut));
        archive.extend(end);
        let unpacked = root.path().join("unpacked");
        if let Ok(found) = unpack(&archive[..], &unpacked) {
            let found = found.manifest();
            // Bytes of padding and of dates are none of the release; texts of the manifest are what signatures are for.
            prop_assert_eq!(&verify_folder(&unpacked).unwrap(), found);
            prop_assert_eq!(&found.files["walk.onnx"], &manifest.files["walk.onnx"]);
        } else {
            prop_assert!(!unpacked.exists());
        }
    }

    #[test]
    fn no_text_of_a_manifest_panics(at in 0_usize..2000, byte: u8, length in 0_usize..2000) {
        let root = tempfile::tempdir().unwrap();
        let (_, manifest, _) = packed(root.path());
        let mut text = manifest.to_bytes().unwrap();
        let place = at % text.len();
        text[place] = byte;
        text.truncate(length.max(1));
        if let Ok(found) = Manifest::parse(&text) {
            prop_assert!(found.to_bytes().is_ok());
        }
    }
}
