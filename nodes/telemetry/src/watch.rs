//! What there is to tell: made from control loops' records, the nodes' reports and `/diagnostics`, without a bus.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Map, Value as Json, json};
use sinew_control::Mode;
use sinew_control::record::TickRecord;
use sinew_control::robot::RobotDescription;
use sinew_messages::diagnostic_msgs::msg::DiagnosticArray;
use sinew_node::report::{Part, Registry, Value};

use crate::envelope::Draft;

/// How many statuses of other processes are kept apart, so that a stranger on the bus does not fill the memory.
const MOST_STATUSES: usize = 512;
/// Longest text of a status that is passed on, characters.
const MOST_TEXT: usize = 500;
/// A status that was not heard for this long is no part of the state of health, s.
const STATUS_SECS: u64 = 10;
/// How large the nodes of one message of health may be together, bytes of JSON.
const HEALTH_BYTES: usize = 48 << 10;

/// Sums over the ticks of one loop since the last state of health.
#[derive(Debug, Default)]
struct Aggregate {
    ticks: u64,
    missed: u64,
    lost: u64,
    verdicts: u64,
    tick_nanos: (u64, u64),
    jitter_nanos: (u64, u64),
    inference_nanos: (u64, u64),
    inferences: u64,
    power_w: f64,
    powers: u64,
}

/// What is known of one loop.
#[derive(Debug, Default)]
struct LoopState {
    mode: Option<Mode>,
    is_stopped: bool,
    since: Aggregate,
}

#[derive(Debug)]
struct Status {
    level: u8,
    message: String,
    heard: Instant,
}

/// What was seen so far, so that changes show.
#[derive(Debug, Default)]
pub struct Watch {
    loops: BTreeMap<String, LoopState>,
    statuses: BTreeMap<String, Status>,
    nodes: BTreeSet<String>,
}

impl Watch {
    /// A tick of the loop of a node: what it changes is told.
    pub fn tick(&mut self, node: &str, robot: &RobotDescription, record: &TickRecord) -> Vec<Draft> {
        let state = entry(&mut self.loops, node);
        state.since.add(record);
        let mut told = Vec::new();
        if let Some(stop) = record.stop.filter(|_| !state.is_stopped) {
            let data = json!({
                "node": node,
                "check": stop.verdict.check.name(),
                "reason": stop.reason(robot),
                "tick": record.tick,
                "loop_secs": record.time_secs,
            });
            told.push(Draft::now("stopped", Some(node.to_owned()), data));
        }
        state.is_stopped = record.stop.is_some();
        let before = state.mode.replace(record.mode);
        if before != Some(record.mode) {
            let data = json!({
                "node": node,
                "from": before.map(Mode::name),
                "to": record.mode.name(),
                "tick": record.tick,
                "loop_secs": record.time_secs,
            });
            told.push(Draft::now("mode_changed", Some(node.to_owned()), data));
        }
        told
    }

    /// So many records of a loop were lost before they were read.
    pub fn lost(&mut self, node: &str, records: u64) {
        entry(&mut self.loops, node).since.lost += records;
    }

    /// What somebody says on `/diagnostics`: changes of level are told.
    pub fn diagnostics(&mut self, array: &DiagnosticArray, now: Instant) -> Vec<Draft> {
        let mut told = Vec::new();
        for status in &array.status {
            let name = short(&status.name);
            let message = short(&status.message);
            let before = self.statuses.get(&name).map(|known| known.level);
            if before.is_none() && self.statuses.len() >= MOST_STATUSES {
                continue;
            }
            // The first word of a status is news where something is wrong.
            if before.is_none_or(|before| before != status.level) && (before.is_some() || status.level > 0) {
                let data = json!({
                    "status": name,
                    "from": before,
                    "to": status.level,
                    "message": message,
                });
                told.push(Draft::now("level_changed", Some(name.clone()), data));
            }
            let level = status.level;
            self.statuses.insert(
                name,
                Status {
                    level,
                    message,
                    heard: now,
                },
            );
        }
        told
    }

