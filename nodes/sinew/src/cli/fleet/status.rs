//! `sinew fleet status`

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::json;
use sinew::date::Date;
use sinew::log::printable;
use sinew_releases::fleet::{Count, RobotReport};

use super::reports::ReportsArgs;
use crate::cli::output::{expect_place, write_json};

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    reports: ReportsArgs,
    /// A line for each robot, too.
    #[arg(long)]
    robots: bool,
    /// Write a page for a browser to this file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Say it as JSON.
    #[arg(long)]
    json: bool,
}

impl StatusArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        if let Some(page) = &self.html {
            expect_place("--html", page)?;
        }
        let place = self.reports.open()?;
        let (reports, complaints) = place.read()?;
        place.warn(&complaints);
        let counts = counts(&reports);
        if let Some(page) = &self.html {
            let text = super::page::page(&counts, &reports);
            std::fs::write(page, text).with_context(|| format!("{}: cannot be written", page.display()))?;
        }
        if self.json {
            let versions = counts.iter().map(|(version, count)| {
                json!({
                    "version": version,
                    "settled": count.settled,
                    "on_probation": count.on_probation,
                    "candidates": count.candidates,
                    "refused": count.refused,
                    "rolled_back": count.rolled_back,
                })
            });
            let versions: Vec<_> = versions.collect();
            write_json(
                "-",
                &json!({ "robots": reports, "versions": versions, "complaints": complaints }),
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        println!("{} robots", reports.len());
        println!(
            "{:<24} {:>8} {:>9} {:>9} {:>8} {:>11}",
            "version", "settled", "probation", "candidate", "refused", "rolled back"
        );
        for (version, count) in &counts {
            println!(
                "{:<24} {:>8} {:>9} {:>9} {:>8} {:>11}",
                printable(version),
                count.settled,
                count.on_probation,
                count.candidates,
                count.refused,
                count.rolled_back
            );
        }
        for report in reports.iter().filter(|_| self.robots) {
            let at = Date::of_secs(report.at_secs);
            println!(
                "{at}  {:<20} {}",
                printable(&report.robot),
                printable(&in_words(report))
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// How robots are with each version that one of them has or had.
fn counts(reports: &[RobotReport]) -> Vec<(String, Count)> {
    let mut versions = BTreeSet::new();
    for report in reports {
        versions.extend(report.barred.keys());
        versions.extend(report.candidate.as_ref().map(|(version, _)| version));
        if !report.in_charge.is_empty() {
            versions.insert(&report.in_charge);
        }
    }
    let count = |version: &String| (version.clone(), Count::of(version, reports));
    versions.into_iter().map(count).collect()
}

/// What a robot says, in one line.
pub(super) fn in_words(report: &RobotReport) -> String {
    let mut words = match (report.in_charge.as_str(), report.on_probation) {
        ("", _) => "nothing in charge".to_owned(),
        (version, true) => format!("{version} on probation, slot {}", report.slot),
        (version, false) => format!("{version}, slot {}", report.slot),
    };
    if let Some((version, stage)) = &report.candidate {
        words += &format!("; {version} {stage}");
    }
    if let Some(pinned) = &report.pinned {
        words += &format!("; pinned {pinned}");
    }
    for (version, why) in &report.barred {
        words += &format!("; {version} {why}");
    }
    if let Some(trouble) = &report.trouble {
        words += &format!("; {trouble}");
    }
    words
}
