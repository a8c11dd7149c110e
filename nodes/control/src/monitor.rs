//! What the control loop did, for `/diagnostics`: gathered from the records of its ticks.

use sinew_control::gate::Stop;
use sinew_control::record::TickRecord;
use sinew_control::robot::RobotDescription;
use sinew_control::tap::TapReader;
use sinew_control::{Mode, mailbox::Operator};
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use super::PolicySummary;
use super::loop_metrics::{LoopMetrics, VerdictMetrics};
use super::robot_status::{RobotMetrics, RobotStatus};
use sinew_node::report::{Gauge, Part, Registry, Text, Unit};

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
    description: RobotDescription,
    ticks: LoopMetrics,
    gate: GateMetrics,
    robot_metrics: RobotMetrics,
    loop_part: Part,
    gate_part: Part,
    last: Option<TickRecord>,
    /// Since the last report: the first record's time, and how many there were.
    since: Option<(f64, u64)>,
}

/// What is reported of the gate.
#[derive(Debug)]
struct GateMetrics {
    mode: Text,
    publishers: Gauge,
    command: Text,
    power_w: Gauge,
    verdicts: VerdictMetrics,
}

impl GateMetrics {
    fn new(part: &Part) -> Self {
        Self {
            mode: part.state("mode", "What the loop does."),
            publishers: part.gauge(
                "cmd_vel_publishers",
                Unit::None,
                0,
                "How many command the robot's velocity.",
            ),
            command: part.text("command", "The velocity that the policy follows."),
            power_w: part.gauge(
                "power_w",
                Unit::Watts,
                1,
                "Mechanical power of all joints, where it is measured.",
            ),
            verdicts: VerdictMetrics::new(part),
        }
    }
}

/// What changed with the newest records.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct LoopChanges {
    pub(super) mode: Option<Mode>,
    pub(super) stop: Option<Stop>,
}

impl Monitor {
    /// Of a loop that begins: registers what is reported of it.
    pub(super) fn new(
        registry: &Registry,
        description: &RobotDescription,
        rate_hz: f64,
        operator: Operator,
        robot: RobotStatus,
    ) -> Self {
        let name = &description.name;
        let [loop_part, gate_part] = ["loop", "safety gate"].map(|part| registry.part(part, name));
        let robot_metrics = robot.metrics(registry.part("robot", name));
        Self {
            rate_hz,
            tap: operator.tap_of_all(),
            operator,
            robot,
            description: description.clone(),
            ticks: LoopMetrics::new(&loop_part),
            gate: GateMetrics::new(&gate_part),
            robot_metrics,
            loop_part,
            gate_part,
            last: None,
            since: None,
        }
    }

