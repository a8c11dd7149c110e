//! How attributes are called: those of the resource by OpenTelemetry's semantic conventions, those of robots by a table of
//! our own, since there is no convention yet. `docs/monitoring.md` has it, too.

use crate::params::OtlpParams;

/// Labels of `/metrics` and fields of spans, and the attributes that they become.
const NAMES: [(&str, &str); 12] = [
    ("node", "ros.node.name"),
    ("topic", "ros.topic.name"),
    ("transition", "ros.lifecycle.transition"),
    ("status", "ros.diagnostic.status"),
    ("key", "ros.diagnostic.key"),
    ("part", "sinew.part"),
    ("hardware_id", "sinew.hardware_id"),
    ("model", "sinew.model"),
    ("provider", "sinew.inference.provider"),
    ("check", "sinew.gate.check"),
    ("camera", "sinew.camera"),
    ("recording", "sinew.recording"),
];

/// What a label or a field is called as an attribute: those with a point in them are a convention's already.
pub(super) fn name(own: &str) -> String {
    let known = NAMES.iter().find(|(name, _)| *name == own);
    match known {
        Some((_, attribute)) => (*attribute).to_owned(),
        None if own.contains('.') || FOREIGN.contains(&own) => own.to_owned(),
        None => format!("sinew.{own}"),
    }
}

/// What the bridge from spans adds.
const FOREIGN: [&str; 4] = ["busy_ns", "idle_ns", "level", "target"];

/// What is the same for all that this process sends.
pub(super) fn resource(params: &OtlpParams) -> Vec<(&'static str, String)> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim().to_owned();
    let robot = params.robot_id.clone();
    let mut resource = vec![
        ("service.name", "sinew".to_owned()),
        ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("service.instance.id", robot.clone().unwrap_or_else(|| host.clone())),
        ("host.name", host),
        ("host.arch", std::env::consts::ARCH.to_owned()),
        ("os.type", std::env::consts::OS.to_owned()),
        ("process.pid", std::process::id().to_string()),
    ];
    resource.extend(robot.map(|robot| ("robot.id", robot)));
    resource.extend(params.robot_model.clone().map(|model| ("robot.model", model)));
    resource
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_place_of_its_own() {
        assert_eq!(name("node"), "ros.node.name");
        assert_eq!(name("joint"), "sinew.joint");
        assert_eq!(name("code.line.number"), "code.line.number");
        let guide = include_str!("../../../../docs/monitoring.md");
        for (own, attribute) in NAMES {
            assert!(
                guide.contains(&format!("| `{own}` | `{attribute}` |")),
                "docs/monitoring.md: {own}"
            );
        }
    }
}
