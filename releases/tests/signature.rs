//! Signatures of models: `model-signing` of OpenSSF verifies ours, we verify its, and nothing else passes.
#![cfg(feature = "repository")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use common::peers;
use sinew_releases::signature::{
    Authorities, Scope, SignatureError, Signer, Trust, VerifyingKey, sign_folder, sign_within, verify_signature,
    verify_within,
};
use tempfile::TempDir;

/// Keys, certificates and a model.
struct Desk(TempDir);

impl Desk {
    /// With the keys that python's cryptography made; none where it is missing.
    fn new() -> Option<(Self, PathBuf)> {
        let environment = peers::environment()?;
        let desk = Self(tempfile::tempdir().unwrap());
        let model = desk.path("model");
        fs::create_dir_all(model.join("parts")).unwrap();
        for (file, text) in [
            ("walk.onnx", "weights"),
            ("release.json", "{}"),
            ("parts/a", "a"),
            ("parts.b", "b"),
        ] {
            fs::write(model.join(file), text).unwrap();
        }
        peers::run(&environment, "authorities.py", &[desk.0.path().as_os_str()]).unwrap();
        Some((desk, environment))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn key(&self, curve: &str) -> Trust {
        Trust::Key(VerifyingKey::load(&self.path(&format!("{curve}.pub.pem"))).unwrap())
    }

    fn authority(&self, name: &str) -> Trust {
        Trust::Authorities(Authorities::load(&[&self.path(name)]).unwrap())
    }

    fn signer(&self, curve: &str) -> Signer {
        Signer::with_key(&self.path(&format!("{curve}.pem"))).unwrap()
    }

    fn with_certificate(&self) -> Signer {
        let chain = self.path("between.pem");
        Signer::with_certificate(&self.path("leaf.pem"), &self.path("leaf.crt.pem"), &[&chain]).unwrap()
    }

    fn sign(&self, signer: &Signer) -> PathBuf {
        let path = self.path("ours.sig");
        fs::write(&path, sign_folder(&self.path("model"), "model", signer).unwrap()).unwrap();
        path
    }

    fn verify(&self, signature: &Path, trust: &Trust) -> Result<(), SignatureError> {
        verify_signature(&self.path("model"), signature, trust)
    }

    /// Has `model_signing` do something.
    fn peer(&self, environment: &Path, args: &[&str]) -> Result<String, String> {
        let of = |arg: &&str| {
            arg.strip_prefix('@')
                .map_or_else(|| (*arg).into(), |name| self.path(name).into_os_string())
        };
        let args: Vec<std::ffi::OsString> = args.iter().map(of).collect();
        let args: Vec<&OsStr> = args.iter().map(AsRef::as_ref).collect();
        peers::run(environment, "model_signing", &args)
    }
}

#[test]
fn the_peer_verifies_what_a_key_or_a_certificate_signed_here() {
    let Some((desk, environment)) = Desk::new() else { return };
    for curve in ["p256", "p384", "p521"] {
        let signature = desk.sign(&desk.signer(curve));
        desk.verify(&signature, &desk.key(curve)).unwrap();
        let key = format!("@{curve}.pub.pem");
        desk.peer(
            &environment,
            &[
                "verify",
                "key",
                "@model",
                "--signature",
                "@ours.sig",
                "--public_key",
                &key,
            ],
        )
        .unwrap();
    }
    let signature = desk.sign(&desk.with_certificate());
    desk.verify(&signature, &desk.authority("authority.pem")).unwrap();
    let verify = [
        "verify",
        "certificate",
        "@model",
        "--signature",
        "@ours.sig",
        "--certificate_chain",
        "@authority.pem",
    ];
    desk.peer(&environment, &verify).unwrap();
    fs::write(desk.path("model/walk.onnx"), "other").unwrap();
    assert!(desk.peer(&environment, &verify).is_err());
}

#[test]
fn what_the_peer_signed_is_verified_here_and_every_change_is_named() {
    let Some((desk, environment)) = Desk::new() else { return };
    let key = ["sign", "key", "@model", "--signature", "@theirs.sig", "--private_key"];
    let by_key = |curve: &str| {
        let name = format!("@{curve}.pem");
        desk.peer(&environment, &[&key[..], &[&name]].concat()).unwrap();
        desk.key(curve)
    };
    let certificate = [
        "sign",
        "certificate",
        "@model",
        "--signature",
        "@theirs.sig",
        "--private_key",
        "@leaf.pem",
        "--signing_certificate",
        "@leaf.crt.pem",
        "--certificate_chain",
        "@between.pem",
    ];
    let by_certificate = || {
        desk.peer(&environment, &certificate).unwrap();
        desk.authority("authority.pem")
    };
    let signature = desk.path("theirs.sig");
    for trust in [by_key("p256"), by_key("p384"), by_key("p521"), by_certificate()] {
        // Each was written over the one before.
        if matches!(trust, Trust::Authorities(_)) {
            desk.verify(&signature, &trust).unwrap();
        }
    }
    for curve in ["p256", "p384", "p521"] {
        let trust = by_key(curve);
        desk.verify(&signature, &trust).unwrap();
        fs::write(desk.path("model/parts/a"), "changed").unwrap();
        assert!(matches!(desk.verify(&signature, &trust), Err(SignatureError::Changed(file)) if file == "parts/a"));
        fs::write(desk.path("model/parts/a"), "a").unwrap();
        fs::write(desk.path("model/parts/c"), "c").unwrap();
        assert!(matches!(desk.verify(&signature, &trust), Err(SignatureError::Added(file)) if file == "parts/c"));
        fs::remove_file(desk.path("model/parts/c")).unwrap();
        fs::rename(desk.path("model/parts.b"), desk.path("aside")).unwrap();
        assert!(matches!(desk.verify(&signature, &trust), Err(SignatureError::Removed(file)) if file == "parts.b"));
        fs::rename(desk.path("aside"), desk.path("model/parts.b")).unwrap();
    }
}

#[test]
fn a_signature_of_another_or_of_a_changed_text_is_not_trusted() {
    let Some((desk, _)) = Desk::new() else { return };
    let signature = desk.sign(&desk.signer("p384"));
    let untrusted = |signature: &Path, trust: &Trust| match desk.verify(signature, trust) {
        Err(SignatureError::Untrusted(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert!(untrusted(&signature, &desk.key("p256")).contains("another key"));
    assert!(untrusted(&signature, &desk.authority("authority.pem")).contains("it is of a key"));
    let text = fs::read_to_string(&signature).unwrap();
    let signed = text.split("\"payload\":\"").nth(1).unwrap();
    let changed = text.replacen(&signed[..40], &signed[..40].replacen('e', "f", 1), 1);
    assert_ne!(changed, text);
    fs::write(desk.path("changed.sig"), changed).unwrap();
    assert!(untrusted(&desk.path("changed.sig"), &desk.key("p384")).contains("has not signed this"));

    let signature = desk.sign(&desk.with_certificate());
    assert!(untrusted(&signature, &desk.authority("stranger.pem")).contains("authority that is trusted"));
    assert!(untrusted(&signature, &desk.key("p384")).contains("it is of a certificate"));
    // A certificate of the authority that is for something else.
    let chain = desk.path("between.pem");
    let other = Signer::with_certificate(&desk.path("leaf.pem"), &desk.path("other_use.crt.pem"), &[&chain]).unwrap();
    let signature = desk.sign(&other);
    assert!(untrusted(&signature, &desk.authority("authority.pem")).contains("codeSigning"));
    // One that has expired.
    let old = Signer::with_certificate(&desk.path("leaf.pem"), &desk.path("expired.crt.pem"), &[&chain]).unwrap();
    let signature = desk.sign(&old);
    assert!(untrusted(&signature, &desk.authority("authority.pem")).contains("Expired"));
    // And one of another key.
    let wrong = Signer::with_certificate(&desk.path("p384.pem"), &desk.path("leaf.crt.pem"), &[&chain]);
    assert!(wrong.is_err());
}

#[test]
fn a_part_of_a_folder_is_signed_and_the_peer_knows_which() {
    let Some((desk, environment)) = Desk::new() else { return };
    let model = desk.path("model");
    // What git keeps beside a model is none of it, and neither is what somebody says.
    fs::create_dir_all(model.join(".git")).unwrap();
    fs::write(model.join(".git/HEAD"), "main").unwrap();
    fs::write(model.join(".gitignore"), "*").unwrap();
    fs::create_dir_all(model.join("cache/deep")).unwrap();
    fs::write(model.join("cache/deep/x"), "x").unwrap();
    let scope = |ignored: &[&str], may_have_more| Scope {
        ignored: ignored.iter().map(|path| (*path).to_owned()).collect(),
        may_have_more,
    };
    // A key as OpenSSL writes it by itself, and a signature within the folder.
    let signer = Signer::with_key(&desk.path("p384.ec.pem")).unwrap();
    let signature = model.join("model.sig");
    let text = sign_within(&model, "model", &signer, &scope(&["cache", "model.sig"], false)).unwrap();
    fs::write(&signature, text).unwrap();
    let trust = desk.key("p384");
    desk.verify(&signature, &trust).unwrap();
    let verify = ["verify", "key", "@model", "--signature", "@model/model.sig"];
    let with_key = ["--public_key", "@p384.pub.pem"];
    desk.peer(&environment, &[&verify[..], &with_key].concat()).unwrap();

    fs::write(model.join("cache/deep/x"), "another").unwrap();
    desk.verify(&signature, &trust).unwrap();
    // Not at its top it is a file like any other.
    fs::write(model.join("parts/.gitignore"), "*").unwrap();
    let added = |checked: Result<(), SignatureError>| matches!(checked, Err(SignatureError::Added(_)));
    assert!(added(desk.verify(&signature, &trust)));
    verify_within(&model, &signature, &trust, &scope(&["parts/.gitignore"], false)).unwrap();
    verify_within(&model, &signature, &trust, &scope(&[], true)).unwrap();
    // What was signed has to be there all the same, with its bytes.
    fs::write(model.join("parts/a"), "changed").unwrap();
    let checked = verify_within(&model, &signature, &trust, &scope(&[], true));
    assert!(matches!(checked, Err(SignatureError::Changed(_))));
    let checked = verify_within(&model, &signature, &trust, &scope(&["parts"], false));
    assert!(matches!(checked, Err(SignatureError::Removed(_))), "{checked:?}");
    for wrong in ["../model", "/etc", "parts/*", "", "parts//a", "./parts"] {
        let refused = sign_within(&model, "model", &signer, &scope(&[wrong], false));
        assert!(
            matches!(refused, Err(SignatureError::Format(_))),
            "{wrong}: {refused:?}"
        );
    }
    let all = ["walk.onnx", "release.json", "parts", "parts.b", "cache", "model.sig"];
    let refused = sign_within(&model, "model", &signer, &scope(&all, false));
    assert!(matches!(refused, Err(SignatureError::Model { .. })), "{refused:?}");
}

#[test]
fn links_are_no_part_of_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    fs::create_dir(&model).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", model.join("link")).unwrap();
    let identity = folder.path().join("key");
    let key = aws_lc_rs::signature::EcdsaKeyPair::generate_pkcs8(
        &aws_lc_rs::signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        &aws_lc_rs::rand::SystemRandom::new(),
    );
    let der = key.unwrap();
    use base64ct::{Base64, Encoding};
    let text = Base64::encode_string(der.as_ref());
    fs::write(
        &identity,
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"),
    )
    .unwrap();
    let refused = sign_folder(&model, "model", &Signer::with_key(&identity).unwrap());
    assert!(matches!(refused, Err(SignatureError::Model { .. })), "{refused:?}");
}
