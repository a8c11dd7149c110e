//! hawkBit as the place that releases come from: real stores, real downloads, and a server of the documented API.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod robot;
mod server;

use std::time::Duration;

use sinew_node_updater::Step;

use robot::{Publisher, Robot};
use server::{File, Server};

fn all() -> (Server, Publisher, Robot) {
    let (server, publisher) = (Server::start(), Publisher::new());
    let robot = Robot::new(&server, &publisher);
    (server, publisher, robot)
}

fn told(execution: &str, result: &str, details: &str) -> (String, String, String) {
    (execution.to_owned(), result.to_owned(), details.to_owned())
}

#[test]
fn a_release_goes_its_way_and_hawkbit_hears_each_step_also_over_new_starts() {
    let (server, publisher, mut robot) = all();
    server.state().wants_attributes = true;
    assert_eq!(robot.step(), Step::UpToDate);
    assert_eq!(server.state().attributes["release"], "walk");
    assert_eq!(robot.updates.pauses().every, Some(Duration::from_secs(300)));
    server.assign(8, publisher.release(2));
    assert!(matches!(robot.step(), Step::Staged { version, .. } if version == "walk-2"));
    assert_eq!(server.last_told(), told("proceeding", "none", "walk-2: staged"));
    // What was said is not said again, neither now nor after a new start.
    let count = server.state().told.len();
    assert_eq!(robot.step(), Step::UpToDate);
    robot.restart();
    assert_eq!(robot.step(), Step::UpToDate);
    assert_eq!(server.state().told.len(), count);
    robot.promote("walk-2");
    robot.step();
    assert_eq!(
        server.last_told(),
        told("proceeding", "none", "walk-2 is in charge, on probation")
    );
    robot.store.pass_probation("walk-2").unwrap();
    robot.restart();
    robot.step();
    assert_eq!(
        server.last_told(),
        told("closed", "success", "walk-2 is in charge, settled")
    );
    let count = server.state().told.len();
    assert_eq!(robot.step(), Step::UpToDate, "the action is closed");
    assert_eq!(server.state().told.len(), count);
}

#[test]
fn what_was_refused_or_rolled_back_is_told_with_its_reason() {
    let (server, publisher, mut robot) = all();
    server.assign(8, publisher.release(2));
    robot.step();
    robot
        .store
        .refuse("walk-2", "99 of 100 inferences took 4000 us")
        .unwrap();
    robot.restart();
    assert!(matches!(robot.step(), Step::Left { .. }));
    let reason = "walk-2 refused: 99 of 100 inferences took 4000 us";
    assert_eq!(server.last_told(), told("closed", "failure", reason));
    server.assign(9, publisher.release(3));
    robot.step();
    robot.promote("walk-3");
    robot.store.roll_back("walk-3", "fell: lean of 1.2 rad").unwrap();
    robot.restart();
    robot.step();
    let reason = "walk-3 rolled back: fell: lean of 1.2 rad";
    assert_eq!(server.last_told(), told("closed", "failure", reason));
    // Assigned again it is refused again, and not even downloaded.
    server.assign(10, publisher.release(3));
    server.state().requests.clear();
    assert!(matches!(robot.step(), Step::Left { .. }));
    assert_eq!(server.last_told(), told("closed", "failure", reason));
    assert!(
        !server
            .state()
            .requests
            .iter()
            .any(|(path, _)| path.contains("/artifacts/"))
    );
    assert_eq!(robot.in_charge(), "walk-1");
}

