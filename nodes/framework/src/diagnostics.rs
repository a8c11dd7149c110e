//! What nodes say of themselves on `/diagnostics`.

use std::fmt::Display;

use sinew_control::timing::Durations;
use sinew_messages::diagnostic_msgs::msg::{DiagnosticStatus, KeyValue};

/// One value.
pub fn pair(key: &str, value: impl ToString) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: value.to_string(),
    }
}

/// The quantiles of a duration, in µs, as `NAME_p50_us` and so on.
pub fn quantiles(name: &str, durations: &Durations) -> Vec<KeyValue> {
    let mut values: Vec<_> = [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)]
        .into_iter()
        .map(|(quantile, q)| {
            pair(
                &format!("{name}_{quantile}_us"),
                format!("{:.1}", durations.quantile_us(q)),
            )
        })
        .collect();
    values.push(pair(&format!("{name}_max_us"), format!("{:.1}", durations.max_us())));
    values
}

/// On which execution provider a model runs, and why not on the others, as pairs of provider and reason.
pub fn provider_pairs<P: Display, R: Display>(used: P, failed: impl ExactSizeIterator<Item = (P, R)>) -> Vec<KeyValue> {
    let mut values = vec![pair("provider", used), pair("provider.fallbacks", failed.len())];
    values.extend(failed.map(|(provider, reason)| pair(&format!("provider.{provider}"), reason)));
    values
}

/// The state of one part of a node.
pub fn status(level: u8, name: &str, message: String, hardware: &str, values: Vec<KeyValue>) -> DiagnosticStatus {
    DiagnosticStatus {
        level,
        name: name.to_owned(),
        message,
        hardware_id: hardware.to_owned(),
        values,
    }
}
