//! The nodes of this process: their states, and what their registries hold.

use sinew_node::lifecycle::State;
use sinew_node::node::ShownNode;
use sinew_node::report::{Histogram, Metric, Part, Value};

use crate::exposition::{Cumulative, Families, Labels};
use crate::names::named;

/// Upper bounds of the histograms, s: six for each power of ten.
const BOUNDS: [f64; 37] = [
    1e-5, 1.5e-5, 2e-5, 3e-5, 5e-5, 7e-5, 1e-4, 1.5e-4, 2e-4, 3e-4, 5e-4, 7e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 7e-3,
    1e-2, 1.5e-2, 2e-2, 3e-2, 5e-2, 7e-2, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0,
];

/// Adds states and registries of all nodes.
pub(crate) fn add(families: &mut Families, nodes: &[ShownNode]) {
    for node in nodes {
        let labels = || Labels::default().with("node", &node.name);
        let is_active = f64::from(u8::from(node.state() == State::Active));
        families.gauge("sinew_node_active", "Whether the node is active.", labels(), is_active);
        families.gauge(
            "sinew_node_autostart",
            "Whether the node activates itself, and so should be active.",
            labels(),
            f64::from(u8::from(node.autostart)),
        );
        let parts = node.registry.parts();
        for part in &parts {
            add_part(families, &node.name, part);
        }
        for part in &parts {
            add_inference(families, &node.name, part, &parts);
        }
    }
}

fn add_part(families: &mut Families, node: &str, part: &Part) {
    let labels = Labels::default()
        .with("node", node)
        .with("part", part.name())
        .with("hardware_id", part.hardware_id());
    let (level, _) = part.judgement();
    families.gauge(
        "sinew_part_level",
        "How a part of a node stands: 0 well, 1 a warning, 2 an error, 3 nothing new.",
        labels.clone(),
        f64::from(level),
    );
    for metric in part.metrics() {
        add_metric(families, &labels, part, &metric);
    }
}

fn add_metric(families: &mut Families, labels: &Labels, part: &Part, metric: &Metric) {
    let Some(value) = metric.value() else {
        return;
    };
    let named = named(part.name(), metric);
    let mut labels = labels.clone();
    if let Some((name, value)) = named.label {
        labels = labels.with(name, value);
    }
    let (name, help) = (named.name, metric.help());
    match value {
        Value::Counter(count) => families.counter(&format!("{name}_total"), help, labels, count as f64 * named.factor),
        Value::Gauge(value) => families.gauge(&name, help, labels, value * named.factor),
        // Each other text would be a time series of its own.
        Value::Text(text) if metric.is_fact() => {
            families.gauge(&format!("{name}_info"), help, labels.with("value", text), 1.0);
        }
        Value::Text(_) => {}
        Value::Histogram(..) => {
            if let Some(histogram) = metric.histogram() {
                families.histogram(&name, help, labels, cumulative(histogram));
            }
        }
    }
}

/// Adds the time of a model's inferences, where the part says on which provider it runs: the part's own histogram
/// `work`, or the `inference` of another part of the node.
fn add_inference(families: &mut Families, node: &str, part: &Part, parts: &[Part]) {
    let Some(Value::Text(provider)) = find(part, "provider").and_then(|metric| metric.value()) else {
        return;
    };
    let own = find(part, "work");
    let Some(metric) = own.or_else(|| parts.iter().find_map(|part| find(part, "inference"))) else {
        return;
    };
    if let Some(histogram) = metric.histogram() {
        let labels = Labels::default()
            .with("node", node)
            .with("model", part.hardware_id())
            .with("provider", provider);
        families.histogram(
            "sinew_inference_seconds",
            "Time of a model's inferences, with what prepares its inputs.",
            labels,
            cumulative(histogram),
        );
    }
}

fn find(part: &Part, name: &str) -> Option<Metric> {
    part.metrics().into_iter().find(|metric| metric.name() == name)
}