#[test]
fn what_nobody_known_has_signed_is_not_staged_whatever_hawkbit_says_of_its_hash() {
    let (server, publisher, mut robot) = all();
    let stranger = Publisher::new();
    let mut changed = publisher.release(2);
    // Another model under the signature of this one.
    changed[0].bytes = publisher.release(3)[0].bytes.clone();
    changed[0] = File::new("walk-2.tar", changed[0].bytes.clone());
    let mut torn = publisher.release(2);
    torn[1] = File::new("walk-2.sig", b"{}".to_vec());
    let cases = [
        (stranger.release(2), "walk-2: the signature is not to be trusted"),
        (changed, "was changed since it was signed"),
        (torn, "the signature is none of OpenSSF"),
        (
            publisher.release(2)[..1].to_vec(),
            "expected one file walk-N.tar and its signature walk-N.sig",
        ),
        (vec![File::new("firmware.bin", vec![1])], "found firmware.bin"),
        (
            [publisher.release(2), publisher.release(3)].concat(),
            "expected one file walk-N.tar",
        ),
        (
            vec![
                File::new("walk-2.tar", b"no archive".to_vec()),
                publisher.release(2)[1].clone(),
            ],
            "the archive is none of a release",
        ),
    ];
    for (id, (files, expected)) in (20..).zip(cases) {
        server.assign(id, files);
        robot.step();
        let (execution, result, details) = server.last_told();
        assert_eq!(
            (execution.as_str(), result.as_str()),
            ("closed", "failure"),
            "{expected}: {details}"
        );
        assert!(details.contains(expected), "{expected}: {details}");
        assert_eq!((robot.candidate(), robot.in_charge()), (None, "walk-1".to_owned()));
    }
    server.assign(40, publisher.release(2));
    assert!(
        matches!(robot.step(), Step::Staged { .. }),
        "what is signed is taken as before"
    );
}

#[test]
fn a_wrong_hash_ends_a_deployment_and_a_download_that_was_cut_off_goes_on() {
    let (server, publisher, mut robot) = all();
    let mut files = publisher.release(2);
    files[0].sha256 = files[1].sha256.clone();
    server.assign(8, files);
    robot.step();
    let (execution, result, details) = server.last_told();
    assert_eq!((execution.as_str(), result.as_str()), ("closed", "failure"));
    assert!(
        details.contains("walk-2.tar refused, it is not what was signed"),
        "{details}"
    );
    let files = publisher.release(2);
    let (archive, signature) = (files[0].bytes.len(), files[1].bytes.len());
    server.assign(9, files);
    assert!(matches!(robot.step(), Step::Staged { .. }));
    server.assign(10, publisher.release(3));
    server.state().requests.clear();
    // The signature is cut off, then the archive, then nothing.
    for cut_after in [signature / 2, 250_000] {
        server.state().cut_after = Some(cut_after);
        assert!(matches!(robot.step(), Step::Failed(_)));
    }
    assert_eq!(server.last_told().0, "proceeding", "another time may do");
    assert!(
        matches!(robot.step(), Step::Staged { bytes, .. } if bytes < archive as u64),
        "it went on"
    );
    let ranges: Vec<String> = server
        .state()
        .requests
        .iter()
        .filter_map(|(_, range)| range.clone())
        .collect();
    assert_eq!(
        ranges,
        [format!("bytes={}-", signature / 2), "bytes=250000-".to_owned()]
    );
    assert_eq!(robot.candidate().as_deref(), Some("walk-3"));
}

#[test]
fn answers_that_are_wrong_change_nothing_and_the_next_time_goes_well() {
    let (server, publisher, mut robot) = all();
    server.assign(8, publisher.release(2));
    let before = robot.store.status().unwrap();
    let answers = [
        ("base", "401 Unauthorized", "token"),
        ("base", "403 Forbidden", "token"),
        ("base", "404 Not Found", "404"),
        ("base", "410 Gone", "410"),
        ("base", "500 Internal Server Error", "500"),
        ("deploymentBase/8", "500 Internal Server Error", "500"),
        ("/artifacts/", "401 Unauthorized", "401"),
        ("/artifacts/", "404 Not Found", "not there"),
        ("/artifacts/", "503 Service Unavailable", "503"),
    ];
    for (path, status, said) in answers {
        server.state().answers.push_back((path, status.to_owned()));
        let step = robot.step();
        assert!(
            matches!(&step, Step::Failed(why) if why.contains(said)),
            "{path} {status}: {step:?}"
        );
        assert_eq!(robot.store.status().unwrap(), before, "{path} {status}");
    }
    for path in ["base", "deploymentBase/8"] {
        server.state().garbage = Some(path);
        let step = robot.step();
        assert!(
            matches!(&step, Step::Failed(why) if why.contains("not as expected")),
            "{path}: {step:?}"
        );
    }
    server
        .state()
        .answers
        .push_back(("base", "429 Too Many Requests\r\nRetry-After: 77".to_owned()));
    assert!(matches!(robot.step(), Step::Failed(why) if why.contains("429")));
    assert_eq!(robot.updates.pauses().at_least, Some(Duration::from_secs(77)));
    // It was called off between the question and the look at it.
    server
        .state()
        .answers
        .push_back(("deploymentBase/8", "404 Not Found".to_owned()));
    assert_eq!(robot.step(), Step::UpToDate);
    // What cannot be told is told the next time; who has closed an action need not hear more.
    server.state().told.clear();
    server
        .state()
        .answers
        .push_back(("feedback", "500 Internal Server Error".to_owned()));
    assert!(matches!(robot.step(), Step::Staged { .. }));
    assert!(server.state().told.is_empty());
    robot.step();
    assert_eq!(server.last_told().2, "walk-2: staged");
    robot.promote("walk-2");
    server.state().answers.push_back(("feedback", "410 Gone".to_owned()));
    assert_eq!(robot.step(), Step::UpToDate);
    robot.forget_token();
    assert!(matches!(robot.step(), Step::Failed(why) if why.contains("401") && why.contains("`token_file`")));
}

