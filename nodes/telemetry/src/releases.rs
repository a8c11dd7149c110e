//! What the node `updater` says of the robot's releases, on its way out.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::envelope::Draft;

/// The kind of message that tells it.
pub const RELEASES: &str = "releases";
/// Longest report, bytes: what fits into a message with its envelope.
const MOST_BYTES: usize = 90_000;
/// The shortest time between two messages: of changes that follow each other faster the last is told.
const SHORTEST: Duration = Duration::from_secs(5);
/// What a report says anew each time, so that it is no change.
const TIME: &str = "at_secs";

/// The newest report, and when one was told.
#[derive(Debug)]
pub struct ReleasesWatch {
    robot_id: String,
    heard: Option<Value>,
    /// What was told last, without its time, and when.
    told: Option<(Value, Instant)>,
}

impl ReleasesWatch {
    /// Of the robot that the messages are of.
    pub fn new(robot_id: &str) -> Self {
        Self {
            robot_id: robot_id.to_owned(),
            heard: None,
            told: None,
        }
    }

    /// Takes what the updater says: anybody on the bus may have said it.
    ///
    /// # Errors
    /// Why it does not go out.
    pub fn hear(&mut self, text: &str) -> Result<(), String> {
        if text.len() > MOST_BYTES {
            return Err(format!("expected at most {MOST_BYTES} bytes, found {}", text.len()));
        }
        let report: Value = serde_json::from_str(text).map_err(|error| format!("expected JSON: {error}"))?;
        match report.get("robot").and_then(Value::as_str) {
            Some(robot) if robot == self.robot_id => {
                self.heard = Some(report);
                Ok(())
            }
            // Whoever collects reports takes none of a robot on the topic of another.
            Some(robot) => Err(format!(
                "expected the robot {:?}, the parameter `robot_id` of telemetry, found {:?}, the parameter `robot` of \
                 the updater; name the robot alike in both",
                self.robot_id,
                robot.chars().take(64).collect::<String>()
            )),
            None => Err("expected a report with `robot`, found none".to_owned()),
        }
    }

    /// The message that goes out now, if one does: where something has changed, or after `every` where the broker is there to
    /// take it. What is the same as before need not wait on the disk.
    pub fn tell(&mut self, now: Instant, every: Duration, is_connected: bool) -> Option<Draft> {
        let content = self.heard.as_ref().map(without_time)?;
        let is_due = self.told.as_ref().is_none_or(|(told, at)| {
            let since = now.duration_since(*at);
            let pause = if *told == content { every } else { SHORTEST };
            since >= pause && (is_connected || *told != content)
        });
        let report = if is_due { self.heard.take()? } else { return None };
        self.told = Some((content, now));
        Some(Draft::now(RELEASES, None, report))
    }
}

fn without_time(report: &Value) -> Value {
    let mut content = report.clone();
    if let Some(fields) = content.as_object_mut() {
        fields.remove(TIME);
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const EVERY: Duration = Duration::from_secs(300);

    fn said(in_charge: &str, at_secs: u64) -> String {
        json!({ "robot": "strider", "in_charge": in_charge, "at_secs": at_secs }).to_string()
    }

    #[test]
    fn a_change_is_told_at_once_and_what_stays_only_now_and_then_while_the_broker_is_there() {
        let mut watch = ReleasesWatch::new("strider");
        let began = Instant::now();
        let after = |secs| began + Duration::from_secs(secs);
        assert_eq!(watch.tell(began, EVERY, true), None, "nothing was said");
        watch.hear(&said("walk-1", 0)).unwrap();
        let told = watch.tell(began, EVERY, false).unwrap();
        assert_eq!(
            (told.kind.as_str(), &told.data["in_charge"]),
            ("releases", &json!("walk-1"))
        );
        for secs in [60, 120, 180, 240] {
            watch.hear(&said("walk-1", secs)).unwrap();
            assert_eq!(watch.tell(after(secs), EVERY, true), None);
        }
        watch.hear(&said("walk-1", 300)).unwrap();
        assert_eq!(watch.tell(after(300), EVERY, false), None, "it would wait on the disk");
        let told = watch.tell(after(300), EVERY, true).unwrap();
        assert_eq!(told.data["at_secs"], 300);
        assert_eq!(
            watch.tell(after(900), EVERY, true),
            None,
            "the updater says nothing any more"
        );
        watch.hear(&said("walk-2", 901)).unwrap();
        assert!(watch.tell(after(901), EVERY, false).is_some());
        // Of two changes that follow each other fast the second is told, a little later.
        watch.hear(&said("walk-3", 902)).unwrap();
        watch.hear(&said("walk-4", 903)).unwrap();
        assert_eq!(watch.tell(after(903), EVERY, true), None);
        assert_eq!(watch.tell(after(906), EVERY, true).unwrap().data["in_charge"], "walk-4");
    }

    #[test]
    fn what_is_no_report_of_this_robot_does_not_go_out() {
        let mut watch = ReleasesWatch::new("strider");
        let refusal = watch.hear(&json!({ "robot": "walker" }).to_string()).unwrap_err();
        assert!(
            refusal.contains("`robot_id`") && refusal.contains("walker"),
            "{refusal}"
        );
        for text in ["", "{", "[]", "{\"robot\": 1}", &" ".repeat(MOST_BYTES + 1)] {
            watch.hear(text).unwrap_err();
        }
        assert_eq!(watch.tell(Instant::now(), EVERY, true), None);
    }
}
