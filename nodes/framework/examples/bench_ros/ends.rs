//! What both ends do, whatever carries their messages.

use std::collections::BTreeMap;
use std::env;
use std::io::{Read, stdin};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{Cli, What};

/// Round trips and images before those that count.
const WARM_UP: usize = 200;
const WARM_UP_IMAGES: usize = 10;

/// From image to image: 30 Hz.
const PAUSE: Duration = Duration::from_millis(33);

/// Where the far end runs, while the near one is started on another: where the kernel puts them makes a
/// factor of two, by chance.
const FAR_CPU: &str = "1";

/// The end that starts.
pub(crate) trait Near {
    /// Sends a `JointState` until the far end answers.
    fn connect(&mut self) -> Result<()>;

    /// Gives the durations of so many round trips, one after the other, ns.
    fn round_trips(&mut self, count: usize) -> Result<Vec<u64>>;

    /// Sends an image with the time in its stamp.
    fn send_image(&mut self) -> Result<()>;
}

/// Measures both, and prints what it finds.
pub(crate) fn near(cli: &Cli, mut near: impl Near) -> Result<()> {
    let side = match cli.what {
        What::Bus => "bus",
        _ => "r2r",
    };
    let mut far = Command::new("taskset")
        .args(["--cpu-list", FAR_CPU])
        .arg(env::current_exe()?)
        .args([side, "--far"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    near.connect()?;
    near.round_trips(WARM_UP)?;
    let trips = near.round_trips(cli.trips)?;
    for _ in 0..WARM_UP_IMAGES + cli.images {
        thread::sleep(PAUSE);
        near.send_image()?;
    }
    thread::sleep(PAUSE * 10);
    // It ends with its input, and says how old each image was.
    drop(far.stdin.take());
    let mut said = String::new();
    let mut output = far.stdout.take().context("the far end has no output")?;
    output.read_to_string(&mut said)?;
    ensure!(far.wait()?.success(), "the far end failed");
    let ages = said.split_whitespace().skip(WARM_UP_IMAGES);
    let ages = ages.map(str::parse).collect::<Result<Vec<u64>, _>>()?;
    let mut figures = BTreeMap::from([("images_lost".to_owned(), (cli.images.saturating_sub(ages.len())) as f64)]);
    for (name, mut found) in [("trip", trips), ("image", ages)] {
        ensure!(!found.is_empty(), "no {name} was measured");
        found.sort_unstable();
        for percent in [50, 99] {
            let place = (found.len() * percent).div_ceil(100) - 1;
            figures.insert(format!("{name}_p{percent}_us"), found[place] as f64 / 1e3);
        }
    }
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

/// Becomes true when the near end ends.
pub(crate) fn over() -> Arc<AtomicBool> {
    let over = Arc::new(AtomicBool::new(false));
    let ends = over.clone();
    thread::spawn(move || {
        let _ = stdin().read_to_end(&mut Vec::new());
        ends.store(true, Ordering::Relaxed);
    });
    over
}

/// Says how old each image was, ns.
pub(crate) fn report(ages: &[u64]) {
    for age in ages {
        println!("{age}");
    }
}