#[test]
fn a_deployment_is_called_off_while_it_is_a_candidate_and_not_once_it_is_in_charge() {
    let (server, publisher, mut robot) = all();
    let cancel = || server.state().action.as_mut().unwrap().is_canceling = true;
    server.assign(8, publisher.release(2));
    robot.step();
    cancel();
    robot.restart();
    assert_eq!(
        robot.step(),
        Step::Withdrawn {
            version: "walk-2".to_owned()
        }
    );
    assert_eq!(server.last_told(), told("closed", "success", "it is called off"));
    assert_eq!(robot.candidate(), None);
    // It may come again, for it did no harm.
    server.assign(9, publisher.release(2));
    assert!(matches!(robot.step(), Step::Staged { .. }));
    robot.promote("walk-2");
    cancel();
    robot.step();
    let (execution, _, details) = server.last_told();
    assert_eq!(execution, "rejected");
    assert!(details.contains("walk-2 is in charge"), "{details}");
    robot.store.pass_probation("walk-2").unwrap();
    robot.step();
    assert_eq!(server.last_told().1, "success");
}

#[test]
fn nobody_goes_back_by_a_deployment_but_where_an_operator_holds_the_version() {
    let (server, publisher, mut robot) = all();
    server.assign(8, publisher.release(3));
    robot.step();
    robot.promote("walk-3");
    robot.store.pass_probation("walk-3").unwrap();
    server.assign(9, publisher.release(2));
    assert!(matches!(robot.step(), Step::Older { .. }));
    let (execution, result, details) = server.last_told();
    assert_eq!((execution.as_str(), result.as_str()), ("closed", "failure"));
    assert!(details.contains("walk-2 is older than walk-3"), "{details}");
    robot.store.pin("walk-2").unwrap();
    server.assign(10, publisher.release(2));
    assert!(matches!(robot.step(), Step::Staged { .. }));
}

#[test]
fn outside_of_its_maintenance_window_nothing_is_brought() {
    let (server, publisher, mut robot) = all();
    server.assign(8, publisher.release(2));
    server.state().action.as_mut().unwrap().update = "skip".to_owned();
    assert_eq!(robot.step(), Step::UpToDate);
    let waits = "walk-2 waits: hawkBit does not let it be installed yet";
    assert_eq!(server.last_told(), told("proceeding", "none", waits));
    server.state().action.as_mut().unwrap().update = "attempt".to_owned();
    assert!(matches!(robot.step(), Step::Staged { .. }));
}

#[test]
fn a_link_to_another_server_does_not_get_the_token() {
    let (server, publisher, mut robot) = all();
    let other = Server::start();
    server.assign(8, publisher.release(2));
    server.state().origin = other.url.clone();
    let step = robot.step();
    assert!(
        matches!(&step, Step::Failed(why) if why.contains("expected a link to")),
        "{step:?}"
    );
    assert!(other.state().requests.is_empty());
}
