//! What the metrics of a registry are called in Prometheus: `sinew_PART_METRIC_UNIT`.

use sinew_node::report::{Metric, Unit};

/// Metrics whose names tell one thing of several, as `verdicts.deadman` does: what stands before or after the point
/// becomes a label.
const GROUPS: &[Group] = &[
    Group::new("verdicts", "check", false),
    Group::new("dropped", "reason", false),
    Group::new("images", "use", false),
    Group::new("stamp_offset_secs", "camera", false),
    Group::new("zone_celsius", "zone", false),
    Group::new("rail_w", "rail", false),
    Group::new("throttle_events", "cause", false),
    Group::new("sha256", "file", true),
    Group::new("doubt", "number", true),
    Group {
        // The provider that is used is a fact of its own.
        called: "provider_failed",
        ..Group::new("provider", "provider", true)
    },
];

#[derive(Debug)]
struct Group {
    name: &'static str,
    called: &'static str,
    label: &'static str,
    is_text: bool,
}

impl Group {
    const fn new(name: &'static str, label: &'static str, is_text: bool) -> Self {
        Self {
            name,
            called: name,
            label,
            is_text,
        }
    }
}

/// How a metric is called, what it is labelled with besides node and part, and by what its value is multiplied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    /// Without what its kind adds, such as `_total`.
    pub(crate) name: String,
    pub(crate) label: Option<(&'static str, String)>,
    pub(crate) factor: f64,
}

/// The name of a part's metric.
pub(crate) fn named(part: &str, metric: &Metric) -> Named {
    name(part, metric.name(), metric.unit(), metric.is_fact())
}

fn name(part: &str, metric: &str, unit: Unit, is_text: bool) -> Named {
    let group = GROUPS
        .iter()
        .filter(|group| group.is_text == is_text)
        .find_map(|group| {
            let one = (metric.strip_prefix(group.name).and_then(|rest| rest.strip_prefix('.')))
                .or_else(|| metric.strip_suffix(group.name).and_then(|rest| rest.strip_suffix('.')))?;
            Some((group, one))
        });
    let (called, label) = match group {
        Some((group, one)) => (group.called, Some((group.label, one.to_owned()))),
        None => (metric, None),
    };
    let (own, base, factor) = match unit {
        Unit::None => ("", "", 1.0),
        Unit::Hertz => ("_hz", "_hertz", 1.0),
        Unit::Seconds => ("_secs", "_seconds", 1.0),
        Unit::Microseconds => ("_us", "_seconds", 1e-6),
        Unit::Watts => ("_w", "_watts", 1.0),
    };
    let called = called.strip_suffix(own).unwrap_or(called);
    Named {
        name: format!("sinew_{}_{}{base}", word(part), word(called)),
        label,
        factor,
    }
}

/// Text as part of a metric's name: letters, digits, and single `_` between them.
fn word(text: &str) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let word: String = text.chars().map(allowed).collect();
    let words: Vec<_> = word.split('_').filter(|part| !part.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_base_unit_and_groups_a_label() {
        for (part, metric, unit, is_text, expected, label) in [
            ("loop", "ticks", Unit::None, false, "sinew_loop_ticks", None),
            ("loop", "rate_hz", Unit::Hertz, false, "sinew_loop_rate_hertz", None),
            (
                "loop",
                "tick",
                Unit::Microseconds,
                false,
                "sinew_loop_tick_seconds",
                None,
            ),
            (
                "safety gate",
                "power_w",
                Unit::Watts,
                false,
                "sinew_safety_gate_power_watts",
                None,
            ),
            (
                "safety gate",
                "verdicts.deadman",
                Unit::None,
                false,
                "sinew_safety_gate_verdicts",
                Some(("check", "deadman")),
            ),
            (
                "model",
                "left_eye.stamp_offset_secs",
                Unit::Seconds,
                false,
                "sinew_model_stamp_offset_seconds",
                Some(("camera", "left_eye")),
            ),
            (
                "power",
                "rail_w.VDD_IN",
                Unit::Watts,
                false,
                "sinew_power_rail_watts",
                Some(("rail", "VDD_IN")),
            ),
            ("policy", "provider", Unit::None, true, "sinew_policy_provider", None),
            (
                "policy",
                "provider.cuda",
                Unit::None,
                true,
                "sinew_policy_provider_failed",
                Some(("provider", "cuda")),
            ),
            (
                "policy",
                "provider.fallbacks",
                Unit::None,
                false,
                "sinew_policy_provider_fallbacks",
                None,
            ),
            ("My Part", "Ünd.{x}", Unit::None, false, "sinew_my_part_nd_x", None),
        ] {
            let named = name(part, metric, unit, is_text);
            assert_eq!(named.name, expected);
            assert_eq!(
                named.label,
                label.map(|(name, value)| (name, value.to_owned())),
                "{metric}"
            );
        }
    }
}
