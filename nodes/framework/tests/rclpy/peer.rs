//! The process of the other end, and how a test waits for it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Once};
use std::thread;
use std::time::{Duration, Instant};

use sinew_messages::Message;
use sinew_messages::std_msgs::msg::UInt64;
use sinew_node::bus::ros2::Ros2Bus;
use sinew_node::bus::{Bus, Input};

/// A test that waits longer than this has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A node of Sinew's and, once it runs, one of rclpy's in the same namespace.
pub(crate) struct Peer {
    pub(crate) bus: Arc<dyn Bus>,
    python: String,
    running: Option<(Child, ChildStdin)>,
}

impl Peer {
    /// Both; none where there is no rclpy, which is said.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let mut peer = Self::prepare(test)?;
        peer.run();
        Some(peer)
    }

    /// Without rclpy's, yet.
    pub(crate) fn prepare(test: &str) -> Option<Self> {
        let Ok(python) = std::env::var("SINEW_ROS_PYTHON") else {
            eprintln!(
                "skipped: `cargo xtask test` finds or makes a Python with rclpy, and names it in SINEW_ROS_PYTHON"
            );
            return None;
        };
        apart_from_other_processes();
        let bus = Ros2Bus::new("sinew", &format!("/{test}_{}", std::process::id())).unwrap();
        Some(Self {
            bus,
            python,
            running: None,
        })
    }

    /// Starts rclpy's and waits until it is there.
    pub(crate) fn run(&mut self) {
        let mut process = Command::new(&self.python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rclpy/peer.py"))
            .arg(self.bus.namespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "ready\n", "rclpy did not start");
        let commands = process.stdin.take().unwrap();
        self.running = Some((process, commands));
    }

    /// Has rclpy's do something.
    pub(crate) fn tell(&mut self, command: &str) {
        let (_, commands) = self.running.as_mut().unwrap();
        writeln!(commands, "{command}").unwrap();
    }

    /// Waits until what rclpy publishes on a topic arrives, by sending it a number that is not counted.
    pub(crate) fn connected(&mut self, topic: &str, input: &Input<UInt64>) {
        until("the numbers arrive", || {
            self.tell(&format!("{topic} 0 1"));
            thread::sleep(Duration::from_millis(50));
            input.try_newest().is_some()
        });
        // All those that are still underway: whatever else comes is greater.
        let mut quiet_since = Instant::now();
        until("no more numbers come", || {
            if input.try_newest().is_some() {
                quiet_since = Instant::now();
            }
            quiet_since.elapsed() > Duration::from_millis(300)
        });
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some((mut process, commands)) = self.running.take() {
            // It ends with its input.
            drop(commands);
            let _ = process.wait();
        }
    }
}

/// Puts this process and its children into a DDS domain of their own, unless the caller chose one.
fn apart_from_other_processes() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("ROS_DOMAIN_ID").is_none() {
            // Up to 101 the ports of a domain are none that the system gives to others.
            let domain = 1 + std::process::id() % 101;
            // SAFETY: ROS 2 is the only C library here that reads the environment, and each test comes
            // through here before its first node.
            unsafe { std::env::set_var("ROS_DOMAIN_ID", domain.to_string()) };
        }
    });
}

/// Waits until something holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited too long until {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits for the next message.
pub(crate) fn next<M: Message>(input: &Input<M>) -> Arc<M> {
    let mut message = None;
    until("a message arrives", || {
        message = input.try_recv();
        message.is_some()
    });
    message.unwrap()
}

/// Runs something that waits.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(future)
}