    /// Which nodes of the process report: those that begin and end are told.
    pub fn nodes(&mut self, reports: &[(String, Registry)]) -> Vec<Draft> {
        let now: BTreeSet<String> = reports.iter().map(|(node, _)| node.clone()).collect();
        let began = now.difference(&self.nodes).map(|node| ("node_began", node));
        let ended = self.nodes.difference(&now).map(|node| ("node_ended", node));
        let told = began
            .chain(ended)
            .map(|(kind, node)| Draft::now(kind, Some(node.clone()), json!({ "node": node })));
        let told = told.collect();
        self.nodes = now;
        told
    }

    /// The state of health since it was last told: as many messages as it takes.
    pub fn health(&mut self, reports: &[(String, Registry)], now: Instant) -> Vec<Draft> {
        let loops: Vec<Json> = self.loops.iter_mut().map(|(node, state)| state.tell(node)).collect();
        self.statuses
            .retain(|_, status| now.duration_since(status.heard).as_secs() < STATUS_SECS);
        let own = |name: &str| {
            reports
                .iter()
                .any(|(node, _)| name.starts_with(&format!("{}: ", node.trim_start_matches('/'))))
        };
        let others = self.statuses.iter().filter(|(name, _)| !own(name));
        let statuses =
            others.map(|(name, status)| json!({ "status": name, "level": status.level, "message": status.message }));
        let nodes = reports.iter().map(|(node, registry)| {
            let parts: Vec<Json> = registry.parts().iter().map(part_json).collect();
            json!({ "node": node, "parts": parts })
        });
        let pages = pages(nodes.collect(), statuses.collect());
        let count = pages.len();
        let mut loops = Some(loops);
        let page = |(n, (nodes, statuses)): (usize, (Vec<Json>, Vec<Json>))| {
            let data = json!({
                "page": n + 1,
                "pages": count,
                "loops": loops.take().unwrap_or_default(),
                "nodes": nodes,
                "statuses": statuses,
            });
            Draft::now("health", None, data)
        };
        pages.into_iter().enumerate().map(page).collect()
    }
}

fn entry<'a>(loops: &'a mut BTreeMap<String, LoopState>, node: &str) -> &'a mut LoopState {
    if !loops.contains_key(node) {
        loops.insert(node.to_owned(), LoopState::default());
    }
    loops.entry(node.to_owned()).or_default()
}

/// Nodes and statuses in groups that fit into a message.
fn pages(nodes: Vec<Json>, statuses: Vec<Json>) -> Vec<(Vec<Json>, Vec<Json>)> {
    let mut pages = vec![(Vec::new(), Vec::new())];
    let mut bytes = 0;
    for (is_node, value) in nodes
        .into_iter()
        .map(|node| (true, node))
        .chain(statuses.into_iter().map(|status| (false, status)))
    {
        let size = value.to_string().len();
        if bytes > 0 && bytes + size > HEALTH_BYTES {
            pages.push((Vec::new(), Vec::new()));
            bytes = 0;
        }
        bytes += size;
        if let Some((nodes, statuses)) = pages.last_mut() {
            if is_node {
                nodes.push(value)
            } else {
                statuses.push(value)
            }
        }
    }
    pages
}

impl Aggregate {
    fn add(&mut self, record: &TickRecord) {
        let add = |(sum, max): &mut (u64, u64), nanos: u64| {
            *sum = sum.saturating_add(nanos);
            *max = (*max).max(nanos);
        };
        self.ticks += 1;
        self.missed += record.missed;
        self.verdicts += record.verdicts;
        add(&mut self.tick_nanos, record.tick_nanos);
        add(&mut self.jitter_nanos, record.jitter_nanos);
        if let Some(nanos) = record.inference_nanos {
            add(&mut self.inference_nanos, nanos);
            self.inferences += 1;
        }
        if record.power_w.is_finite() {
            self.power_w += record.power_w;
            self.powers += 1;
        }
    }
}

impl LoopState {
    fn tell(&mut self, node: &str) -> Json {
        let since = std::mem::take(&mut self.since);
        let micros = |(sum, max): (u64, u64), n: u64| {
            (n > 0).then(|| json!({ "mean": sum as f64 / n as f64 / 1e3, "max": max as f64 / 1e3 }))
        };
        json!({
            "node": node,
            "mode": self.mode.map(Mode::name),
            "is_stopped": self.is_stopped,
            "ticks": since.ticks,
            "missed": since.missed,
            "verdicts": since.verdicts,
            "lost_records": since.lost,
            "tick_us": micros(since.tick_nanos, since.ticks),
            "jitter_us": micros(since.jitter_nanos, since.ticks),
            "inference_us": micros(since.inference_nanos, since.inferences),
            "power_w": (since.powers > 0).then(|| since.power_w / since.powers as f64),
        })
    }
}

