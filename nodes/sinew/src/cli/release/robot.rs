//! What `sinew release` does on a robot.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use sinew::date::Date;
use sinew_releases::bundle::verify_folder;
use sinew_releases::store::{Slot, Stage, Status, Store, StoredRelease};

use crate::cli::output::write_json;

/// The rule that a rollback goes by that somebody asks for.
const OPERATOR: &str = "operator";

#[derive(Debug, Subcommand)]
pub(crate) enum RobotCommand {
    /// Says which release is in charge of a robot, which may follow it, and what became of those before.
    Status(StoreArgs),
    /// Asks for the candidate to take charge as soon as that is safe: it has to be admitted, its run in shadow need not
    /// be over.
    Promote(VersionArgs),
    /// Takes the release in charge back: the one before it, or the factory's, is in charge at the next tick. The version
    /// is not tried again by itself.
    Rollback(VersionArgs),
    /// Holds a version: no other is staged or promoted. Rules still roll back.
    Pin(VersionArgs),
    /// Holds none any more.
    Unpin(StoreArgs),
    /// Lets a version be tried again that was refused or rolled back.
    Retry(NamedArgs),
    /// Makes a release the one that the robot comes with, and that is never overwritten.
    Factory(FactoryArgs),
}

#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The robot's store of releases.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Say it as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    /// The version, such as strider_walk-3; the one that it is about where it is left out.
    version: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NamedArgs {
    /// The version, such as strider_walk-3.
    version: String,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct FactoryArgs {
    /// The folder of the release, with its `release.json`.
    folder: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

impl RobotCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Status(args) => {
                let store = Store::existing(&args.store)?;
                args.show(&store, &store.status()?)?;
            }
            Self::Promote(args) => args.change(|store, version, status| {
                let candidate = status.state.candidate().map(|(_, held)| held.release.version.clone());
                let version = version.or(candidate).context("there is no candidate to promote")?;
                Ok(store.ask_for_promotion(&version)?)
            })?,
            Self::Rollback(args) => args.change(|store, version, status| {
                let version = version.or_else(|| in_charge(status)).context(NOTHING)?;
                Ok(store.roll_back(&version, OPERATOR)?)
            })?,
            Self::Pin(args) => args.change(|store, version, status| {
                let version = version.or_else(|| in_charge(status)).context(NOTHING)?;
                Ok(store.pin(&version)?)
            })?,
            Self::Unpin(args) => {
                let store = Store::existing(&args.store)?;
                args.show(&store, &store.unpin()?)?;
            }
            Self::Retry(args) => {
                let store = Store::existing(&args.store.store)?;
                args.store.show(&store, &store.retry(&args.version)?)?;
            }
            Self::Factory(args) => {
                let manifest = verify_folder(&args.folder)?;
                let (store, _) = Store::open(&args.store.store)?;
                let status = store.install_factory(&StoredRelease::of(&manifest)?, &args.folder)?;
                args.store.show(&store, &status)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

const NOTHING: &str = "nothing is in charge; install a factory release first: sinew release factory FOLDER";

fn in_charge(status: &Status) -> Option<String> {
    status.state.release_in_charge().map(|release| release.version.clone())
}

impl VersionArgs {
    fn change(
        self,
        change: impl FnOnce(&Store, Option<String>, &Status) -> anyhow::Result<Status>,
    ) -> anyhow::Result<()> {
        let store = Store::existing(&self.store.store)?;
        let before = store.status()?;
        if before.state.factory().is_none() {
            bail!(NOTHING);
        }
        let after = change(&store, self.version, &before)?;
        self.store.show(&store, &after)
    }
}

impl StoreArgs {
    fn show(&self, store: &Store, status: &Status) -> anyhow::Result<()> {
        if self.json {
            return write_json("-", &as_json(store, status));
        }
        for complaint in &status.complaints {
            eprintln!("warning: {complaint}");
        }
        for slot in [Slot::Factory, Slot::A, Slot::B] {
            let state = &status.state;
            let Some(release) = state.release(slot) else {
                println!("{:<8} -", slot.name());
                continue;
            };
            let mut said = Vec::new();
            if slot == state.in_charge() {
                said.push("in charge".to_owned());
            } else if slot == state.fallback() {
                said.push("gone back to from there".to_owned());
            }
            said.extend(state.held(slot).map(|held| held.stage.to_string()));
            if state.held(slot).is_some_and(|held| held.promotion_asked) {
                said.push("promotion asked for".to_owned());
            }
            said.extend(store.verify(slot).err().map(|error| format!("DAMAGED: {error}")));
            println!("{:<8} {:<24} {}", slot.name(), release.version, said.join(", "));
        }
        if let Some(pinned) = status.state.pinned() {
            println!("pinned   {pinned}");
        }
        for (version, why) in status.state.barred() {
            println!("not tried again: {version} ({why})");
        }
        for happened in &status.history {
            let at = Date::of_secs(happened.at_secs).to_string();
            println!("{at}  {:<18} {:<24} {}", happened.what, happened.version, happened.why);
        }
        Ok(())
    }
}

fn as_json(store: &Store, status: &Status) -> Value {
    let state = &status.state;
    let slot = |slot: Slot| {
        let Some(release) = state.release(slot) else {
            return Value::Null;
        };
        let held = state.held(slot);
        json!({
            "version": release.version,
            "digest": release.digest(),
            "stage": held.map(|held| held.stage.name()),
            "promotion_asked": held.is_some_and(|held| held.promotion_asked),
            "damage": store.verify(slot).err().map(|error| error.to_string()),
        })
    };
    let slots: Map<String, Value> = [Slot::Factory, Slot::A, Slot::B]
        .map(|name| (name.name().to_owned(), slot(name)))
        .into_iter()
        .collect();
    json!({
        "store": store.folder(),
        "revision": status.revision,
        "in_charge": state.in_charge().name(),
        "version": in_charge(status),
        "on_probation": state.is_on_probation(),
        "fallback": state.fallback().name(),
        "candidate": state.candidate().map(|(slot, _)| slot.name()),
        "ready": state.candidate().is_some_and(|(_, held)| held.stage == Stage::Ready),
        "slots": slots,
        "pinned": state.pinned(),
        "barred": state.barred(),
        "process": state.process(),
        "history": status.history,
        "complaints": status.complaints,
    })
}
