use super::super::{Unit, Value};
use super::*;
use crate::bus::Input;
use crate::bus::local::LocalBus;

fn keys_and_values(part: &Part) -> Vec<(String, String)> {
    let pairs = part.status("camera").values.into_iter();
    pairs.map(|pair| (pair.key, pair.value)).collect()
}

#[test]
fn a_registry_tells_name_unit_help_and_value_of_each_metric() {
    let registry = Registry::default();
    let part = registry.part("source", "/dev/video0");
    part.counter("frames", Unit::None, "Images published.").add(3);
    part.gauge("rate_hz", Unit::Hertz, 2, "Images per second.").set(29.97);
    part.text("trouble", "What is wrong.");
    part.histogram("work", "Time of a run.").record(5_000);
    let metrics = registry.parts()[0].metrics();
    let told: Vec<_> = (metrics.iter())
        .map(|metric| (metric.name(), metric.unit().to_string(), metric.help()))
        .collect();
    let expected = [
        ("frames", "", "Images published."),
        ("rate_hz", "Hz", "Images per second."),
        ("trouble", "", "What is wrong."),
        ("work", "µs", "Time of a run."),
    ];
    assert_eq!(told, expected.map(|(name, unit, help)| (name, unit.to_owned(), help)));
    let values: Vec<_> = metrics.iter().map(Metric::value).collect();
    assert_eq!(values[..3], [Some(Value::Counter(3)), Some(Value::Gauge(29.97)), None]);
    assert!(matches!(values[3], Some(Value::Histogram(1, work)) if work.max == 5.0));
}

#[test]
fn people_read_numbers_with_their_decimals_and_nothing_of_what_is_not_known() {
    let part = Registry::default().part("source", "/dev/video0");
    let frames = part.counter("frames", Unit::None, "");
    let rate = part.gauge("rate_hz", Unit::Hertz, 2, "");
    let broken = part.rare_counter("broken", Unit::None, "");
    let trouble = part.text("trouble", "");
    part.fact("calibration", "none", "");
    let pairs = |expected: &[(&str, &str)]| {
        let expected: Vec<_> = expected
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect();
        assert_eq!(keys_and_values(&part), expected);
    };
    pairs(&[("frames", "0"), ("calibration", "none")]);
    frames.add(2);
    rate.set(29.966);
    broken.add(1);
    trouble.set("a cable".to_owned());
    pairs(&[
        ("frames", "2"),
        ("rate_hz", "29.97"),
        ("broken", "1"),
        ("trouble", "a cable"),
        ("calibration", "none"),
    ]);
    rate.set(f64::NAN);
    trouble.set(None);
    pairs(&[("frames", "2"), ("broken", "1"), ("calibration", "none")]);
}

#[test]
fn a_histogram_is_read_as_quantiles_in_microseconds() {
    let part = Registry::default().part("model", "ball.onnx");
    let work = part.histogram("work", "");
    // Below 2 µs a histogram tells durations apart to the ns.
    (1..=20).for_each(|tenths| work.record(tenths * 100));
    let expected = [("p50", "1.0"), ("p99", "2.0"), ("p999", "2.0"), ("max", "2.0")];
    let expected = expected.map(|(quantile, us)| (format!("work_{quantile}_us"), us.to_owned()));
    assert_eq!(keys_and_values(&part), expected);
}

#[test]
fn a_counter_never_falls() {
    let counter = Registry::default().part("loop", "").counter("lost", Unit::None, "");
    counter.raise_to(5);
    counter.raise_to(3);
    assert_eq!(counter.get(), 5);
}

#[test]
fn a_part_that_is_registered_again_begins_anew_in_its_place() {
    let registry = Registry::default();
    let old = registry.part("loop", "strider").counter("ticks", Unit::None, "");
    registry.part("gate", "strider");
    old.add(7);
    let ticks = registry.part("loop", "strider").counter("ticks", Unit::None, "");
    old.add(1);
    let names: Vec<_> = registry.parts().iter().map(Part::name).collect();
    assert_eq!((names, ticks.get()), (vec!["loop", "gate"], 0));
}

#[test]
fn a_report_has_a_status_of_each_part_and_is_due_a_second_after_the_last() {
    let network = LocalBus::new();
    let setup = Setup::new(network.node("camera", "/left"), ());
    let reports = Input::<DiagnosticArray>::new(&*network.node("viewer", "/"), "/diagnostics", Qos::default()).unwrap();
    let mut diagnostics = Diagnostics::new(&setup).unwrap();
    diagnostics.begin();
    assert!(!diagnostics.is_due());
    diagnostics.due -= PERIOD;
    assert!(diagnostics.is_due());
    setup
        .registry
        .part("source", "/dev/video0")
        .judge(DiagnosticStatus::OK, "30.0 Hz");
    setup.registry.part("model", "ball.onnx");
    diagnostics.publish().unwrap();
    assert!(!diagnostics.is_due());
    let report = reports.try_newest().unwrap();
    let told: Vec<_> = (report.status.iter())
        .map(|status| {
            (
                status.name.as_str(),
                status.level,
                status.message.as_str(),
                status.hardware_id.as_str(),
            )
        })
        .collect();
    let expected = [
        ("left/camera: source", DiagnosticStatus::OK, "30.0 Hz", "/dev/video0"),
        ("left/camera: model", DiagnosticStatus::STALE, "", "ball.onnx"),
    ];
    assert_eq!(told, expected);
}
