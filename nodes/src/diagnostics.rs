//! What nodes say of themselves on `/diagnostics`.

use sinew_control::timing::Durations;
use sinew_messages::diagnostic_msgs::msg::{DiagnosticStatus, KeyValue};
use sinew_models::Provision;

/// One value.
pub(crate) fn pair(key: &str, value: impl ToString) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: value.to_string(),
    }
}

/// The quantiles of a duration, in µs, as `NAME_p50_us` and so on.
pub(crate) fn quantiles(name: &str, durations: &Durations) -> Vec<KeyValue> {
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

/// On what a model runs, and why not on what was tried before.
pub(crate) fn provision_pairs(provision: &Provision) -> Vec<KeyValue> {
    let mut values = vec![
        pair("provider", provision.used),
        pair("provider.fallbacks", provision.failed.len()),
    ];
    for failed in &provision.failed {
        values.push(pair(&format!("provider.{}", failed.provider), &failed.reason));
    }
    values
}

/// The state of one part of a node.
pub(crate) fn status(
    level: u8,
    name: &str,
    message: String,
    hardware: &str,
    values: Vec<KeyValue>,
) -> DiagnosticStatus {
    DiagnosticStatus {
        level,
        name: name.to_owned(),
        message,
        hardware_id: hardware.to_owned(),
        values,
    }
}
