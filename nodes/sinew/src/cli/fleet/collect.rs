//! `sinew fleet collect`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use super::broker::{BrokerArgs, RobotListener};
use super::reports::open_folder;

/// How long is listened between two looks at the time.
const SLICE: Duration = Duration::from_secs(1);

/// Listens to a broker, and keeps the newest report of each robot in a folder, for `sinew fleet status` and `control`.
#[derive(Debug, Args)]
#[command(
    group(clap::ArgGroup::new("place").args(["broker"]).required(true)),
    after_help = "A report counts on its robot's topic alone, and only where it is newer than what is there: whoever may \
    publish on a robot's topic speaks for it, so that the broker's access list has to say who.\n\n\
    Examples:\n  \
    sinew fleet collect --broker mqtts://mqtt.example.org --ca-file ca.pem --user fleet --password-file password --reports reports\n  \
    sinew fleet status --reports reports --html fleet.html"
)]
pub(crate) struct CollectArgs {
    #[command(flatten)]
    broker: BrokerArgs,
    /// The folder, which is made where it is not there.
    #[arg(long, value_name = "DIR")]
    reports: PathBuf,
    /// End after so many seconds, rather than never.
    #[arg(long, value_name = "SECS")]
    listen: Option<u64>,
}

impl CollectArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut listener = RobotListener::new(&self.broker)?;
        let mut collection = open_folder(&self.reports)?;
        if let Some(secs) = self.listen {
            listener.listen_first(&mut collection, Duration::from_secs(secs))?;
            println!("{} robots", collection.reports().len());
            return Ok(ExitCode::SUCCESS);
        }
        let mut said = None;
        let mut said_at = Instant::now();
        loop {
            listener.listen(&mut collection, SLICE)?;
            let robots = collection.reports().len();
            // Who looks on hears of new robots, not of each message.
            if said != Some(robots) && (said.is_none() || said_at.elapsed() >= 10 * SLICE) {
                eprintln!("{robots} robots");
                (said, said_at) = (Some(robots), Instant::now());
            }
        }
    }
}
