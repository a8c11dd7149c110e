//! What a service manager such as systemd is told, by its own protocol: datagrams to the socket that it names.

use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::{Duration, Instant};

use signal_hook::consts::SIGTERM;
use tempfile::TempDir;

use super::{PATIENCE, Robot};

/// Long enough for a loaded machine, within which a loop has to tick.
const WATCHDOG: Duration = Duration::from_secs(2);

/// A service manager that listens, and the robot that it has started.
struct Service {
    socket: UnixDatagram,
    robot: Robot,
}

impl Service {
    fn start(does: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let said = std::fs::File::create(folder.path().join("said")).unwrap();
        let micros = WATCHDOG.as_micros().to_string();
        let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", &micros)];
        let robot = Robot::start_with(folder, does, Stdio::null(), said.into(), &environment);
        Self { socket, robot }
    }

    /// The next message that begins so, within `time`.
    fn hears(&self, start: &str, time: Duration) -> Option<String> {
        let began = Instant::now();
        let mut buffer = [0; 4096];
        while began.elapsed() < time {
            let Ok(length) = self.socket.recv(&mut buffer) else {
                continue;
            };
            let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if message.starts_with(start) {
                return Some(message);
            }
        }
        None
    }

    #[track_caller]
    fn expect(&self, start: &str, time: Duration) -> String {
        let heard = self.hears(start, time);
        heard.unwrap_or_else(|| panic!("no {start} within {time:?}:\n{}", self.robot.said()))
    }
}

#[test]
fn it_is_told_when_the_nodes_are_active_that_the_loop_ticks_and_when_the_process_ends() {
    let mut service = Service::start("behave");
    service.expect("READY=1", PATIENCE);
    while !service.expect("STATUS=", PATIENCE).contains("/control active in run") {}
    for _ in 0..4 {
        service.expect("WATCHDOG=1", WATCHDOG);
    }
    service.robot.until_misbehaving();
    service.robot.send(SIGTERM);
    service.expect("STOPPING=1", PATIENCE);
    assert_eq!(service.robot.ends(), Some(0), "{}", service.robot.said());
}

#[test]
fn a_loop_that_does_not_tick_any_more_starves_the_watchdog() {
    let mut service = Service::start("freeze the loop");
    service.robot.until_misbehaving();
    // What was sent before, and once more for the ticks since then.
    service.hears("no such message", WATCHDOG);
    assert_eq!(
        service.hears("WATCHDOG=1", 2 * WATCHDOG),
        None,
        "{}",
        service.robot.said()
    );
    assert!(
        service.robot.child.try_wait().unwrap().is_none(),
        "{}",
        service.robot.said()
    );
}
