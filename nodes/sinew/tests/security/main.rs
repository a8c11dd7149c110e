//! The keystore of `sinew security`, judged by OpenSSL, by what its documents say, and by a middleware that has
//! security.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod enforced;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sinew::security::{Cameras, Date, Deployment, Grant, Keystore, KeystoreError, Role};
use tempfile::TempDir;

const ROLES: [Role; 10] = [
    Role::Control,
    Role::Sim,
    Role::Course,
    Role::Camera,
    Role::Perception,
    Role::Follow,
    Role::Metrics,
    Role::Driver,
    Role::Operator,
    Role::Monitor,
];
/// The joint command in each form.
const COMMANDS: [&str; 5] = [
    "rt/forward_effort_controller/commands",
    "rt/forward_position_controller/commands",
    "rt/joint_command",
    "rt/joint_impedance_command",
    "rt/joint_trajectory_controller/joint_trajectory",
];

/// A keystore with what its tests ask of it.
struct Made {
    folder: TempDir,
    keystore: Keystore,
}

impl Made {
    fn new(domains: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keystore = Keystore::init(&folder.path().join("keys"), &domains.iter().copied().collect(), 3650).unwrap();
        Self { folder, keystore }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join("keys").join(path)
    }

    fn grant(&self, enclave: &str, roles: &[Role], site: &Deployment, renew: bool) -> Result<(), KeystoreError> {
        let name = enclave.rsplit('/').next().unwrap().to_owned();
        let grant = Grant {
            roles,
            site,
            cameras: &cameras(),
            programs: &[name],
            until: Date::now().after(365),
            renew,
        };
        self.keystore.grant(enclave, &grant)
    }

    /// What the enclave may publish and subscribe to.
    fn rights(&self, enclave: &str) -> [BTreeSet<String>; 2] {
        let text = fs::read_to_string(self.at(&format!("enclaves{enclave}/permissions.xml"))).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        ["publish", "subscribe"].map(|rule| {
            let rule = document.descendants().find(|node| node.has_tag_name(rule)).unwrap();
            let topics = rule.descendants().filter(|node| node.has_tag_name("topic"));
            topics.map(|topic| topic.text().unwrap().to_owned()).collect()
        })
    }

    fn verify(&self, enclave: &str) -> Output {
        let identity = self.at("public/identity_ca.cert.pem");
        let [list, certificate] = ["crl.pem", "cert.pem"].map(|name| self.at(&format!("enclaves{enclave}/{name}")));
        openssl(&[
            "verify".as_ref(),
            "-crl_check".as_ref(),
            "-CAfile".as_ref(),
            &identity,
            "-CRLfile".as_ref(),
            &list,
            &certificate,
        ])
    }
}

fn root() -> Deployment {
    Deployment::new("/", &[]).unwrap()
}

fn cameras() -> Cameras {
    Cameras {
        simulated: "camera".to_owned(),
        seen: vec!["left_eye".to_owned(), "right_eye".to_owned()],
        own: "left_eye".to_owned(),
        followed: "left_eye".to_owned(),
    }
}

fn openssl(arguments: &[&Path]) -> Output {
    Command::new("openssl").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// All of a keystore's enclaves, each named as its role.
fn every_role() -> Made {
    let made = Made::new(&[0]);
    for role in ROLES {
        made.grant(&format!("/{}", role.name()), &[role], &root(), false)
            .unwrap();
    }
    made
}

/// The roles whose permissions allow to publish a topic of DDS.
fn publishers(made: &Made, topic: &str) -> Vec<&'static str> {
    let names = ROLES.map(Role::name);
    let may = |name: &&str| made.rights(&format!("/{name}"))[0].contains(topic);
    names.into_iter().filter(may).collect()
}

#[test]
fn only_control_may_publish_the_joint_command_in_any_form() {
    let made = every_role();
    for topic in COMMANDS {
        assert_eq!(publishers(&made, topic), ["control"], "{topic}");
    }
}

#[test]
fn only_the_operator_may_start_clear_reset_and_set_and_whoever_watches_may_stop() {
    let made = every_role();
    for node in ["control", "sim", "course", "camera", "perception", "follow", "metrics"] {
        for service in [
            "change_state",
            "get_state",
            "set_parameters",
            "set_parameters_atomically",
            "get_parameters",
        ] {
            let topic = format!("rq/{node}/{service}Request");
            assert_eq!(publishers(&made, &topic), ["operator"], "{topic}");
        }
    }
    for service in [
        "control/start",
        "control/clear_stop",
        "control/damp",
        "control/promote",
        "control/rollback",
        "perception/promote",
        "perception/rollback",
        "sim/reset",
    ] {
        assert_eq!(
            publishers(&made, &format!("rq/{service}Request")),
            ["operator"],
            "{service}"
        );
    }
    assert_eq!(publishers(&made, "rq/control/stopRequest"), ["operator", "monitor"]);
}

