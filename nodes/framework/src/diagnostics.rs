//! What nodes say of themselves on `/diagnostics`.

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
