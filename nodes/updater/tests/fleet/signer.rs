//! A release of a repository that somebody has to have signed besides.

use std::path::{Path, PathBuf};

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use sinew_node_updater::{SignerParams, Step};

use crate::kills::{install_first, params, updates};
use crate::publisher::{Publisher, folder};

/// Writes a private key, and its public half beside it.
fn key(place: &Path, name: &str) -> (PathBuf, PathBuf) {
    let (private, public) = (place.join(format!("{name}.pem")), place.join(format!("{name}.pub.pem")));
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    std::fs::write(&private, key.serialize_pem()).unwrap();
    std::fs::write(&public, key.public_key_pem()).unwrap();
    (private, public)
}

#[test]
fn only_what_the_named_signer_has_signed_is_staged_and_why_the_others_are_not_is_said() {
    let (publisher, robot, keys) = (Publisher::new(), folder(), folder());
    let (private, public) = key(keys.path(), "signer");
    let (strange, _) = key(keys.path(), "stranger");
    publisher.publish(1, 1000);
    let repository = publisher.repository_folder().display().to_string();
    let mut params = params(&repository, &publisher.root(), &robot.path().join("releases"));
    install_first(&params, robot.path());
    params.signer = SignerParams {
        key_file: Some(public),
        authority_file: None,
    };
    let step = || updates(&params).step();
    publisher.publish(2, 1000);
    assert!(matches!(&step(), Step::Failed(why) if why.contains("walk-2 has no signature")));
    publisher.publish_signed(3, &strange);
    assert!(matches!(&step(), Step::Failed(why) if why.contains("walk-3: the signature is not to be trusted")));
    publisher.publish_signed(4, &private);
    assert!(matches!(&step(), Step::Staged { version, .. } if version == "walk-4"));
}