#[test]
fn who_may_steer_and_who_makes_sensors_is_said_role_by_role() {
    let made = every_role();
    assert_eq!(publishers(&made, "rt/cmd_vel"), ["course", "follow", "operator"]);
    for sensor in ["joint_states", "imu/data", "odom", "foot_contacts"] {
        assert_eq!(publishers(&made, &format!("rt/{sensor}")), ["sim", "driver"]);
    }
    assert_eq!(publishers(&made, "rt/clock"), ["sim"]);
    assert_eq!(publishers(&made, "rt/left_eye/detections"), ["perception"]);
    // Whoever reads a topic has the key it is written with.
    for topic in COMMANDS {
        for role in ROLES.map(Role::name) {
            let reads = made.rights(&format!("/{role}"))[1].contains(topic);
            assert_eq!(reads, ["sim", "driver"].contains(&role), "{role} {topic}");
        }
    }
}

#[test]
fn nobody_may_do_anything_that_is_not_named() {
    let made = every_role();
    for role in ROLES.map(Role::name) {
        let text = fs::read_to_string(made.at(&format!("enclaves/{role}/permissions.xml"))).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let text_of = |name: &str| {
            let found = document.descendants().find(|node| node.has_tag_name(name)).unwrap();
            found.text().unwrap().to_owned()
        };
        assert_eq!(text_of("default"), "DENY");
        assert_eq!(text_of("subject_name"), format!("CN=/{role}"));
        for topic in made.rights(&format!("/{role}")).into_iter().flatten() {
            let tool = topic.contains("/_ros2cli_*/get_type_description");
            assert!(tool || !topic.contains(['*', '?', '[']), "{role}: {topic}");
        }
    }
}

#[test]
fn openssl_verifies_certificates_and_what_was_signed_as_the_middleware_does() {
    let made = Made::new(&[0, 7]);
    made.grant("/control", &[Role::Control], &root(), false).unwrap();
    let verified = made.verify("/control");
    assert!(verified.status.success(), "{}", said(&verified));
    let authority = made.at("public/permissions_ca.cert.pem");
    for (signed, plain) in [
        ("enclaves/control/permissions.p7s", "enclaves/control/permissions.xml"),
        ("enclaves/control/governance.p7s", "enclaves/governance.xml"),
    ] {
        let (signed, plain) = (made.at(signed), fs::read_to_string(made.at(plain)).unwrap());
        let mut arguments: Vec<&Path> = ["smime", "-verify", "-text", "-purpose", "any", "-CAfile"]
            .map(Path::new)
            .into();
        arguments.extend([authority.as_path(), "-in".as_ref(), &signed]);
        let read = openssl(&arguments);
        assert!(read.status.success(), "{}", said(&read));
        assert_eq!(String::from_utf8_lossy(&read.stdout).replace('\r', ""), plain);
        // One letter of what was granted changed: whoever signed did not sign that.
        let forged = made.at("forged.p7s");
        fs::write(
            &forged,
            fs::read_to_string(&signed)
                .unwrap()
                .replace("DENY", "ALLOW")
                .replace("ENCRYPT", "NONE"),
        )
        .unwrap();
        *arguments.last_mut().unwrap() = &forged;
        assert!(!openssl(&arguments).status.success(), "{}", signed.display());
    }
    let governance = fs::read_to_string(made.at("enclaves/governance.xml")).unwrap();
    let permissions = fs::read_to_string(made.at("enclaves/control/permissions.xml")).unwrap();
    for document in [governance, permissions] {
        assert!(
            document.contains("<id>0</id>") && document.contains("<id>7</id>"),
            "{document}"
        );
    }
}

#[test]
fn a_revoked_certificate_is_none_and_the_others_are_what_they_were() {
    let made = Made::new(&[0]);
    for role in [Role::Operator, Role::Monitor] {
        made.grant(&format!("/{}", role.name()), &[role], &root(), false)
            .unwrap();
    }
    let stolen = fs::read(made.at("enclaves/operator/cert.pem")).unwrap();
    made.grant("/operator", &[Role::Operator], &root(), true).unwrap();
    made.keystore.revoke("/operator").unwrap();
    assert!(!made.at("enclaves/operator/key.pem").exists());
    assert!(made.verify("/monitor").status.success());
    // The one before the renewal, too.
    let copy = made.at("enclaves/monitor/cert.pem");
    fs::write(&copy, stolen).unwrap();
    let verified = made.verify("/monitor");
    assert!(said(&verified).contains("certificate revoked"), "{}", said(&verified));
    let error = made.keystore.revoke("/operator").unwrap_err().to_string();
    assert!(
        error.starts_with("/operator: no certificate") && error.ends_with("there are /monitor"),
        "{error}"
    );
}

