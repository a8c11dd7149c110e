//! What the robot says of its releases: on the bus, and into a folder where the parameters name one.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sinew_messages::std_msgs::msg::String as Text;
use sinew_node::bus::Publisher;
use sinew_releases::fleet::RobotReport;
use sinew_releases::rollout::Subscriber;
use sinew_releases::store::Status;

/// How often it is said again while nothing changes, so that whoever passes it on knows that it still holds.
const AGAIN: Duration = Duration::from_secs(60);

/// Where the robot says how it is with its releases.
#[derive(Debug)]
pub(crate) struct Reporter {
    topic: Publisher<Text>,
    folder: Option<PathBuf>,
    subscriber: Subscriber,
    /// What was said last on the topic, and when.
    published: Option<(Said, Instant)>,
    /// What was written last.
    written: Option<Said>,
    has_failed: bool,
}

/// What tells one report from the next: the revision of the store, and what is wrong.
type Said = (u64, Option<String>);

impl Reporter {
    pub(crate) fn new(topic: Publisher<Text>, folder: Option<PathBuf>, subscriber: Subscriber) -> Self {
        Self {
            topic,
            folder,
            subscriber,
            published: None,
            written: None,
            has_failed: false,
        }
    }

    /// Says it where something has changed, and on the topic now and then.
    pub(crate) fn tell(&mut self, status: &Status, trouble: Option<String>) {
        let said = (status.revision, trouble);
        let is_new = self.published.as_ref().is_none_or(|(last, _)| *last != said);
        let is_due = is_new || self.published.as_ref().is_none_or(|(_, at)| at.elapsed() >= AGAIN);
        // Also what is not new: whoever reads there knows that the robot lives.
        let is_to_write = self.folder.is_some() && (is_due || self.written.as_ref() != Some(&said));
        if !is_due && !is_to_write {
            return;
        }
        let at_secs = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let report = RobotReport::of(&self.subscriber, at_secs, &status.state).with_trouble(said.1.as_deref());
        if is_due {
            self.publish(&report);
            self.published = Some((said.clone(), Instant::now()));
        }
        if is_to_write {
            self.write(&report, said);
        }
    }

    fn publish(&self, report: &RobotReport) {
        let text = serde_json::to_string(report).map_err(|error| error.to_string());
        let published = text.and_then(|data| self.topic.publish(Text { data }).map_err(|error| error.to_string()));
        if let Err(error) = published {
            tracing::warn!("~/report: {error}");
        }
    }

    /// Where it cannot be written it is tried again with the next look, and was said once.
    fn write(&mut self, report: &RobotReport, said: Said) {
        let Some(folder) = &self.folder else { return };
        let made = std::fs::create_dir_all(folder);
        let written = match made {
            Ok(()) => report.write(folder).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match written {
            Ok(()) => {
                self.written = Some(said);
                self.has_failed = false;
            }
            Err(error) if !self.has_failed => {
                self.has_failed = true;
                tracing::warn!("report_folder: {}: {error}", folder.display());
            }
            Err(_) => {}
        }
    }
}
