//! A real Prometheus scrapes a robot: every expression of dashboard and alerts means something to it.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::dashboard::expressions;
use crate::http::{ask, free_address, get};
use crate::rules::{alerts, folder};
use crate::up::{COMES_UP, METRICS, Up};

/// Metrics that a robot without such a node, device or trouble does not have: what names them may find nothing.
const MAY_BE_ABSENT: &[&str] = &[
    "sinew_diagnostic_age_seconds",
    "sinew_diagnostic_level",
    "sinew_diagnostic_value",
    "sinew_machine_energy_joules_total",
    "sinew_machine_power_watts",
    "sinew_machine_temperature_celsius",
    "sinew_machine_temperature_limit_celsius",
    "sinew_model_dropped_total",
    "sinew_model_provider_fallbacks",
    "sinew_model_rate_hertz",
    "sinew_recorder_lost_total",
    "sinew_telemetry_spool_messages",
    "sinew_throttling_throttle_events_total",
];

struct Prometheus {
    process: Child,
    address: SocketAddr,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Prometheus {
    /// One that scrapes the robot each second and has the shipped alerts; none where it is not installed.
    fn start(robot: &Up) -> Option<Self> {
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ['{}']\n\
             scrape_configs:\n- job_name: sinew\n  static_configs: [{{targets: ['{}']}}]\n",
            folder().join("sinew.rules.yml").display(),
            robot.address
        );
        let file = robot.path().join("prometheus.yml");
        fs::write(&file, config).unwrap();
        let address = free_address();
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", robot.path().join("tsdb").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(fs::File::create(robot.path().join("prometheus.log")).unwrap())
            .spawn();
        let Ok(process) = process else {
            eprintln!("skipped: needs a Prometheus (Debian package prometheus)");
            return None;
        };
        Some(Self { process, address })
    }

    /// How many series an expression has now.
    fn query(&self, expression: &str) -> usize {
        let encoded: String = expression.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let body = format!("query={encoded}");
        let head = format!(
            "POST /api/v1/query HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}",
            body.len()
        );
        let Some((_, answer)) = ask(self.address, &head, &body) else {
            return 0;
        };
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        assert_ne!(answer["status"], "error", "{expression}: {answer}");
        answer["data"]["result"].as_array().map_or(0, Vec::len)
    }

    fn wait_for(&self, expression: &str) {
        let begun = Instant::now();
        while self.query(expression) == 0 {
            assert!(begun.elapsed() < COMES_UP, "{expression}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// The names of metrics in an expression.
fn metrics(expression: &str) -> Vec<&str> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter(|word| ["sinew_", "process_"].iter().any(|begin| word.starts_with(begin)) || *word == "up")
        .collect()
}

#[test]
fn a_real_prometheus_finds_data_for_every_expression() {
    let mut robot = Up::start("strider.yaml", METRICS, &[]);
    robot.wait_for("/metrics", |_, body| body.contains("value=\"run\"} 1"));
    let Some(prometheus) = Prometheus::start(&robot) else {
        return;
    };
    prometheus.wait_for("up{job=\"sinew\"} == 1");
    // So much that rates have two samples, whatever else the machine does.
    prometheus.wait_for("count_over_time(sinew_loop_ticks_total[10s]) > 4");
    let is_optional = |expression: &str| metrics(expression).iter().any(|name| MAY_BE_ABSENT.contains(name));
    for expression in expressions("sinew") {
        let series = prometheus.query(&expression);
        assert!(series > 0 || is_optional(&expression), "it finds nothing: {expression}");
    }
    for (alert, expression) in alerts() {
        // A robot that is well gives an alert nothing, but has what the alert looks at.
        prometheus.query(&expression);
        for metric in metrics(&expression) {
            let series = prometheus.query(metric);
            assert!(
                series > 0 || MAY_BE_ABSENT.contains(&metric),
                "{alert}: nobody has {metric}"
            );
        }
    }
    let (_, rules) = get(prometheus.address, "/api/v1/rules").unwrap();
    assert!(!rules.contains("\"health\":\"err\""), "{rules}");
    assert_eq!(
        prometheus.query("ALERTS{alertname=~\"RobotStopped|RobotSilent|NodeNotActive|LoopDoesNotTick\"}"),
        0
    );
    // A robot that is gone is missed.
    drop(robot);
    prometheus.wait_for("ALERTS{alertname=\"RobotSilent\"}");
}

#[test]
fn promtool_has_nothing_to_say_about_the_metrics() {
    let mut robot = Up::start("strider_ball.yaml", METRICS, &[]);
    let (_, text) = robot.wait_for("/metrics", |_, body| {
        body.contains("sinew_loop_ticks_total") && body.contains("sinew_model_images_total")
    });
    let file = robot.path().join("metrics");
    fs::write(&file, text).unwrap();
    let check = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(fs::File::open(&file).unwrap())
        .output();
    let Ok(check) = check else {
        eprintln!("skipped: needs promtool (Debian package prometheus)");
        return;
    };
    let said = [check.stdout, check.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(check.status.success() && said.is_empty(), "{said}");
}
