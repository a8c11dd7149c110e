//! What DDS's own plugins make of the keystore: peers with and without an enclave, in processes of their own.
//!
//! Needs a Fast DDS 2 that was built with security, which PyPI's wheels of ROS 2 are not; Debian 12 and Ubuntu
//! have one (`apt-get install libfastrtps-dev g++`). Without it, the tests here say that they are skipped.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use sinew::security::Role;

use super::{Made, every_role, root};

/// How long peers look for each other, s: several handshakes on a busy machine.
const PATIENCE: &str = "20";
const DOMAIN: &str = "0";

/// The program, or none where it cannot be built here.
fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = PROGRAM.get_or_init(|| {
        let built = build();
        if built.is_none() {
            eprintln!("skipped: needs g++ and a Fast DDS 2 with security (Debian 12: apt-get install libfastrtps-dev)");
        }
        built
    });
    found.as_deref()
}

fn build() -> Option<PathBuf> {
    let config = "#include <fastrtps/config.h>\n#if !HAVE_SECURITY\n#error none\n#endif\n";
    let mut check = Command::new("g++")
        .args(["-E", "-x", "c++", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    check.stdin.take()?.write_all(config.as_bytes()).ok()?;
    if !check.wait().ok()?.success() {
        return None;
    }
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dds-peer");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/security/peer.cpp");
    let built = Command::new("g++")
        .args(["-std=c++17", "-w", "-o"])
        .args([&program, &source])
        .args(["-lfastrtps", "-lfastcdr"])
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Some(program)
}

/// A peer with endpoints, `pub:TOPIC` and `sub:TOPIC`.
struct Peer(Child);

impl Peer {
    fn start(program: &Path, enclave: Option<&Path>, endpoints: &[&str]) -> Self {
        let folder = enclave.unwrap_or("-".as_ref());
        let child = Command::new(program)
            .arg(folder)
            .args([DOMAIN, PATIENCE])
            .args(endpoints)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    /// What it says at its end: of each endpoint `refused`, or how many it met or heard.
    fn end(self) -> Vec<String> {
        let said = self.0.wait_with_output().unwrap();
        assert!(said.status.success(), "{:?}", said.status);
        let said = String::from_utf8(said.stdout).unwrap();
        said.lines()
            .map(|line| line.rsplit(' ').next().unwrap().to_owned())
            .collect()
    }
}

impl Made {
    fn enclave(&self, name: &str) -> PathBuf {
        self.at(&format!("enclaves/{name}"))
    }
}

fn number(text: &str) -> u32 {
    text.parse()
        .unwrap_or_else(|_| panic!("expected a number, found {text}"))
}

/// What is asked of `control`, and what moves the joints.
const STEER: &str = "rt/cmd_vel";
const START: &str = "rq/control/startRequest";
const STOP: &str = "rq/control/stopRequest";
const CLEAR: &str = "rq/control/clear_stopRequest";
const CHANGE: &str = "rq/control/change_stateRequest";
const SET: &str = "rq/control/set_parametersRequest";
const COMMAND: &str = "rt/joint_impedance_command";
const ASKED: [&str; 6] = [STEER, START, STOP, CLEAR, CHANGE, SET];

fn publishing(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|topic| format!("pub:{topic}")).collect()
}

fn hearing(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|topic| format!("sub:{topic}")).collect()
}

