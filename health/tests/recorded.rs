//! What recorded trees of machines tell.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod trees;

use sinew_health::{Platform, Readings, Soc, Tree};

fn read(name: &str) -> (Platform, Readings) {
    let folder = trees::tree(name);
    let tree = Tree::new(folder.path());
    (Platform::read(&tree), Readings::read(&tree))
}

fn watts(readings: &Readings) -> Vec<(String, f64)> {
    let rails = readings.rails.iter();
    rails
        .map(|rail| (rail.name.clone(), (rail.watts * 1e3).round() / 1e3))
        .collect()
}

fn zones(readings: &Readings) -> Vec<(&str, Option<f64>)> {
    readings.zones.iter().map(|zone| (&*zone.name, zone.celsius)).collect()
}

fn counts(readings: &Readings) -> Vec<(&str, u64)> {
    readings.throttle_counts.iter().map(|of| (of.cause, of.count)).collect()
}

#[test]
fn an_orin_nano_with_jetpack_6_tells_all_of_it() {
    let (platform, readings) = read("orin_nano_jetpack_6");
    let l4t = platform.l4t.unwrap();
    assert_eq!(
        (l4t.to_string().as_str(), l4t.jetpack().name, l4t.jetpack().cuda),
        ("36.4.3", "6.2", 12)
    );
    assert_eq!(platform.module.soc, Some(Soc::Orin));
    assert_eq!(
        platform.module.name.as_deref(),
        Some("NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super")
    );
    assert!(!platform.kernel.is_realtime);
    assert_eq!((platform.kernel.isolated, platform.kernel.tickless), (vec![5], vec![5]));
    assert_eq!(platform.kernel.without_callbacks, [5]);
    assert_eq!(platform.csi_cameras, ["vi-output, imx219 9-0010"]);
    let mode = readings.power_mode.as_ref().unwrap();
    assert_eq!((mode.to_string().as_str(), mode.default_id), ("15W (0)", Some(0)));
    assert!(mode.is("15w") && !mode.is("25W"));
    assert_eq!(readings.clocks.are_pinned(), Some(false));
    assert_eq!(readings.clocks.governors(), ["schedutil"]);
    let gpu = &readings.clocks.gpus[..];
    assert_eq!(
        (gpu.len(), gpu[0].name.as_str(), gpu[0].load),
        (1, "17000000.gpu", Some(0.9))
    );
    // The part without power, and the zone that is switched off on this board.
    let expected = [
        ("cpu-thermal", Some(49.531)),
        ("gpu-thermal", Some(51.062)),
        ("cv0-thermal", None),
        ("soc0-thermal", Some(48.25)),
        ("tj-thermal", None),
    ];
    assert_eq!(zones(&readings), expected);
    let (zone, margin) = readings.nearest_throttle().unwrap();
    assert_eq!((zone.name.as_str(), margin.round()), ("gpu-thermal", 48.0));
    assert_eq!(readings.nearest_shutdown().unwrap().1.round(), 53.0);
    assert_eq!(
        watts(&readings),
        [
            ("VDD_IN".into(), 9.25),
            ("VDD_CPU_GPU_CV".into(), 3.185),
            ("VDD_SOC".into(), 2.388)
        ]
    );
    assert_eq!(
        counts(&readings),
        [
            ("undervoltage", 0),
            ("average_over_current", 3),
            ("instantaneous_over_current", 41)
        ]
    );
    let fans: Vec<_> = readings
        .fans
        .iter()
        .map(|fan| (&*fan.chip, fan.duty, fan.rpm))
        .collect();
    assert_eq!(
        fans,
        [("pwmfan", Some(128.0 / 255.0), None), ("pwm_tach", None, Some(2140.0))]
    );
    let memory = readings.memory.unwrap();
    assert_eq!(
        (memory.available_bytes >> 20, memory.swapped_bytes >> 10),
        (2832, 24_000)
    );
}

#[test]
fn an_agx_orin_with_jetpack_7_2_has_pinned_clocks_and_skips_what_is_not_connected() {
    let (platform, readings) = read("agx_orin_jetpack_7_2");
    let l4t = platform.l4t.unwrap();
    assert_eq!((l4t.jetpack().name, l4t.jetpack().cuda), ("7.2.1", 13));
    assert!(platform.kernel.is_realtime);
    assert_eq!(platform.kernel.isolated, [10, 11]);
    assert!(readings.power_mode.as_ref().unwrap().is("MAXN"));
    assert_eq!(readings.clocks.are_pinned(), Some(true));
    assert_eq!(readings.hottest().unwrap().0.name, "tj-thermal");
    let names: Vec<_> = readings.rails.iter().map(|rail| &*rail.name).collect();
    assert_eq!(names, ["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0", "VDDQ_VDD2_1V8AO"]);
}

#[test]
fn a_thor_tells_its_gpu_and_its_input_power() {
    let (platform, readings) = read("agx_thor_jetpack_7");
    assert_eq!(platform.module.soc.map(Soc::compute_capability), Some(110));
    assert_eq!(platform.l4t.unwrap().jetpack().name, "7.0");
    assert_eq!(readings.power_mode.as_ref().unwrap().to_string(), "120W (1)");
    let gpus: Vec<_> = readings.clocks.gpus.iter().map(|gpu| (&*gpu.name, gpu.load)).collect();
    assert_eq!(gpus, [("gpu-gpc-0", None)]);
    let input = watts(&readings).into_iter().find(|(name, _)| name == "ina238 power1");
    assert_eq!(input.unwrap().1, 37.62);
}

#[test]
fn a_pc_tells_what_there_is_of_it() {
    let (platform, readings) = read("pc");
    assert_eq!(platform.module.name.as_deref(), Some("LENOVO 21CB0000"));
    assert_eq!(
        (platform.module.soc, platform.l4t, readings.power_mode.clone()),
        (None, None, None)
    );
    // Trip points that firmware leaves at 0 or -274 °C are none.
    let (zone, margin) = readings.nearest_throttle().unwrap();
    assert_eq!((zone.name.as_str(), margin.round()), ("TCPU", 4.0));
    assert_eq!(
        counts(&readings),
        [("core_temperature", 14), ("package_temperature", 7)]
    );
    assert_eq!(watts(&readings), [("PPT".into(), 9.012)]);
    assert_eq!(readings.clocks.are_steady(), Some(false));
}

#[test]
fn this_machine_and_an_empty_one_can_be_read() {
    let tree = Tree::new("/");
    drop((Platform::read(&tree), Readings::read(&tree)));
    let empty = tempfile::tempdir().unwrap();
    let tree = Tree::new(empty.path());
    assert_eq!(Readings::read(&tree), Readings::default());
    assert_eq!(Platform::read(&tree).l4t, None);
}
