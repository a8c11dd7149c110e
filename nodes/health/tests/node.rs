//! The node `health` on recorded trees of machines: what it reports, and what it asks for where they become too hot.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../health/tests/trees/mod.rs"]
mod trees;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_messages::std_msgs::msg::{Float64, String as Text};
use sinew_messages::std_srvs::srv::{Trigger, TriggerResponse};
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Bus, Input, Publisher, Qos, Server, answer};
use sinew_node::node::testing::TestNode;
use sinew_node_health::Health;
use tempfile::TempDir;
use tokio::time::timeout;

/// Far more than anything here takes.
const PATIENT: Duration = Duration::from_secs(60);
/// The machine is read often, and what it says counts at once.
const AT_ONCE: &str = "period_secs: 0.05, overheating: {hold_secs: 0.0}";

/// A machine, and somebody in the place of control who looks at what the node asks for.
struct Scene {
    network: LocalBus,
    machine: TempDir,
    scales: Input<Float64>,
    diagnostics: Input<DiagnosticArray>,
    mode: Publisher<Text>,
    stops: Arc<AtomicUsize>,
    _stop: Server,
}

impl Scene {
    fn new(machine: &str) -> Self {
        let network = LocalBus::new();
        let control: Arc<dyn Bus> = network.node("control", "/");
        let stops = Arc::new(AtomicUsize::new(0));
        let counted = stops.clone();
        let stop = answer::<Trigger>(&*control, "~/stop", move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            TriggerResponse {
                success: true,
                message: "stops".into(),
            }
        });
        Self {
            machine: trees::tree(machine),
            scales: Input::new(&*control, "velocity_scale", Qos::latched()).unwrap(),
            diagnostics: Input::new(&*control, "/diagnostics", Qos::default()).unwrap(),
            mode: Publisher::new(&*control, "~/mode", Qos::latched()).unwrap(),
            stops,
            _stop: stop.unwrap(),
            network,
        }
    }

    async fn start(&self, params: &str) -> anyhow::Result<TestNode> {
        let params = format!("{{root: '{}', {params}}}", self.machine.path().display());
        TestNode::start::<Health>(self.network.node("health", "/"), &params).await
    }

    fn set(&self, path: &str, content: &str) {
        let file = self.machine.path().join(path.trim_start_matches('/'));
        std::fs::write(file, content).unwrap();
    }

    fn say_mode(&self, mode: &str) {
        let data = mode.to_owned();
        self.mode.publish(Text { data }).unwrap();
    }

    /// Waits for this scale.
    async fn until_scale(&mut self, expected: f64) {
        let asked = async { while self.scales.recv().await.data != expected {} };
        timeout(PATIENT, asked)
            .await
            .unwrap_or_else(|_| panic!("no scale of {expected}"));
    }

    async fn until_stops(&self, expected: usize) {
        let called = async {
            while self.stops.load(Ordering::Relaxed) < expected {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENT, called).await.expect("a stop");
    }

    /// Waits for the part's status of this level.
    async fn until(&mut self, part: &str, level: u8) -> DiagnosticStatus {
        let found = async {
            loop {
                let array = self.diagnostics.recv().await;
                let name = format!("health: {part}");
                let mut statuses = array.status.iter();
                if let Some(status) = statuses.find(|status| status.name == name && status.level == level) {
                    return status.clone();
                }
            }
        };
        timeout(PATIENT, found).await.unwrap_or_else(|_| panic!("{part}"))
    }
}

