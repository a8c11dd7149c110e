//! What the control loop did, for `/diagnostics`: gathered from the records of its ticks.

use sinew_control::gate::{Stop, VerdictCounts};
use sinew_control::record::TickRecord;
use sinew_control::robot::RobotDescription;
use sinew_control::tap::TapReader;
use sinew_control::timing::Durations;
use sinew_control::{Mode, mailbox::Operator};
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use super::robot_status::RobotStatus;
use super::{Loaded, PolicySummary};
use sinew_node::diagnostics::{pair, provider_pairs, quantiles, status};

/// Mean rates this far from the parameter's are a warning, and an error, Hz: ros2_control's own
/// thresholds.
const RATE_WARN_HZ: f64 = 5.0;
const RATE_ERROR_HZ: f64 = 10.0;

/// Histograms and counts since the loop began, and since the last report.
#[derive(Debug)]
pub(super) struct Monitor {
    rate_hz: f64,
    operator: Operator,
    tap: TapReader,
    robot: RobotStatus,
    tick: Durations,
    jitter: Durations,
    inference: Durations,
    missed: u64,
    last: Option<TickRecord>,
    /// Since the last report: the first record's time, and how many there were.
    since: Option<(f64, u64)>,
}

/// What changed with the newest records.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct News {
    pub(super) mode: Option<Mode>,
    pub(super) stop: Option<Stop>,
}

impl Monitor {
    pub(super) fn new(rate_hz: f64, operator: Operator, robot: RobotStatus) -> Self {
        Self {
            rate_hz,
            tap: operator.tap(),
            operator,
            robot,
            tick: Durations::default(),
            jitter: Durations::default(),
            inference: Durations::default(),
            missed: 0,
            last: None,
            since: None,
        }
    }

    /// Takes all records that wait.
    pub(super) fn gather(&mut self) -> News {
        let mut news = News::default();
        while let Some(record) = self.tap.next_record() {
            let record = record.tick;
            self.tick.record(record.tick_nanos);
            self.jitter.record(record.jitter_nanos);
            if let Some(nanos) = record.inference_nanos {
                self.inference.record(nanos);
            }
            self.missed += record.missed;
            self.since.get_or_insert((record.time_secs, 0)).1 += 1;
            let before = self.last.replace(record);
            if before.is_none_or(|before| before.mode != record.mode) {
                news.mode = Some(record.mode);
            }
            if before.is_none_or(|before| before.stop.is_none()) {
                news.stop = record.stop.or(news.stop);
            }
        }
        news
    }

    /// Mode and stop of the newest tick.
    pub(super) fn now(&self) -> Option<(Mode, Option<Stop>)> {
        self.last.map(|record| (record.mode, record.stop))
    }

    /// The state of the loop, of the gate, of the robot and of the policy; starts the next period.
    pub(super) fn report(&mut self, fqn: &str, loaded: &Loaded, talkers: usize) -> Vec<DiagnosticStatus> {
        let (counts, robot) = (self.operator.counts(), &loaded.robot);
        let statuses = vec![
            self.loop_status(fqn, &robot.name),
            self.gate_status(fqn, robot, &counts, talkers),
            self.robot.report(fqn, &robot.name),
            policy_status(fqn, &PolicySummary::of(loaded)),
        ];
        self.since = None;
        statuses
    }

    fn loop_status(&self, fqn: &str, robot: &str) -> DiagnosticStatus {
        let rate_hz = match (self.since, self.last) {
            (Some((since_secs, ticks)), Some(last)) if last.time_secs > since_secs => {
                Some((ticks - 1) as f64 / (last.time_secs - since_secs))
            }
            _ => None,
        };
        let (level, message) = match rate_hz {
            None => (DiagnosticStatus::STALE, "no ticks".to_owned()),
            Some(hz) => {
                let off = (hz - self.rate_hz).abs();
                let level = match off {
                    off if off >= RATE_ERROR_HZ => DiagnosticStatus::ERROR,
                    off if off >= RATE_WARN_HZ => DiagnosticStatus::WARN,
                    _ => DiagnosticStatus::OK,
                };
                (level, format!("{hz:.1} Hz of {:.1} Hz", self.rate_hz))
            }
        };
        let mut values = vec![
            pair("rate_hz", format!("{:.2}", rate_hz.unwrap_or(0.0))),
            pair("ticks", self.tick.count()),
            pair("missed_deadlines", self.missed),
            pair("lost_records", self.tap.lost()),
        ];
        for (name, durations) in [
            ("tick", &self.tick),
            ("jitter", &self.jitter),
            ("inference", &self.inference),
        ] {
            values.extend(quantiles(name, durations));
        }
        status(level, &format!("{fqn}: loop"), message, robot, values)
    }