    /// Takes all records that wait.
    pub(super) fn gather(&mut self) -> LoopChanges {
        let mut news = LoopChanges::default();
        while let Some(record) = self.tap.next_record() {
            let record = record.tick;
            self.ticks.record(&record);
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

    /// Says how loop, gate and robot stand; starts the next period. So many publish `cmd_vel`, and what a stop is kept
    /// in may have failed.
    pub(super) fn judge(&mut self, publishers: usize, latch_failure: Option<&str>) {
        self.judge_loop();
        self.judge_gate(publishers, latch_failure);
        self.robot.judge(&self.robot_metrics);
        self.since = None;
    }

    fn judge_loop(&self) {
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
        self.ticks.rate_hz.set(rate_hz.unwrap_or(0.0));
        self.ticks.lost_records.raise_to(self.tap.lost());
        self.loop_part.judge(level, message);
    }

    fn judge_gate(&self, publishers: usize, latch_failure: Option<&str>) {
        let mode = self.last.map_or("unknown", |record| record.mode.name());
        let stop = self.last.and_then(|record| record.stop);
        let (mut level, mut message) = match stop {
            Some(stop) => (
                DiagnosticStatus::ERROR,
                format!("stopped: {}", stop.reason(&self.description)),
            ),
            None if publishers > 1 => (
                DiagnosticStatus::WARN,
                format!("{mode}; {publishers} publishers command the robot on cmd_vel: the newest message counts"),
            ),
            None => (DiagnosticStatus::OK, mode.to_owned()),
        };
        if let Some(failure) = latch_failure {
            level = DiagnosticStatus::ERROR;
            message = format!("{message}; {failure}");
        }
        self.gate.mode.set(mode.to_owned());
        self.gate.publishers.set(publishers as f64);
        if let Some(record) = self.last {
            let [x, y, yaw] = record.command.to_array();
            (self.gate.command).set(format!("{x:.3} m/s, {y:.3} m/s, {yaw:.3} rad/s"));
            // NaN where the robot does not measure its torques.
            self.gate.power_w.set(record.power_w);
        }
        self.gate.verdicts.update(&self.operator.counts());
        self.gate_part.judge(level, message);
    }
}

/// Registers which policy drives the robot, and on what it runs, which stays as it is.
pub(super) fn report_policy(registry: &Registry, policy: &PolicySummary) -> Part {
    let part = registry.part("policy", &policy.path);
    part.fact(
        "contract",
        &policy.contract,
        "Name and dialect of the policy's contract.",
    );
    part.fact("sha256", &policy.sha256, "SHA-256 of the policy's file.");
    for (file, sha256) in &policy.weights_sha256 {
        part.fact(format!("sha256.{file}"), sha256, "SHA-256 of a file with its weights.");
    }
    let (mut level, mut message) = (DiagnosticStatus::OK, policy.contract.clone());
    if let Some(inference) = &policy.inference {
        let failed = inference.failed.iter().map(|failed| (failed.provider, &failed.reason));
        part.provider(inference.used, failed);
        message = format!("{message}, on {inference}");
        if let Some(failed) = inference.failed.first() {
            level = DiagnosticStatus::WARN;
            message = format!("{message} because {failed}");
        }
    }
    part.judge(level, message);
    part
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use sinew_control::gate::{Check, VerdictCounts};
    use sinew_models::Provision;
    use sinew_models::providers::{Failure, Precision, Provider};
    use sinew_node::topics::CommandForm;

    use super::super::bad_readings::BadReadings;
    use super::super::fixture::two_joints;
    use super::super::outgoing::Corrections;
    use super::*;

    #[test]
    fn loop_gate_and_robot_are_reported_in_this_order_under_the_same_names_and_keys() {
        let registry = Registry::default();
        let description = two_joints();
        let operator = Operator::of_no_loop();
        let (corrections, bad) = (
            Arc::new(Corrections::new(&description)),
            Arc::new(BadReadings::default()),
        );
        let robot = RobotStatus::new(CommandForm::Impedance, corrections, bad.clone());
        let mut monitor = Monitor::new(&registry, &description, 200.0, operator, robot);
        monitor.judge(1, None);
        let told = || {
            let statuses = registry.parts().into_iter().map(|part| part.status("control"));
            let told = |status: DiagnosticStatus| {
                let keys: Vec<_> = status.values.into_iter().map(|pair| pair.key).collect();
                (
                    status.name,
                    status.hardware_id,
                    status.level,
                    status.message,
                    keys.join(" "),
                )
            };
            statuses.map(told).collect::<Vec<_>>()
        };
        let status = |part: &str, level, message: &str, keys: &str| {
            let name = format!("control: {part}");
            (name, "two".to_owned(), level, message.to_owned(), keys.to_owned())
        };
        let durations = ["tick", "jitter", "inference"].map(|name| {
            ["p50", "p99", "p999", "max"]
                .map(|quantile| format!("{name}_{quantile}_us"))
                .join(" ")
        });
        let ticks = format!("rate_hz ticks missed_deadlines lost_records {}", durations.join(" "));
        let robot = "command command_topic commands_corrected bad_readings";
        let expected = [
            status("loop", DiagnosticStatus::STALE, "no ticks", &ticks),
            status(
                "safety gate",
                DiagnosticStatus::OK,
                "unknown",
                "mode cmd_vel_publishers",
            ),
            status("robot", DiagnosticStatus::OK, "no complaints", robot),
        ];
        assert_eq!(told(), expected);

        bad.note("position", || "NaN".to_owned(), "");
        monitor
            .gate
            .verdicts
            .update(&VerdictCounts::from_fn(|check| u64::from(check == Check::Deadman)));
        monitor.judge(2, None);
        let robot = format!("{robot} last_bad_reading");
        let publishers = "unknown; 2 publishers command the robot on cmd_vel: the newest message counts";
        let gate = "mode cmd_vel_publishers verdicts.deadman";
        let expected = [
            expected[0].clone(),
            status("safety gate", DiagnosticStatus::WARN, publishers, gate),
            status("robot", DiagnosticStatus::WARN, "position: NaN", &robot),
        ];
        assert_eq!(told(), expected);

        monitor.judge(1, Some("latch_file: cannot be written"));
        let message = "unknown; latch_file: cannot be written";
        assert_eq!(told()[1], status("safety gate", DiagnosticStatus::ERROR, message, gate));
    }

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
            release: None,
            contract: "walk (Sinew)".to_owned(),
            inference: Some(Provision {
                used: Provider::Cpu,
                failed: vec![failure],
                precision: Precision::Fp32,
                nodes: Some([3, 3]),
                engines: None,
            }),
        };
        let registry = Registry::default();
        let report = report_policy(&registry, &policy).status("control");
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
        assert_eq!(report_policy(&registry, &policy).judgement().0, DiagnosticStatus::OK);
    }
}
