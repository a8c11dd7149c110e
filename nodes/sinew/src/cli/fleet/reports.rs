//! Where the reports of a fleet are read: a folder, or the broker that its telemetry goes to.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use sinew::log::printable;
use sinew_releases::fleet::{RobotReport, read_reports};

#[cfg(feature = "telemetry")]
use super::broker::{BrokerArgs, RobotListener};
#[cfg(feature = "telemetry")]
use sinew_releases::fleet::Collection;

/// Where reports are.
#[derive(Debug, Clone, Args)]
pub(super) struct ReportsArgs {
    /// The folder of the robots' reports: what the updater writes (`report_folder`), or `sinew fleet collect` keeps.
    #[arg(long, value_name = "DIR")]
    #[cfg_attr(feature = "telemetry", arg(required_unless_present = "broker"))]
    #[cfg_attr(not(feature = "telemetry"), arg(required = true))]
    reports: Option<PathBuf>,
    #[cfg(feature = "telemetry")]
    #[command(flatten)]
    broker: BrokerArgs,
    /// How long the broker is listened to before anything is said, s: longer than robots repeat themselves (`releases_secs`).
    #[cfg(feature = "telemetry")]
    #[arg(long, value_name = "SECS", default_value_t = 330, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    listen: u64,
}

/// Reports of a fleet.
#[derive(Debug)]
pub(super) enum Reports {
    /// Those of a folder.
    Folder(PathBuf),
    /// Those that a broker hands on.
    #[cfg(feature = "telemetry")]
    Broker(Box<RobotListener>, Collection),
}

impl ReportsArgs {
    /// Opens the place; listens to a broker for as long as was said.
    pub(super) fn open(&self) -> anyhow::Result<Reports> {
        #[cfg(feature = "telemetry")]
        if self.broker.broker.is_some() {
            let mut listener = RobotListener::new(&self.broker)?;
            let mut collection = match &self.reports {
                Some(folder) => open_folder(folder)?,
                None => Collection::default(),
            };
            listener.listen_first(&mut collection, Duration::from_secs(self.listen))?;
            return Ok(Reports::Broker(Box::new(listener), collection));
        }
        let folder = self.reports.clone().context("expected --reports")?;
        Ok(Reports::Folder(folder))
    }
}

/// What was collected in a folder before.
#[cfg(feature = "telemetry")]
pub(super) fn open_folder(folder: &std::path::Path) -> anyhow::Result<Collection> {
    let opened = Collection::open(folder);
    let (collection, complaints) = opened.with_context(|| format!("--reports {}", folder.display()))?;
    for complaint in complaints {
        eprintln!("warning: {}", printable(&complaint));
    }
    Ok(collection)
}

impl Reports {
    /// What the robots have said last, and what was no report.
    pub(super) fn read(&self) -> anyhow::Result<(Vec<RobotReport>, Vec<String>)> {
        match self {
            Self::Folder(folder) => {
                read_reports(folder).with_context(|| format!("{}: cannot be read", folder.display()))
            }
            #[cfg(feature = "telemetry")]
            Self::Broker(listener, collection) => Ok((collection.reports(), listener.refusals())),
        }
    }

    /// Why what was read may not be what is.
    pub(super) fn doubt(&self) -> Option<String> {
        match self {
            Self::Folder(_) => None,
            #[cfg(feature = "telemetry")]
            Self::Broker(listener, _) => listener.silence(),
        }
    }

    /// Waits, and takes what comes meanwhile.
    pub(super) fn wait(&mut self, time: Duration) -> anyhow::Result<()> {
        match self {
            Self::Folder(_) => {
                std::thread::sleep(time);
                Ok(())
            }
            #[cfg(feature = "telemetry")]
            Self::Broker(listener, collection) => listener.listen(collection, time),
        }
    }

    /// Says what was no report.
    pub(super) fn warn(&self, complaints: &[String]) {
        if matches!(self, Self::Folder(_)) {
            for complaint in complaints {
                eprintln!("warning: {}", printable(complaint));
            }
        }
    }
}