    fn gate_status(
        &self,
        fqn: &str,
        robot: &RobotDescription,
        counts: &VerdictCounts,
        talkers: usize,
    ) -> DiagnosticStatus {
        let mode = self.last.map_or("unknown", |record| record.mode.name());
        let stop = self.last.and_then(|record| record.stop);
        let (level, message) = match stop {
            Some(stop) => (DiagnosticStatus::ERROR, format!("stopped: {}", stop.reason(robot))),
            None if talkers > 1 => (
                DiagnosticStatus::WARN,
                format!("{mode}; {talkers} publishers command the robot on cmd_vel: the newest message counts"),
            ),
            None => (DiagnosticStatus::OK, mode.to_owned()),
        };
        let mut values = vec![pair("mode", mode), pair("cmd_vel_publishers", talkers)];
        if let Some(record) = self.last {
            let [x, y, yaw] = record.command.to_array();
            values.push(pair("command", format!("{x:.3} m/s, {y:.3} m/s, {yaw:.3} rad/s")));
            // NaN where the robot does not measure its torques.
            if record.power_w.is_finite() {
                values.push(pair("power_w", format!("{:.1}", record.power_w)));
            }
        }
        for (check, count) in counts.iter() {
            values.push(pair(&format!("verdicts.{}", check.name()), count));
        }
        status(level, &format!("{fqn}: safety gate"), message, &robot.name, values)
    }
}

/// Which policy drives the robot, and on what it runs.
fn policy_status(fqn: &str, policy: &PolicySummary) -> DiagnosticStatus {
    let mut values = vec![pair("contract", &policy.contract), pair("sha256", &policy.sha256)];
    for (file, sha256) in &policy.weights_sha256 {
        values.push(pair(&format!("sha256.{file}"), sha256));
    }
    let (mut level, mut message) = (DiagnosticStatus::OK, policy.contract.clone());
    if let Some(inference) = &policy.inference {
        let failed = inference.failed.iter().map(|failed| (failed.provider, &failed.reason));
        values.extend(provider_pairs(inference.used, failed));
        message = format!("{message}, on {inference}");
        if let Some(failed) = inference.failed.first() {
            level = DiagnosticStatus::WARN;
            message = format!("{message} because {failed}");
        }
    }
    status(level, &format!("{fqn}: policy"), message, &policy.path, values)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sinew_models::Provision;
    use sinew_models::providers::{Failure, Precision, Provider};

    use super::*;

    #[test]
    fn the_report_says_on_what_the_policy_runs_and_warns_of_a_fallback() {
        let failure = Failure {
            provider: Provider::Cuda,
            reason: "no driver".to_owned(),
        };
        let mut policy = PolicySummary {
            path: "walk.onnx".to_owned(),
            sha256: "ab12".to_owned(),
            weights_sha256: BTreeMap::from([("walk.data".to_owned(), "cd34".to_owned())]),
            contract: "walk (Sinew)".to_owned(),
            inference: Some(Provision {
                used: Provider::Cpu,
                failed: vec![failure],
                precision: Precision::Fp32,
                nodes: Some([3, 3]),
                engines: None,
            }),
        };
        let report = policy_status("control", &policy);
        assert_eq!(report.level, DiagnosticStatus::WARN);
        assert_eq!(report.message, "walk (Sinew), on cpu because cuda: no driver");
        let value = |key: &str| report.values.iter().find(|pair| pair.key == key).unwrap().value.clone();
        assert_eq!(
            (value("sha256"), value("sha256.walk.data")),
            ("ab12".into(), "cd34".into())
        );
        assert_eq!(
            (value("provider"), value("provider.cuda")),
            ("cpu".into(), "no driver".into())
        );

        policy.inference.as_mut().unwrap().failed.clear();
        assert_eq!(policy_status("control", &policy).level, DiagnosticStatus::OK);
    }
}