fn value(status: &DiagnosticStatus, key: &str) -> Option<String> {
    let mut values = status.values.iter();
    values.find(|pair| pair.key == key).map(|pair| pair.value.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jetson_is_told_on_diagnostics() {
    let mut scene = Scene::new("orin_nano_jetpack_6");
    let node = scene.start("power_mode: 15w, period_secs: 0.05").await.unwrap();
    let computer = scene.until("computer", DiagnosticStatus::OK).await;
    for (key, expected) in [
        ("jetpack", "6.2"),
        ("l4t", "36.4.3"),
        ("power_mode", "15W (0)"),
        ("governor", "schedutil"),
        ("steady_clocks", "0"),
        ("gpu_load", "0.90"),
        ("realtime_kernel", "0"),
        ("isolated_cores", "1"),
    ] {
        assert_eq!(value(&computer, key).as_deref(), Some(expected), "{key}");
    }
    let temperature = scene.until("temperature", DiagnosticStatus::OK).await;
    assert_eq!(value(&temperature, "zone_celsius.gpu-thermal").as_deref(), Some("51.1"));
    assert_eq!(value(&temperature, "zone_celsius.cv0-thermal"), None);
    assert_eq!(
        value(&temperature, "margin_to_throttle_celsius").as_deref(),
        Some("47.9")
    );
    let power = scene.until("power", DiagnosticStatus::OK).await;
    assert_eq!(value(&power, "rail_w.VDD_IN").as_deref(), Some("9.25"));
    let memory = scene.until("memory", DiagnosticStatus::OK).await;
    assert!(memory.message.contains("which the GPU shares"), "{}", memory.message);
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_power_mode_than_the_robot_was_tuned_in_is_an_error() {
    let mut scene = Scene::new("orin_nano_jetpack_6");
    let params = "power_mode: MAXN_SUPER, period_secs: 0.05, min_memory_mib: 4096";
    let node = scene.start(params).await.unwrap();
    let computer = scene.until("computer", DiagnosticStatus::ERROR).await;
    assert_eq!(
        computer.message,
        "`power_mode`: expected MAXN_SUPER, in which the robot was tuned, found 15W (0): `sudo nvpmodel -m ID`"
    );
    scene.until("memory", DiagnosticStatus::WARN).await;
    // Set right, it is good.
    scene.set("/var/lib/nvpmodel/status", "pmode:0002");
    scene.until("computer", DiagnosticStatus::OK).await;
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn over_current_is_told_when_it_happens_and_not_for_what_had_happened() {
    let mut scene = Scene::new("orin_nano_jetpack_6");
    let node = scene.start("period_secs: 0.05").await.unwrap();
    let before = scene.until("throttling", DiagnosticStatus::OK).await;
    let key = "throttle_events.instantaneous_over_current";
    assert_eq!(value(&before, key).as_deref(), Some("0"));
    scene.set("/sys/class/hwmon/hwmon2/oc3_event_cnt", "44");
    let told = async {
        loop {
            let status = scene.until("throttling", DiagnosticStatus::OK).await;
            if value(&status, key).as_deref() == Some("3") {
                return status;
            }
        }
    };
    let after = timeout(PATIENT, told).await.unwrap();
    assert_eq!(
        after.message,
        "not now; the last time, the hardware has slowed itself down: instantaneous_over_current 3 times"
    );
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_is_slowed_down_stopped_and_let_go_as_its_machine_heats_and_cools() {
    let mut scene = Scene::new("agx_orin_jetpack_7_2");
    scene.say_mode("run");
    let node = scene.start(AT_ONCE).await.unwrap();
    // Whatever a process before this one asked for.
    scene.until_scale(1.0).await;
    let zone = "/sys/class/thermal/thermal_zone8/temp";
    scene.set(zone, "96000");
    scene.until_scale(0.5).await;
    let warned = scene.until("temperature", DiagnosticStatus::WARN).await;
    let expected = "velocities are multiplied with 0.5: tj-thermal is 3.0 °C below where the machine slows itself down";
    assert_eq!(warned.message, expected);
    assert_eq!(scene.stops.load(Ordering::Relaxed), 0);
    scene.set(zone, "103000");
    scene.until_stops(1).await;
    let stopped = scene.until("temperature", DiagnosticStatus::ERROR).await;
    let expected = "the robot is stopped: tj-thermal is 1.5 °C below where the machine ends";
    assert_eq!(stopped.message, expected);
    // Once it is stopped, it is not asked again, and it is where somebody starts it while it is as hot.
    scene.say_mode("stopped");
    scene.until("temperature", DiagnosticStatus::ERROR).await;
    let asked = scene.stops.load(Ordering::Relaxed);
    scene.until("temperature", DiagnosticStatus::ERROR).await;
    scene.until("temperature", DiagnosticStatus::ERROR).await;
    assert_eq!(scene.stops.load(Ordering::Relaxed), asked);
    scene.say_mode("stand");
    scene.until_stops(asked + 1).await;
    scene.say_mode("stopped");
    scene.set(zone, "60000");
    scene.until_scale(1.0).await;
    scene.until("temperature", DiagnosticStatus::OK).await;
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_ends_asks_for_nothing_any_more() {
    let mut scene = Scene::new("agx_orin_jetpack_7_2");
    scene.set("/sys/class/thermal/thermal_zone8/temp", "98000");
    let node = scene.start(AT_ONCE).await.unwrap();
    scene.until_scale(0.5).await;
    node.end().await.unwrap();
    scene.until_scale(1.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_without_a_machine_is_refused_by_name() {
    let network = LocalBus::new();
    let empty = tempfile::tempdir().unwrap();
    let params = format!("{{root: '{}'}}", empty.path().display());
    let error = TestNode::start::<Health>(network.node("health", "/"), &params)
        .await
        .unwrap_err();
    assert!(format!("{error:#}").contains("`root`"), "{error:#}");
}
