//! What was measured, as a table and as JSON.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

/// What a measurement should come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// The value itself.
    ValueAtMost(f64),
    /// Value over peer's value, where less is better.
    RatioAtMost(f64),
    /// Value over peer's value, where more is better.
    RatioAtLeast(f64),
    /// Nothing: the figure is for comparison.
    None,
}

/// Who was measured alongside, and what it came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// Its name.
    pub(crate) name: &'static str,
    /// In the unit of the measurement.
    pub(crate) value: f64,
}

/// One line of the report, in the form that every bench shares.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Line {
    name: String,
    value: f64,
    unit: &'static str,
    peer: Option<&'static str>,
    peer_value: Option<f64>,
    ratio: Option<f64>,
    goal: Option<String>,
    holds: Option<bool>,
}

/// Everything that was measured, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    skipped: Vec<String>,
}

impl Report {
    /// Adds a measurement.
    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        peer: Option<Peer>,
        goal: Goal,
    ) {
        let ratio = peer.map(|peer| value / peer.value);
        // A ratio that is missing or not a number holds nothing.
        let goal = match goal {
            Goal::ValueAtMost(most) => Some((format!("value <= {most}"), value <= most)),
            Goal::RatioAtMost(most) => Some((format!("ratio <= {most}"), ratio.is_some_and(|ratio| ratio <= most))),
            Goal::RatioAtLeast(least) => Some((format!("ratio >= {least}"), ratio.is_some_and(|ratio| ratio >= least))),
            Goal::None => None,
        };
        let (goal, holds) = goal.unzip();
        self.lines.push(Line {
            name: name.into(),
            value,
            unit,
            peer: peer.map(|peer| peer.name),
            peer_value: peer.map(|peer| peer.value),
            ratio,
            goal,
            holds,
        });
    }

    /// Says why something was not measured.
    pub(crate) fn skip(&mut self, name: &str, reason: impl std::fmt::Display) {
        self.skipped.push(format!("skipped {name}: {reason:#}"));
    }

    /// The table for people.
    pub(crate) fn table(&self) -> String {
        let mut rows = vec![
            [
                "measurement",
                "value",
                "unit",
                "peer",
                "peer value",
                "ratio",
                "goal",
                "holds",
            ]
            .map(str::to_owned),
        ];
        for line in &self.lines {
            let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), significant);
            rows.push([
                line.name.clone(),
                significant(line.value),
                line.unit.to_owned(),
                line.peer.unwrap_or("-").to_owned(),
                number(line.peer_value),
                line.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
                line.goal.clone().unwrap_or_else(|| "-".to_owned()),
                line.holds
                    .map_or("-", |holds| if holds { "yes" } else { "NO" })
                    .to_owned(),
            ]);
        }
        let mut table = aligned(&rows);
        for reason in &self.skipped {
            let _ = write!(table, "\n{reason}");
        }
        table
    }

    /// The list for programs.
    pub(crate) fn write_json(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.lines)? + "\n";
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Three significant digits, or the whole number where it has more.
fn significant(value: f64) -> String {
    let digits = if value == 0.0 {
        0
    } else {
        2 - value.abs().log10().floor() as i32
    };
    format!("{value:.0$}", digits.clamp(0, 6) as usize)
}

fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; N]| {
        let cells: Vec<_> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(value: f64) -> Option<Peer> {
        Some(Peer { name: "peer", value })
    }

    #[test]
    fn a_goal_holds_on_its_own_side_of_its_bound() {
        let mut report = Report::default();
        report.add("less", 10.0, "us", peer(10.0), Goal::RatioAtMost(1.05));
        report.add("less", 11.0, "us", peer(10.0), Goal::RatioAtMost(1.05));
        report.add("more", 30.0, "1/s", peer(10.0), Goal::RatioAtLeast(3.0));
        report.add("more", 29.0, "1/s", peer(10.0), Goal::RatioAtLeast(3.0));
        report.add("none", 0.0, "count", None, Goal::ValueAtMost(0.0));
        report.add("some", 1.0, "count", None, Goal::ValueAtMost(0.0));
        let holds: Vec<_> = report.lines.iter().map(|line| line.holds).collect();
        assert_eq!(holds, [true, false, true, false, true, false].map(Some));
    }

    #[test]
    fn a_ratio_to_nothing_holds_no_goal() {
        let mut report = Report::default();
        report.add("nothing", 0.0, "us", peer(0.0), Goal::RatioAtMost(2.0));
        report.add("no peer", 1.0, "us", None, Goal::RatioAtLeast(0.0));
        assert!(report.lines.iter().all(|line| line.holds == Some(false)));
    }

    #[test]
    fn json_has_the_form_that_every_bench_shares() {
        let mut report = Report::default();
        report.add("tick", 10.0, "us", peer(20.0), Goal::RatioAtMost(1.0));
        report.add("steps", 10.0, "1/s", peer(20.0), Goal::None);
        let file = tempfile::NamedTempFile::new().unwrap();
        report.write_json(file.path()).unwrap();
        let list: serde_json::Value = serde_json::from_str(&fs::read_to_string(file.path()).unwrap()).unwrap();
        let expected = serde_json::json!([{
            "name": "tick", "value": 10.0, "unit": "us", "peer": "peer", "peer_value": 20.0,
            "ratio": 0.5, "goal": "ratio <= 1", "holds": true,
        }, {
            "name": "steps", "value": 10.0, "unit": "1/s", "peer": "peer", "peer_value": 20.0,
            "ratio": 0.5, "goal": null, "holds": null,
        }]);
        assert_eq!(list, expected);
    }

    #[test]
    fn the_table_is_aligned_and_ends_with_what_was_skipped() {
        let mut report = Report::default();
        report.add("tick", 12.345, "us", peer(23456.0), Goal::RatioAtMost(1.0));
        report.add("steps", 10.0, "1/s", peer(20.0), Goal::None);
        report.skip("jitter", "cyclictest is not there");
        let table = report.table();
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines[0].find("peer value"), lines[1].find("23456"));
        assert!(lines[1].contains("12.3"), "{table}");
        assert!(lines[2].ends_with("0.50   -           -"), "{table}");
        assert_eq!(lines[3], "skipped jitter: cyclictest is not there");
    }
}
