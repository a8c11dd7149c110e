//! One hop of a 12-joint `JointState` in Copper, the peer of `nodes/framework/examples/bench_hop`: the time from
//! a source task handing over a message that is ready to the sink task having it. Copper runs both in
//! one thread, one after the other. Prints one JSON object of numbers.

use std::error::Error;
use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use bincode::{Decode, Encode};
use cu29::prelude::*;
use serde::{Deserialize, Serialize};

const HOPS: usize = 20_000;

/// Copper's payloads lie in a list that is made once, so this one has no heap: its joints have no names.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode, Serialize, Deserialize, Reflect)]
struct JointState {
    stamp_nanos: u64,
    position: [f64; 12],
    velocity: [f64; 12],
    effort: [f64; 12],
}

/// How long each hop took, ns, once the tasks have stopped.
static TOOK: Mutex<Vec<u64>> = Mutex::new(Vec::new());

fn now_nanos() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as u64
}

#[derive(Reflect)]
struct Robot;

impl Freezable for Robot {}

impl CuSrcTask for Robot {
    type Resources<'r> = ();
    type Output<'m> = output_msg!(JointState);

    fn new(_: Option<&ComponentConfig>, _: ()) -> CuResult<Self> {
        Ok(Self)
    }

    fn process(&mut self, _: &CuContext, output: &mut Self::Output<'_>) -> CuResult<()> {
        let mut message = JointState {
            position: std::array::from_fn(|joint| joint as f64),
            ..JointState::default()
        };
        message.stamp_nanos = now_nanos();
        output.set_payload(message);
        Ok(())
    }
}

#[derive(Reflect)]
struct Control {
    took: Vec<u64>,
}

impl Freezable for Control {}

impl CuSinkTask for Control {
    type Resources<'r> = ();
    type Input<'m> = input_msg!(JointState);

    fn new(_: Option<&ComponentConfig>, _: ()) -> CuResult<Self> {
        let took = Vec::with_capacity(HOPS);
        Ok(Self { took })
    }

    fn process(&mut self, _: &CuContext, input: &Self::Input<'_>) -> CuResult<()> {
        let now = now_nanos();
        if let Some(message) = input.payload() {
            self.took.push(now - message.stamp_nanos);
        }
        Ok(())
    }

    fn stop(&mut self, _: &CuContext) -> CuResult<()> {
        *TOOK.lock().map_err(|_| "poisoned")? = std::mem::take(&mut self.took);
        Ok(())
    }
}

#[copper_runtime(config = "hop.ron")]
struct Hop {}

fn main() -> Result<(), Box<dyn Error>> {
    let log = std::env::temp_dir().join(format!("bench_hop_cu29_{}.copper", std::process::id()));
    let app = Hop::builder().with_log_path(&log, Some(1 << 20))?.build()?;
    let mut running = app.start()?;
    for _ in 0..HOPS {
        running.run_one_iteration()?;
    }
    drop(running.stop()?);
    let name = log.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    for entry in std::fs::read_dir(std::env::temp_dir())?.flatten() {
        let is_ours = |name: &String| entry.file_name().to_string_lossy().starts_with(name.as_str());
        if name.as_ref().is_some_and(is_ours) {
            std::fs::remove_file(entry.path())?;
        }
    }
    let mut took = TOOK.lock().map_err(|_| "poisoned")?;
    took.sort_unstable();
    assert_eq!(took.len(), HOPS, "each message arrives once");
    let percentile = |percent: usize| took[(HOPS * percent).div_ceil(100) - 1];
    println!(r#"{{"p50_ns":{},"p99_ns":{}}}"#, percentile(50), percentile(99));
    Ok(())
}
