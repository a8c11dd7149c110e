//! What readers of its tap cost the control tick of Strider.

use anyhow::Result;

use super::figures::{figure, interleaved, measure as run};
use super::report::{Goal, Peer, Report};
use super::walk::{STRIDER, sinew};

const ROUNDS: u64 = 5;
const TICKS: &str = "20000";

/// The tick with one reader and with four beside the tick that nobody reads.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let mut tap = || run(sinew("tap").args([STRIDER, "--ticks", TICKS]));
    let [tap] = interleaved("tap", ROUNDS, [&mut tap])?;
    for quantile in ["p50", "p99"] {
        let of = |readers: usize| figure(&tap, &format!("tick_{quantile}_us_{readers}_readers"));
        let nobody = Peer {
            name: "no reader",
            value: of(0)?,
        };
        report.add(
            format!("tick {quantile}, 0 readers of the tap"),
            of(0)?,
            "us",
            None,
            Goal::None,
        );
        for readers in [1, 4] {
            let name = format!("tick {quantile}, {readers} readers of the tap");
            report.add(name, of(readers)?, "us", Some(nobody), Goal::RatioAtMost(1.03));
        }
    }
    let allocations = figure(&tap, "rust_allocations")?;
    report.add(
        "Rust allocations in ticks that are read",
        allocations,
        "count",
        None,
        Goal::ValueAtMost(0.0),
    );
    Ok(())
}