#[test]
fn private_keys_are_for_their_owner_alone() {
    let made = Made::new(&[0]);
    made.grant("/left/control", &[Role::Control], &root(), false).unwrap();
    let mode = |path: &str| fs::metadata(made.at(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("private"), 0o700);
    for key in [
        "private/ca.key.pem",
        "private/identity_ca.key.pem",
        "enclaves/left/control/key.pem",
    ] {
        assert_eq!(mode(key), 0o600, "{key}");
    }
    assert!(!made.at("private/unfinished").exists());
}

#[test]
fn what_is_there_is_not_overwritten() {
    let made = Made::new(&[0]);
    let again = Keystore::init(&made.at(""), &[0].into(), 1).unwrap_err().to_string();
    assert!(again.contains("is there already"), "{again}");
    made.grant("/operator", &[Role::Operator], &root(), false).unwrap();
    let key = || fs::read(made.at("enclaves/operator/key.pem")).unwrap();
    let before = key();
    let refused = made
        .grant("/operator", &[Role::Operator], &root(), false)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("/operator is there already") && refused.contains("--renew"),
        "{refused}"
    );
    assert_eq!(key(), before);
    made.grant("/operator", &[Role::Operator], &root(), true).unwrap();
    assert_ne!(key(), before);
}

#[test]
fn a_keystore_that_could_not_be_made_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    // A date that no certificate can have.
    Keystore::init(&path, &[0].into(), u32::MAX).unwrap_err();
    assert!(!path.exists());
}

#[test]
fn a_folder_without_the_authority_is_no_keystore() {
    let made = Made::new(&[0]);
    fs::remove_file(made.at("private/ca.key.pem")).unwrap();
    let error = Keystore::open(&made.at("")).unwrap_err().to_string();
    assert!(error.contains("private/identity_ca.key.pem is missing"), "{error}");
    assert!(error.contains("sinew security init"), "{error}");
}

#[test]
fn names_are_those_that_the_robot_has_on_its_network() {
    let made = Made::new(&[0]);
    let pairs = [("cmd_vel", "/joystick/cmd_vel"), ("/clock", "clock")];
    let remapped: Vec<_> = pairs.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
    let site = Deployment::new("left", &remapped).unwrap();
    assert_eq!(site.enclave("control"), "/left/control");
    made.grant("/left/control", &[Role::Control], &site, false).unwrap();
    let [publish, subscribe] = made.rights("/left/control");
    for topic in [
        "rt/left/joint_impedance_command",
        "rr/left/control/startReply",
        "rt/diagnostics",
        "rt/rosout",
    ] {
        assert!(publish.contains(topic), "{topic}");
    }
    for topic in [
        "rt/joystick/cmd_vel",
        "rt/left/clock",
        "rq/left/control/set_parametersRequest",
    ] {
        assert!(subscribe.contains(topic), "{topic}");
    }
    assert!(!subscribe.contains("rt/left/cmd_vel") && !subscribe.contains("rt/clock"));
    assert!(Deployment::new("le ft", &[]).is_err());
    assert!(Deployment::new("/", &[("cmd_vel".to_owned(), "a</topic>".to_owned())]).is_err());
}

#[test]
fn one_process_of_several_nodes_may_do_what_each_of_them_may() {
    let made = every_role();
    let roles = [Role::Control, Role::Sim, Role::Course];
    made.grant("/composed", &roles, &root(), false).unwrap();
    let [publish, subscribe] = made.rights("/composed");
    let mut of_each = [BTreeSet::new(), BTreeSet::new()];
    for role in roles {
        for (all, one) in of_each.iter_mut().zip(made.rights(&format!("/{}", role.name()))) {
            all.extend(one);
        }
    }
    assert_eq!([publish, subscribe], of_each);
}

#[test]
fn an_enclave_tells_until_when_it_holds() {
    let made = Made::new(&[0]);
    made.grant("/left/control", &[Role::Control], &root(), false).unwrap();
    let found = made.keystore.enclaves().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name, "/left/control");
    let days = found[0].until.unwrap().days_since(Date::now());
    assert!((364..=365).contains(&days), "{days}");
    let long = format!("/{}", "a".repeat(64));
    let error = made
        .grant(&long, &[Role::Control], &root(), false)
        .unwrap_err()
        .to_string();
    assert!(error.contains("at most 64 characters"), "{error}");
}
