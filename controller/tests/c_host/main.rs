//! A host in C, compiled with this system's compiler and linked to the library, over a robot in the embedded simulator.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod process;

use process::{Asked, Host, compiled, robot_file};

const IMPEDANCE: u32 = 0;
const EFFORT: u32 = 1;

const STOPPED: u32 = 4;
const RUN: u32 = 3;
const DAMP: u32 = 1;
const NOT_READY: u32 = 5;
const REFUSED: u32 = 6;

#[test]
fn misuse_is_answered_with_a_status_and_damps() {
    let Some(program) = compiled() else { return };
    let output = std::process::Command::new(program)
        .arg("misuse")
        .arg(robot_file())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", output.status);
}

/// Walks at 0.5 m/s; gives how far, and how upright it is at the end.
fn walked(host: &mut Host, secs: f64) -> (f64, f64) {
    host.begin();
    assert_eq!(host.until(RUN, 4.0), RUN);
    let start = host.position();
    host.velocity = [0.5, 0.0, 0.0];
    host.run(secs);
    let way = (host.position() - start).norm();
    (way, host.up())
}

#[test]
fn strider_walks_through_the_c_interface() {
    let Some(mut host) = Host::start(IMPEDANCE, 200.0) else {
        return;
    };
    let (way, up) = walked(&mut host, 6.0);
    assert!((2.4..3.4).contains(&way) && up > 0.95, "{way} m, up {up}");
    assert_eq!(host.mode, RUN);
}

#[test]
fn strider_walks_with_efforts_alone_at_the_rate_of_the_host() {
    let Some(mut host) = Host::start(EFFORT, 1000.0) else {
        return;
    };
    let (way, up) = walked(&mut host, 6.0);
    assert!((2.4..3.4).contains(&way) && up > 0.95, "{way} m, up {up}");
    // The simulated drives hold each torque until the next.
    assert!(host.drives[3].iter().chain(&host.drives[4]).all(|&gain| gain == 0.0));
}

#[test]
fn a_stop_damps_outlives_two_activations_and_is_cleared_on_request() {
    let Some(mut host) = Host::start(IMPEDANCE, 200.0) else {
        return;
    };
    walked(&mut host, 1.0);
    host.ask(Asked::STOP);
    host.run(0.05);
    assert_eq!(host.mode, STOPPED);
    assert!(host.drives[3].iter().all(|&kp| kp == 0.0) && host.drives[4].iter().all(|&kd| kd > 0.0));
    host.ask(Asked::DEACTIVATE);
    assert!(host.drives[3].iter().all(|&kp| kp == 0.0) && host.drives[2].iter().all(|&nm| nm == 0.0));
    assert_eq!(host.ask(Asked::ACTIVATE), NOT_READY);
    host.ask(Asked::SUPERVISE);
    assert_eq!(host.ask(Asked::ACTIVATE), 0);
    host.run(0.1);
    assert_eq!(host.mode, STOPPED);
    assert_eq!(host.ask(Asked::START), REFUSED);
    assert_eq!(host.ask(Asked::CLEAR), 0);
    host.run(0.1);
    assert_eq!(host.mode, DAMP);
}

#[test]
fn readings_that_are_no_numbers_stop_a_robot_that_walks() {
    for interfaces in [IMPEDANCE, EFFORT] {
        let Some(mut host) = Host::start(interfaces, 200.0) else {
            return;
        };
        walked(&mut host, 0.5);
        host.measures = false;
        host.run(0.2);
        assert_eq!(host.mode, STOPPED);
        assert!(host.drives.iter().flatten().all(|number| number.is_finite()));
        assert!(host.drives[3].iter().all(|&kp| kp == 0.0));
        // Nothing pushes with what was once measured.
        assert!(host.drives[2].iter().all(|&nm| nm == 0.0));
    }
}

#[test]
fn a_silent_operator_stops_the_robot() {
    let Some(mut host) = Host::start(IMPEDANCE, 200.0) else {
        return;
    };
    walked(&mut host, 0.5);
    host.commands = false;
    host.run(0.6);
    assert_eq!(host.mode, STOPPED);
}

#[test]
fn a_deactivated_robot_is_limp_and_starts_again_from_damping() {
    for interfaces in [IMPEDANCE, EFFORT] {
        let Some(mut host) = Host::start(interfaces, 200.0) else {
            return;
        };
        walked(&mut host, 0.5);
        host.ask(Asked::DEACTIVATE);
        assert!(
            host.drives[3]
                .iter()
                .chain(&host.drives[2])
                .all(|&number| number == 0.0)
        );
        host.ask(Asked::SUPERVISE);
        assert_eq!(host.ask(Asked::ACTIVATE), 0);
        host.run(0.05);
        assert_eq!(host.mode, DAMP);
    }
}
