//! What a tick costs with something beside it, against a tick with nothing beside it.

use anyhow::Result;

use super::figures::{Figures, Range, figure, medians};
use super::report::{Goal, Peer, Report};

/// Adds the median and the 99th percentile of a tick at 500 Hz with `beside` at work, of which the figures begin with `side`, and
/// their ratios, round by round, to those with nothing beside it, of which they begin with `off`. The median ratio of the 99th
/// percentiles is to be at most `most`.
pub(super) fn beside(report: &mut Report, rounds: &[Figures], side: &str, beside: &str, most: f64) -> Result<()> {
    let median = medians(rounds);
    for (quantile, goal) in [("p50", Goal::None), ("p99", Goal::ValueAtMost(most))] {
        let (on, off) = (format!("{side}_{quantile}_us"), format!("off_{quantile}_us"));
        let peer = Peer {
            name: "with nothing beside it",
            value: figure(&median, &off)?,
        };
        let title = format!("tick {quantile} at 500 Hz, {beside}");
        report.add(&title, figure(&median, &on)?, "us", Some(peer), Goal::None);
        let ratios = Range::of(rounds, |round| Ok(figure(round, &on)? / figure(round, &off)?))?;
        let title = format!(
            "ratio of each of {} rounds, {:.2} to {:.2}: their median",
            rounds.len(),
            ratios.least,
            ratios.most
        );
        report.add(title, ratios.median, "x", None, goal);
    }
    Ok(())
}