fn start(program: &Path, enclave: Option<&Path>, endpoints: &[String]) -> Peer {
    Peer::start(
        program,
        enclave,
        &endpoints.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

#[test]
fn an_anonymous_peer_is_heard_by_nobody_and_the_operator_is() {
    let Some(program) = program() else { return };
    let made = every_role();
    let at = |name: &str| Some(made.enclave(name));
    // First without the operator, so that whatever is heard would be the stranger's.
    let control = start(program, at("control").as_deref(), &hearing(&ASKED));
    let sim = start(
        program,
        at("sim").as_deref(),
        &hearing(&[COMMAND, "rq/sim/resetRequest"]),
    );
    let mut evil = publishing(&ASKED);
    evil.extend(publishing(&[COMMAND, "rq/sim/resetRequest"]));
    let stranger = start(program, None, &evil);
    assert_eq!(stranger.end(), ["0"; 8]);
    assert_eq!(control.end(), ["0"; 6]);
    assert_eq!(sim.end(), ["0"; 2]);

    let control = start(program, at("control").as_deref(), &hearing(&ASKED));
    let operator = start(program, at("operator").as_deref(), &publishing(&ASKED));
    assert_eq!(operator.end(), ["1"; 6]);
    let heard = control.end();
    assert!(heard.iter().all(|heard| number(heard) > 0), "{heard:?}");
}

#[test]
fn only_control_moves_the_joints_and_each_enclave_gets_what_it_was_granted() {
    let Some(program) = program() else { return };
    let made = every_role();
    let at = |name: &str| Some(made.enclave(name));
    let commands = [COMMAND, "rt/joint_command"];
    let sim = start(program, at("sim").as_deref(), &hearing(&commands));
    let control = start(program, at("control").as_deref(), &publishing(&commands));
    let mut asks = publishing(&ASKED);
    asks.extend(publishing(&commands));
    let others = ["operator", "monitor", "camera", "follow"].map(|name| {
        let peer = start(program, at(name).as_deref(), &asks);
        (name, peer)
    });
    for (name, peer) in others {
        let said = peer.end();
        let may = said.iter().map(|said| said != "refused").collect::<Vec<_>>();
        let expected = match name {
            "operator" => [true, true, true, true, true, true, false, false],
            // Whoever watches may stop.
            "monitor" => [false, false, true, false, false, false, false, false],
            "follow" => [true, false, false, false, false, false, false, false],
            _ => [false; 8],
        };
        assert_eq!(may, expected, "{name}");
    }
    assert_eq!(control.end(), ["1"; 2]);
    assert!(sim.end().iter().all(|heard| number(heard) > 0));
}

#[test]
fn a_keystore_of_somebody_else_and_a_revoked_certificate_let_nobody_in() {
    let Some(program) = program() else { return };
    let (made, theirs) = (every_role(), Made::new(&[0]));
    theirs.grant("/operator", &[Role::Operator], &root(), false).unwrap();
    // A copy of the operator's enclave, in somebody else's hands.
    let stolen = made.folder.path().join("stolen");
    std::fs::create_dir(&stolen).unwrap();
    for entry in std::fs::read_dir(made.enclave("operator")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, stolen.join(path.file_name().unwrap())).unwrap();
    }
    made.keystore.revoke("/operator").unwrap();
    let control = start(program, Some(&made.enclave("control")), &hearing(&ASKED));
    let asks = publishing(&ASKED);
    let peers =
        [Some(theirs.enclave("operator")), Some(stolen)].map(|enclave| start(program, enclave.as_deref(), &asks));
    for peer in peers {
        assert_eq!(peer.end(), ["0"; 6]);
    }
    assert_eq!(control.end(), ["0"; 6]);
}

#[test]
fn a_participant_without_its_enclave_or_in_another_domain_is_not_made() {
    let Some(program) = program() else { return };
    let (made, elsewhere) = (every_role(), Made::new(&[5]));
    let missing = start(program, Some(&made.at("enclaves/nobody")), &publishing(&[STEER]));
    assert_eq!(missing.end(), ["refused"]);
    // Another's certificate with the control's permissions.
    let mixed = made.enclave("camera");
    std::fs::copy(
        made.enclave("control").join("permissions.p7s"),
        mixed.join("permissions.p7s"),
    )
    .unwrap();
    let mixed = start(program, Some(&mixed), &publishing(&[COMMAND]));
    assert_eq!(mixed.end(), ["refused"]);
    elsewhere.grant("/control", &[Role::Control], &root(), false).unwrap();
    let other = start(program, Some(&elsewhere.enclave("control")), &publishing(&[COMMAND]));
    assert_eq!(other.end(), ["refused"]);
}