fn part_json(part: &Part) -> Json {
    let (level, message) = part.judgement();
    let mut metrics = Map::new();
    for metric in part.metrics() {
        let value = match metric.value() {
            Some(Value::Counter(count)) => json!(count),
            Some(Value::Gauge(value)) => json!(value),
            Some(Value::Text(text)) => json!(short(&text)),
            Some(Value::Histogram(count, quantiles)) => {
                let mut told = Map::new();
                told.insert("count".to_owned(), json!(count));
                told.extend(quantiles.named().map(|(name, us)| (format!("{name}_us"), json!(us))));
                Json::Object(told)
            }
            None => continue,
        };
        metrics.insert(metric.name().to_owned(), value);
    }
    json!({
        "part": part.name(),
        "about": short(part.hardware_id()),
        "level": level,
        "message": short(&message),
        "metrics": metrics,
    })
}

/// At most so many characters of a text that anybody may have written.
fn short(text: &str) -> String {
    text.chars().take(MOST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sinew_control::command::VelocityCommand;
    use sinew_control::gate::{Check, SafeAction, Stop, Verdict};
    use sinew_control::policies::InCharge;

    fn record(tick: u64, mode: Mode, stop: Option<Stop>) -> TickRecord {
        TickRecord {
            tick,
            time_secs: tick as f64 / 200.0,
            mode,
            policy: InCharge::default(),
            command: VelocityCommand::default(),
            tick_nanos: 2000 * tick,
            jitter_nanos: 0,
            inference_nanos: None,
            missed: 1,
            verdicts: 0,
            stop,
            power_w: f64::NAN,
            torque_share: f64::NAN,
            truth: None,
        }
    }

    #[test]
    fn a_stop_and_a_change_of_mode_are_told_once_and_health_sums_up_the_ticks_between() {
        let mut watch = Watch::default();
        let robot = RobotDescription {
            name: "strider".to_owned(),
            joints: Vec::new(),
        };
        let stop = Stop {
            verdict: Verdict {
                check: Check::OperatorStop,
                joint: None,
                value: f64::NAN,
                limit: f64::NAN,
                tick: 3,
                not_finite: None,
            },
            action: SafeAction::Damp,
        };
        let modes = [
            (Mode::Run, None),
            (Mode::Run, None),
            (Mode::Stopped, Some(stop)),
            (Mode::Stopped, Some(stop)),
        ];
        let told: Vec<Draft> = (modes.into_iter().enumerate())
            .flat_map(|(n, (mode, stop))| watch.tick("/control", &robot, &record(n as u64 + 1, mode, stop)))
            .collect();
        let kinds: Vec<&str> = told.iter().map(|draft| draft.kind.as_str()).collect();
        assert_eq!(kinds, ["mode_changed", "stopped", "mode_changed"]);
        assert_eq!(told[1].data["check"], "operator_stop");
        let health = watch.health(&[], Instant::now()).remove(0).data;
        let loops = &health["loops"][0];
        assert_eq!((&loops["ticks"], &loops["missed"]), (&json!(4), &json!(4)));
        assert_eq!(loops["tick_us"], json!({ "mean": 5.0, "max": 8.0 }));
        assert_eq!(watch.health(&[], Instant::now())[0].data["loops"][0]["ticks"], 0);
    }

    #[test]
    fn a_state_of_health_that_is_too_long_for_a_message_comes_in_pages() {
        let registries = (0..200).map(|n| {
            let registry = Registry::default();
            let part = registry.part("part", "");
            part.judge(0, "x".repeat(600));
            (format!("/node{n}"), registry)
        });
        let pages = Watch::default().health(&registries.collect::<Vec<_>>(), Instant::now());
        assert!(pages.len() > 1);
        assert!(pages.iter().all(|page| page.to_bytes().len() < 64 << 10));
        let nodes: usize = pages
            .iter()
            .map(|page| page.data["nodes"].as_array().map_or(0, Vec::len))
            .sum();
        assert_eq!(nodes, 200);
    }
}
