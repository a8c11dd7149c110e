//! What the control loop did, for `/diagnostics`: gathered from the records of its ticks.

use sinew_control::gate::{Stop, VerdictCounts};
use sinew_control::record::TickRecord;
use sinew_control::robot::RobotDescription;
use sinew_control::tap::TapReader;
use sinew_control::timing::Durations;
use sinew_control::{Mode, mailbox::Operator};
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use super::robot_status::RobotStatus;
use crate::diagnostics::{pair, quantiles, status};

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

    /// The state of the loop, of the gate and of the robot; starts the next period.
    pub(super) fn report(&mut self, fqn: &str, robot: &RobotDescription, talkers: usize) -> Vec<DiagnosticStatus> {
        let counts = self.operator.counts();
        let statuses = vec![
            self.loop_status(fqn, &robot.name),
            self.gate_status(fqn, robot, &counts, talkers),
            self.robot.report(fqn, &robot.name),
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