/// A duration counts in the bucket of its upper end, which is at most one part in 1024 longer than it.
fn cumulative(histogram: &Histogram) -> Cumulative {
    let mut counts = [0; BOUNDS.len()];
    let (mut count, mut sum) = (0, 0.0);
    for (us, n) in histogram.buckets_us() {
        let secs = us * 1e-6;
        count += n;
        sum += secs * n as f64;
        if let Some(bucket) = counts.get_mut(BOUNDS.partition_point(|&bound| bound < secs)) {
            *bucket += n;
        }
    }
    let mut below = 0;
    let buckets = BOUNDS.into_iter().zip(counts).map(|(bound, n)| {
        below += n;
        (bound, below)
    });
    Cumulative {
        buckets: buckets.collect(),
        count,
        sum,
    }
}

#[cfg(test)]
mod tests {
    use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
    use sinew_node::report::{Registry, Unit};

    use super::*;
    use crate::exposition::Format;

    fn text(registry: &Registry) -> String {
        let mut families = Families::default();
        for part in registry.parts() {
            add_part(&mut families, "/control", &part);
            add_inference(&mut families, "/control", &part, &registry.parts());
        }
        assert_eq!(families.left_out(), 0);
        families.text(Format::Text)
    }

    #[test]
    fn every_kind_of_metric_is_told_in_base_units_with_node_part_and_hardware() {
        let registry = Registry::default();
        let part = registry.part("safety gate", "strider");
        part.counter("ticks", Unit::None, "Ticks executed.").add(7);
        part.gauge("rate_hz", Unit::Hertz, 2, "Ticks per second.").set(199.5);
        part.rare_counter("verdicts.deadman", Unit::None, "Verdicts.").add(2);
        part.state("mode", "What the loop does.").set("run".to_owned());
        part.text("command", "The velocity.").set("0.5 m/s".to_owned());
        part.histogram("tick", "The loop's own work.").record(60_000);
        part.judge(DiagnosticStatus::WARN, "slow");
        let of = "node=\"/control\",part=\"safety gate\",hardware_id=\"strider\"";
        let text = text(&registry);
        for line in [
            format!("sinew_safety_gate_ticks_total{{{of}}} 7"),
            format!("sinew_safety_gate_rate_hertz{{{of}}} 199.5"),
            format!("sinew_safety_gate_verdicts_total{{{of},check=\"deadman\"}} 2"),
            format!("sinew_safety_gate_mode_info{{{of},value=\"run\"}} 1"),
            format!("sinew_safety_gate_tick_seconds_bucket{{{of},le=\"0.00005\"}} 0"),
            format!("sinew_safety_gate_tick_seconds_bucket{{{of},le=\"0.00007\"}} 1"),
            format!("sinew_part_level{{{of}}} 1"),
            "# HELP sinew_safety_gate_ticks_total Ticks executed.".to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!text.contains("0.5 m/s"), "a text of any words is no label: {text}");
    }

    #[test]
    fn inference_is_told_by_model_and_provider() {
        let registry = Registry::default();
        registry
            .part("loop", "strider")
            .histogram("inference", "Time.")
            .record(1_000_000);
        let policy = registry.part("policy", "walk.onnx");
        policy.provider("cpu", [("cuda", "no driver")].into_iter());
        let text = text(&registry);
        for line in [
            "sinew_inference_seconds_count{node=\"/control\",model=\"walk.onnx\",provider=\"cpu\"} 1",
            "sinew_policy_provider_fallbacks{node=\"/control\",part=\"policy\",hardware_id=\"walk.onnx\"} 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(text.contains("provider=\"cuda\",value=\"no driver\"} 1"), "{text}");
    }

    #[test]
    fn a_histogram_has_the_count_and_the_sum_of_what_was_recorded() {
        let part = Registry::default().part("loop", "strider");
        let histogram = part.histogram("tick", "Work.");
        for millis in 1..=100 {
            histogram.record(millis * 1_000_000);
        }
        histogram.record(20_000_000_000);
        let told = cumulative(&histogram);
        assert_eq!(told.count, 101);
        assert!((told.sum / 25.05 - 1.0).abs() < 2e-3, "{}", told.sum);
        let below = |secs: f64| told.buckets.iter().find(|(bound, _)| *bound == secs).unwrap().1;
        assert_eq!((below(0.0005), below(0.05), below(10.0)), (0, 49, 100));
        assert!(told.buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }
}
