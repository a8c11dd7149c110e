//! Nodes that misbehave beside a walking robot, and one that writes down what the robot is told.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew::bus::{Qos, Subscription, listen};
use sinew::declared::NodeParams;
use sinew::node::{Node, Setup};
use sinew::topics::IMPEDANCE_TOPIC;
use sinew_messages::std_msgs::msg::Float64MultiArray;

/// What the rogues of a process do, and where the witness writes.
pub(crate) const DOES: &str = "ROGUE_DOES";
pub(crate) const WITNESS: &str = "ROGUE_WITNESS";
pub(crate) const LINE: &str = "ROGUE_LINE";

/// Is good until the robot walks.
const GOOD: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NoParams {}

impl NodeParams for NoParams {}

/// Two of it can be in a process: as many as threads that a careless program shares among its nodes.
#[derive(Debug)]
struct Rogue<const TOO: bool> {
    bad: Arc<AtomicBool>,
    _commands: Subscription,
}

impl<const TOO: bool> Node for Rogue<TOO> {
    const NAME: &'static str = if TOO { "rogue_too" } else { "rogue" };
    type Params = NoParams;

    fn configure(setup: &Setup<NoParams>) -> anyhow::Result<Self> {
        let bad = Arc::new(AtomicBool::new(false));
        let (is_bad, does) = (bad.clone(), does());
        let act = move |_: Arc<Float64MultiArray>| {
            if !is_bad.load(Ordering::Relaxed) {
                return;
            }
            match does.as_str() {
                "block in a callback" | "block in the sender" => hang(),
                "panic in a callback" => panic!("as ordered"),
                _ => {}
            }
        };
        let qos = Qos::default().keep_last(1);
        let commands = if does_to_the_sender() {
            listen(&*setup.bus, IMPEDANCE_TOPIC, qos, act)?
        } else {
            setup.on_message(IMPEDANCE_TOPIC, qos, act)?
        };
        Ok(Self {
            bad,
            _commands: commands,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let walks = PathBuf::from(std::env::var(WITNESS)?);
        while !std::fs::read_to_string(&walks).unwrap_or_default().contains("stiff") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(GOOD).await;
        self.bad.store(true, Ordering::Relaxed);
        tracing::warn!("misbehaves now: {}", does());
        match does().as_str() {
            "spin" => loop {
                std::hint::spin_loop();
            },
            "sleep" => hang(),
            "freeze the loop" => {
                freeze("control");
                std::future::pending().await
            }
            _ => std::future::pending().await,
        }
    }
}

fn does() -> String {
    std::env::var(DOES).unwrap_or_default()
}

fn does_to_the_sender() -> bool {
    does() == "block in the sender"
}

/// Stops all threads of that name in this process, among them the control loop's, wherever they are.
fn freeze(name: &str) {
    // SAFETY: it sleeps, which a handler may.
    unsafe { signal_hook::low_level::register(signal_hook::consts::SIGUSR2, || hang()) }.unwrap();
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let comm = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        let id: libc::pid_t = task.file_name().to_string_lossy().parse().unwrap();
        if comm.trim() == name {
            // SAFETY: a signal to a thread of this process.
            unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), id, libc::SIGUSR2) };
        }
    }
}

fn hang() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// Writes `stiff` or `limp` whenever that changes in what the robot is told.
#[derive(Debug)]
struct Witness;

impl Node for Witness {
    const NAME: &'static str = "witness";
    const URGENT: bool = true;
    type Params = NoParams;

    fn configure(setup: &Setup<NoParams>) -> anyhow::Result<Self> {
        let file = std::fs::File::create(std::env::var(WITNESS)?)?;
        let last = std::sync::Mutex::new(None);
        // In the thread that brings it: what it is told last is written before the process ends.
        let commands = listen(
            &*setup.bus,
            IMPEDANCE_TOPIC,
            Qos::default(),
            move |command: Arc<Float64MultiArray>| {
                let stiff = command.data.chunks(5).any(|row| row[3] > 0.0);
                if last.lock().unwrap().replace(stiff) != Some(stiff) {
                    let _ = writeln!(&file, "{}", if stiff { "stiff" } else { "limp" });
                }
            },
        )?;
        // It hears what the robot is told after the nodes were asked to end, itself among them.
        std::mem::forget(commands);
        Ok(Self)
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        std::future::pending().await
    }
}

/// The program that a test starts, as a program with nodes of its own is.
pub(crate) fn program(line: &str) -> i32 {
    let app = sinew::app()
        .node::<Rogue<false>>()
        .node::<Rogue<true>>()
        .node::<Witness>();
    match app.run_line("sim", line.split(' ').map(Into::into)) {
        Ok(()) => 0,
        Err(error) => {
            sinew::log::complain(&error);
            2
        }
    }
}
