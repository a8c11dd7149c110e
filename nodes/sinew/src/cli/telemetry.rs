//! `sinew telemetry`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use sinew::telemetry::spool::{ClassInspection, Gap, Inspection};

use super::output::write_json;

/// Looks at what the node `telemetry` keeps on disk.
#[derive(Debug, Args)]
pub(crate) struct TelemetryArgs {
    #[command(subcommand)]
    command: TelemetryCommand,
}

#[derive(Debug, Subcommand)]
enum TelemetryCommand {
    /// Says what waits in a spool, by class: how many messages, the oldest, what was lost and why, what is damaged.
    Inspect(InspectArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is written and nothing is locked: a node that works with the spool does not notice. What waits \
    is what would go out if the node were started now: what the broker acknowledged in the last second may still be \
    counted.\n\n\
    Classes, the highest first: safety, replies, events, health, bulk. Of each:\n  \
    waits      messages that were not acknowledged, and their bytes\n  \
    oldest     the number of the oldest, when it was made, and what it says\n  \
    dropped    gave way to a quota or a full disk\n  \
    damaged    could not be read back\n  \
    refused    the broker did not take them; they are in files `aside-*`\n\
    The last three count from when the spool was made. Gaps are numbers under which nothing will come: the next messages \
    of the class tell the receiver.\n\n\
    Examples:\n  \
    sinew telemetry inspect telemetry_spool\n  \
    sinew telemetry inspect telemetry_spool --json | jq '.classes[] | {class, messages}'"
)]
struct InspectArgs {
    /// The spool's folder: `spool.folder` of the node, beside the robot's first file.
    folder: PathBuf,
    /// For programs.
    #[arg(long)]
    json: bool,
}

impl TelemetryArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let TelemetryCommand::Inspect(args) = self.command;
        let inspection = Inspection::of(&args.folder)?;
        if args.json {
            write_json("-", &inspection)?;
        } else {
            show(&inspection);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(inspection: &Inspection) {
    println!("folder   {}", inspection.folder.display());
    println!("spool    {}", inspection.spool.as_deref().unwrap_or("not known"));
    let state = if inspection.ended_in_order {
        "closed in order"
    } else {
        "a node is at work with it, or was cut off"
    };
    println!("state    {state}");
    println!("on disk  {}", bytes(inspection.bytes_on_disk));
    if inspection.is_changing {
        println!("         it changed while it was looked at: numbers may not fit together");
    }
    println!();
    println!(
        "{:<8} {:>9} {:>10} {:>9} {:>9} {:>9}  oldest",
        "class", "waits", "bytes", "dropped", "damaged", "refused"
    );
    for class in &inspection.classes {
        println!(
            "{:<8} {:>9} {:>10} {:>9} {:>9} {:>9}  {}",
            class.class.name(),
            class.messages,
            bytes(class.bytes),
            class.dropped,
            class.damaged,
            class.refused,
            oldest(class)
        );
    }
    for class in inspection.classes.iter().filter(|class| !class.gaps.is_empty()) {
        println!("gaps of {}: {}", class.class, gaps(&class.gaps));
    }
    let aside = inspection.aside;
    if aside.messages > 0 {
        println!("moved aside: {} messages, {}", aside.messages, bytes(aside.bytes));
    }
    for damage in &inspection.damage {
        println!("damaged: {damage}");
    }
}

fn oldest(class: &ClassInspection) -> String {
    let Some(oldest) = &class.oldest else {
        return "-".to_owned();
    };
    match (&oldest.time, &oldest.kind) {
        (Some(time), Some(kind)) => format!("{} {time} {kind}", oldest.sequence),
        _ => format!("{} is no message", oldest.sequence),
    }
}

fn gaps(gaps: &[Gap]) -> String {
    let texts: Vec<_> = gaps.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
