//! The signals that ask a process to end: SIGINT, SIGTERM, SIGHUP (its terminal was closed) and SIGQUIT.

use std::time::{Duration, Instant};

use anyhow::Context;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

/// A second signal after this time ends the process at once. (`ros2 launch` asks at once after the terminal has,
/// and means the same.)
const IMPATIENT: Duration = Duration::from_secs(1);

/// Calls `ask` for every signal that asks the process to end. Who sends another after a second does not want to wait
/// for a good end: then `last`, which has to be quick, is called, and the process ends with 128 + signal.
///
/// # Errors
/// Where the system lets us listen to no signals, or have no thread to do so.
pub fn on_end(ask: impl Fn() + Send + 'static, last: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    let mut asking = vec![SIGINT, SIGTERM, SIGQUIT];
    // Who starts a program with `nohup` wants it to outlive the terminal.
    if !is_ignored(SIGHUP) {
        asking.push(SIGHUP);
    }
    let mut signals = Signals::new(asking).context("cannot listen to signals")?;
    let listen = move || {
        let mut asked: Option<Instant> = None;
        for signal in signals.forever() {
            ask();
            if asked.get_or_insert_with(Instant::now).elapsed() > IMPATIENT {
                last();
                low_level::exit(128 + signal);
            }
        }
    };
    let thread = std::thread::Builder::new().name("signals".into()).spawn(listen);
    thread.context("cannot listen to signals: no thread can be made")?;
    Ok(())
}

/// Whether the process was started with that signal ignored.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}
