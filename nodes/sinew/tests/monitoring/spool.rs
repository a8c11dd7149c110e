//! `sinew telemetry inspect`

use std::process::{Command, Output};

use serde_json::{Value, json};
use sinew::telemetry::Draft;
use sinew::telemetry::spool::{Class, Limits, Spool};

fn inspect(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sinew"));
    command.args(["telemetry", "inspect"]).args(args);
    command.env_remove("SINEW_LOG_FORMAT").output().unwrap()
}

#[test]
fn what_waits_is_told_by_class_to_people_and_to_programs() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = Spool::open(folder.path(), Limits::same(1 << 20, 10, 4096)).unwrap();
    for n in 0..12 {
        let draft = Draft::now("health", None, json!({ "n": n }));
        spool.push(Class::Health, &draft.to_bytes()).unwrap();
    }
    spool.sync().unwrap();
    let path = folder.path().to_str().unwrap();
    // While somebody has it open.
    let told = inspect(&[path]);
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    for expected in [
        path,
        "a node is at work with it",
        "gaps of health: 1-2 quota",
        "damaged",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let told: Value = serde_json::from_slice(&inspect(&[path, "--json"]).stdout).unwrap();
    let health = &told["classes"][3];
    assert_eq!(
        (&health["class"], &health["messages"], &health["dropped"]),
        (&json!("health"), &json!(10), &json!(2)),
        "{told}"
    );
    assert_eq!(
        (&health["oldest"]["sequence"], &health["oldest"]["kind"]),
        (&json!(3), &json!("health"))
    );
    spool.close().unwrap();
    let text = String::from_utf8(inspect(&[path]).stdout).unwrap();
    assert!(text.contains("closed in order"), "{text}");
}

#[test]
fn what_is_no_spool_is_refused_by_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let refused = inspect(&[path]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(said.contains(path) && said.contains("`spool.folder`"), "{said}");
    let help = String::from_utf8(inspect(&["--help"]).stdout).unwrap();
    for expected in [
        "Nothing is written",
        "aside-",
        "--json",
        "sinew telemetry inspect telemetry_spool",
    ] {
        assert!(help.contains(expected), "{expected}: {help}");
    }
}
