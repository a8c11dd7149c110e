//! Who may speak to whom, and what about.

use super::*;

#[test]
fn a_wrong_password_and_an_expired_certificate_lose_nothing_and_are_taken_once_they_are_right() {
    if !broker::is_there() {
        return;
    }
    let authority = Authority::new();
    authority.certify("strider", "strider", false);
    let made = std::process::Command::new("mosquitto_passwd")
        .args(["-b", "-c"])
        .arg(authority.file("passwords"))
        .args(["strider", "right"])
        .status();
    assert!(made.unwrap().success());
    let lines = format!(
        "{}\nallow_anonymous false\npassword_file {}",
        mutual_tls(&authority).replace("use_identity_as_username true", ""),
        authority.file("passwords").display()
    );
    let broker = Broker::start(authority.folder.path(), &lines);
    let counted = Counted::at(broker.plain);
    std::fs::write(authority.file("password"), "wrong\n").unwrap();
    let params = BrokerParams {
        user: Some("strider".to_owned()),
        password_file: Some(authority.file("password")),
        ..with_certificate(&authority, broker.robots, "strider")
    };
    let robot = Robot::start(&authority.file("spool"), &params);
    for n in 0..50 {
        robot.send(Class::Safety, json!({ "n": n }));
    }
    wait("the expired certificate is refused", || robot.said().contains("xpired"));
    authority.certify("strider", "strider", true);
    wait("the wrong password is refused", || {
        robot.said().contains("NotAuthorized")
    });
    assert!(counted.of(Class::Safety).is_empty());
    std::fs::write(authority.file("password"), "right\n").unwrap();
    counted.wait_for(Class::Safety, all(50));
    wait("it says that it is connected", || robot.report.is_connected());
}

#[test]
fn a_broker_that_somebody_else_has_certified_gets_nothing() {
    if !broker::is_there() {
        return;
    }
    let (authority, other) = (Authority::new(), Authority::new());
    authority.certify("strider", "strider", true);
    let broker = Broker::start(authority.folder.path(), &mutual_tls(&authority));
    let counted = Counted::at(broker.plain);
    let params = BrokerParams {
        ca_file: Some(other.file("ca.pem")),
        ..with_certificate(&authority, broker.robots, "strider")
    };
    let robot = Robot::start(&authority.file("spool"), &params);
    robot.send(Class::Safety, json!({}));
    wait("the broker is refused", || robot.said().contains("certificate"));
    assert!(counted.of(Class::Safety).is_empty());
}

#[test]
fn a_topic_that_is_not_allowed_and_a_message_that_is_too_large_hold_nothing_else_up() {
    if !broker::is_there() {
        return;
    }
    for limit in ["message_size_limit 20000", "max_packet_size 20000"] {
        let folder = tempfile::tempdir().unwrap();
        let acl = folder.path().join("acl");
        std::fs::write(
            &acl,
            "topic write sinew/strider/safety\ntopic write sinew/strider/events\n",
        )
        .unwrap();
        let lines = format!("allow_anonymous true\nacl_file {}", acl.display());
        let broker = Broker::start(folder.path(), &lines);
        // These are settings of the whole broker, which come before its listeners.
        let config = std::fs::read_to_string(folder.path().join("mosquitto.conf")).unwrap();
        std::fs::write(folder.path().join("mosquitto.conf"), format!("{limit}\n{config}")).unwrap();
        let mut broker = broker;
        broker.kill();
        broker.start_again();
        let counted = Counted::at(broker.plain);
        let plain = BrokerParams {
            tls: false,
            ..params(broker.robots)
        };
        let robot = Robot::start(&folder.path().join("spool"), &plain);
        for n in 0..20 {
            robot.send(Class::Health, json!({ "n": n }));
            robot.send(Class::Safety, json!({ "n": n }));
        }
        robot.send(Class::Safety, json!({ "text": "x".repeat(50_000) }));
        for n in 0..20 {
            robot.send(Class::Safety, json!({ "n": n }));
        }
        counted.wait_for(Class::Safety, |came| came.len() == 40 && came.last() == Some(&41));
        let told = || counted.1.lock().unwrap().clone();
        let refused = |class: &str| {
            told()
                .iter()
                .any(|event| event["type"] == "sinew.message_refused" && event["data"]["class"] == class)
        };
        // That others pass shows that the broker is not at fault.
        wait("the large message is told", || {
            robot.send(Class::Safety, json!({}));
            std::thread::sleep(Duration::from_millis(100));
            refused("safety")
        });
        wait("the topic that is not allowed is told", || {
            robot.send(Class::Safety, json!({}));
            std::thread::sleep(Duration::from_millis(100));
            refused("health")
        });
        let is_told = || told().iter().any(|event| event["gaps"] == "21-21 refused");
        wait("the gap is told", || {
            robot.send(Class::Safety, json!({}));
            std::thread::sleep(Duration::from_millis(100));
            is_told()
        });
    }
}
