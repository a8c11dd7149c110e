//! The robot's key.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use sinew_recording::{Identity, Kind, PRIVATE_KEY, PUBLIC_KEY, PublicKey, RecordingError, verify};

use crate::common::{options, record};

#[test]
fn a_key_is_made_once_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("deep/identity");
    let made = Identity::create(&dir, false).unwrap();
    assert_eq!(
        fs::metadata(dir.join(PRIVATE_KEY)).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(Identity::load(&dir).unwrap().public(), made.public());
    assert_eq!(&PublicKey::load(&dir.join(PUBLIC_KEY)).unwrap(), made.public());
    assert!(!format!("{made:?}").contains("PRIVATE"));
    let error = Identity::create(&dir, false).unwrap_err();
    assert!(matches!(error, RecordingError::Identity { .. }), "{error}");
    assert_eq!(Identity::load(&dir).unwrap().public(), made.public());
    let other = Identity::create(&dir, true).unwrap();
    assert_ne!(other.public(), made.public());
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Identity::create(folder.path(), false).unwrap();
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(folder.path().join(PRIVATE_KEY), fs::Permissions::from_mode(mode)).unwrap();
        let error = Identity::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("mode {mode:03o}")), "{error}");
    }
}

#[test]
fn what_is_no_key_of_p384_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(PUBLIC_KEY);
    fs::write(&path, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").unwrap();
    let error = PublicKey::load(&path).unwrap_err().to_string();
    assert!(error.contains("expected a public key of P-384"), "{error}");
}

#[test]
fn openssl_reads_both_halves_and_has_the_same_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::create(folder.path(), false).unwrap();
    let openssl = |args: &[&str]| Command::new("openssl").args(args).current_dir(folder.path()).output();
    let Ok(output) = openssl(&[
        "pkey",
        "-in",
        PRIVATE_KEY,
        "-pubout",
        "-outform",
        "DER",
        "-out",
        "derived",
    ]) else {
        eprintln!("skipped: there is no openssl");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = openssl(&["pkey", "-pubin", "-in", PUBLIC_KEY, "-outform", "DER", "-out", "public"]).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let [derived, public] = ["derived", "public"].map(|name| fs::read(folder.path().join(name)).unwrap());
    assert_eq!(derived, public);
    let output = openssl(&["dgst", "-sha256", "-r", "public"]).unwrap();
    let hash = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(hash.split(' ').next(), Some(identity.public().fingerprint().as_str()));
}

#[test]
fn another_robots_recording_is_not_genuine() {
    let folder = tempfile::tempdir().unwrap();
    let [own, other] = [(); 2].map(|()| Identity::generate().unwrap());
    record(&folder.path().join("walk.mcap"), options(Some(&own)), 5);
    assert!(
        verify(&[folder.path().to_owned()], own.public(), false)
            .unwrap()
            .holds()
    );
    let report = verify(&[folder.path().to_owned()], other.public(), false).unwrap();
    assert_eq!(report.findings[0].kind, Kind::Proof);
    assert!(
        report.findings[0].what.contains("it is signed by the identity"),
        "{report:?}"
    );
    fs::remove_file(folder.path().join("walk.mcap.proof")).unwrap();
    let report = verify(&[folder.path().to_owned()], other.public(), false).unwrap();
    assert_eq!(report.findings[0].kind, Kind::NotSigned, "{report:?}");
}

#[test]
fn a_recording_that_nobody_signed_is_not_genuine() {
    let folder = tempfile::tempdir().unwrap();
    record(&folder.path().join("walk.mcap"), options(None), 5);
    let key = Identity::generate().unwrap();
    let report = verify(&[folder.path().to_owned()], key.public(), false).unwrap();
    assert_eq!(report.findings[0].kind, Kind::NotSigned, "{report:?}");
}

#[test]
fn files_of_a_quota_that_were_deleted_are_not_missing_and_others_are() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::generate().unwrap();
    let quota = sinew_recording::WriterOptions {
        roll_bytes: Some(4_000),
        quota_bytes: Some(20_000),
        ..options(Some(&identity))
    };
    let finished = record(&folder.path().join("walk"), quota, 900);
    assert!(finished.deleted_files > 0 && finished.files.len() > 2);
    let all = || verify(&[folder.path().to_owned()], identity.public(), false).unwrap();
    assert!(all().holds(), "{:?}", all());
    let part = verify(&finished.files[1..2], identity.public(), true).unwrap();
    assert!(part.holds(), "{part:?}");
    for path in [&finished.files[0], &sinew_recording::proof_path(&finished.files[0])] {
        fs::remove_file(path).unwrap();
    }
    assert_eq!(all().findings[0].kind, Kind::FileMissing);
}
