//! `sinew inspect`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use sinew::inspect::{Inspection, Intervention, LoopSummary, inspect, write_html};

use super::output::{expect_apart, expect_place, write_json};

/// Says what a recording has: what ran, what was commanded, how long ticks took, what the gate said, why it stopped.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew inspect walk.mcap\n  \
    sinew inspect recordings/strider_20261125T154340_*.mcap --html walk.html\n  \
    sinew inspect walk.mcap --json - | jq .control.verdicts\n\n\
    Whether a recording is as it was signed says `sinew record verify`, whether it does the same again `sinew replay`.")]
pub(crate) struct InspectArgs {
    /// Files of one recording, in their order.
    #[arg(value_name = "RUN.mcap", required = true)]
    files: Vec<PathBuf>,
    /// Write it as a page for a browser: one file with everything in it.
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,
    /// Draw the run: path, velocities, tick latencies.
    #[arg(long, value_name = "FILE.png")]
    picture: Option<PathBuf>,
    /// Write it as JSON to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
}

impl InspectArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut files: Vec<(&str, &Path)> = self.files.iter().map(|file| ("RUN.mcap", file.as_path())).collect();
        expect_apart(&files)?;
        files.extend(self.html.as_deref().map(|file| ("--html", file)));
        files.extend(self.picture.as_deref().map(|file| ("--picture", file)));
        files.extend(self.json.as_deref().map(|to| ("--json", Path::new(to))));
        expect_apart(&files)?;
        for (option, file) in [("--html", &self.html), ("--picture", &self.picture)] {
            if let Some(file) = file {
                expect_place(option, file)?;
            }
        }
        let inspection = inspect(&self.files)?;
        if self.json.as_deref() != Some("-") {
            show(&inspection);
        }
        if let Some(file) = &self.picture {
            let written = inspection.picture.write_png(file);
            written.with_context(|| format!("{}: cannot be written", file.display()))?;
        }
        if let Some(file) = &self.html {
            let written = write_html(&inspection, file);
            written.with_context(|| format!("{}: cannot be written", file.display()))?;
        }
        if let Some(to) = &self.json {
            write_json(to, &inspection)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(inspection: &Inspection) {
    let file = inspection.files.first().map_or(Path::new(""), PathBuf::as_path);
    let more = match inspection.files.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    println!(
        "{}{more}: {} messages in {:.1} s, from {} UTC, written by {}",
        file.display(),
        inspection.messages,
        inspection.seconds,
        inspection.began.as_deref().unwrap_or("unknown"),
        inspection.library
    );
    if !inspection.is_complete {
        println!("it has no end: what was written last is missing (`sinew record repair`)");
    }
    for note in &inspection.notes {
        println!("{note}");
    }
    if let Some(control) = &inspection.control {
        show_loop(control);
    }
    for intervention in &inspection.interventions {
        let Intervention { node, what, origin, .. } = intervention;
        let secs = inspection.secs_of(intervention);
        println!(
            "  {secs:>8.2} s  {}: {} ({})",
            node.escape_debug(),
            what.escape_debug(),
            origin.escape_debug()
        );
    }
    let width = inspection
        .topics
        .iter()
        .map(|topic| topic.topic.chars().count())
        .max()
        .unwrap_or(0);
    println!("\n{:<width$}  {:>9}  {:>8}  type", "topic", "messages", "Hz");
    for topic in &inspection.topics {
        let rate = topic.rate_hz.map_or(String::new(), |rate| format!("{rate:.1}"));
        println!(
            "{:<width$}  {:>9}  {rate:>8}  {}",
            topic.topic, topic.messages, topic.schema
        );
    }
}

fn show_loop(control: &LoopSummary) {
    let fact = |key: &str| control.facts.get(key).map_or("unknown", String::as_str);
    println!(
        "\n{}: policy {}, {}",
        fact("robot"),
        fact("policy"),
        fact("policy_file")
    );
    println!("  SHA-256 {}", fact("policy_sha256"));
    println!(
        "  on {}, ONNX Runtime {}, sinew {}, {}",
        fact("policy_provider"),
        fact("onnxruntime_version"),
        fact("sinew_version"),
        fact("architecture")
    );
    let missing = match control.missing {
        0 => String::new(),
        n => format!(", {n} of the loop's ticks are not in the recording"),
    };
    println!(
        "  {} ticks in {:.1} s{missing}, {} deadlines missed",
        control.ticks, control.seconds, control.missed_deadlines
    );
    for change in &control.modes {
        let reason = change
            .reason
            .as_ref()
            .map_or(String::new(), |reason| format!(": {reason}"));
        println!("  {:>8.2} s  {}{reason}", change.secs, change.mode);
    }
    for change in &control.policies {
        println!(
            "  {:>8.2} s  policy {} takes charge, {} deadlines missed in the second after it",
            change.secs, change.number, change.missed_deadlines
        );
    }
    println!(
        "\n{:<12}{:>10}{:>10}{:>10}{:>10}",
        "µs", "p50", "p99", "p99.9", "longest"
    );
    for (name, times) in [
        ("tick", &control.tick_us),
        ("inference", &control.inference_us),
        ("jitter", &control.jitter_us),
    ] {
        println!(
            "{name:<12}{:>10.1}{:>10.1}{:>10.1}{:>10.1}",
            times.p50, times.p99, times.p999, times.max
        );
    }
    if let Some(power) = control.mean_power_w {
        let peak = control.torque_peak.map_or(String::new(), |(share, secs)| {
            format!(", largest torque {:.0} % of its limit at {secs:.2} s", 100.0 * share)
        });
        println!("mean power {power:.0} W{peak}");
    }
    let verdicts: Vec<String> = control
        .verdicts
        .iter()
        .map(|(check, n)| format!("{check} {n}"))
        .collect();
    println!(
        "verdicts: {}",
        if verdicts.is_empty() {
            "none".to_owned()
        } else {
            verdicts.join(", ")
        }
    );
}
