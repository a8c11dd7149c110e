//! What the node reports: a part for each subject.

use std::collections::BTreeMap;

use sinew_health::{Platform, Readings};
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_node::report::{Counter, Gauge, Part, Registry, Text, Unit};

use crate::judgement::{self, Judgement};
use crate::overheating::Demand;
use crate::params::HealthParams;
use crate::throttling::Throttled;

/// What the node reports of the machine.
#[derive(Debug)]
pub(crate) struct Reports {
    computer: Computer,
    temperature: Temperature,
    power: Power,
    throttling: ThrottlingPart,
    memory: MemoryPart,
    /// Levels that were said in the log, by part.
    said: BTreeMap<&'static str, u8>,
}

#[derive(Debug)]
struct Computer {
    part: Part,
    power_mode: Text,
    governor: Text,
    clocks_are_steady: Gauge,
    gpu_load: Gauge,
}

#[derive(Debug)]
struct Temperature {
    part: Part,
    zones: BTreeMap<String, Gauge>,
    throttle: Gauge,
    shutdown: Gauge,
    scale: Gauge,
    stops: Counter,
}

#[derive(Debug)]
struct Power {
    part: Part,
    rails: BTreeMap<String, Gauge>,
}

#[derive(Debug)]
struct ThrottlingPart {
    part: Part,
    events: BTreeMap<&'static str, Counter>,
    late_ticks: Counter,
    /// What happened last.
    last: Option<String>,
}

#[derive(Debug)]
struct MemoryPart {
    part: Part,
    available: Gauge,
    total: Gauge,
    swapped: Gauge,
}

impl Reports {
    pub(crate) fn new(registry: &Registry, platform: &Platform) -> Self {
        let name = platform.module.name.clone().unwrap_or_default();
        Self {
            computer: Computer::new(registry.part("computer", &name), platform),
            temperature: Temperature::new(registry.part("temperature", &name)),
            power: Power {
                part: registry.part("power", &name),
                rails: BTreeMap::new(),
            },
            throttling: ThrottlingPart::new(registry.part("throttling", &name)),
            memory: MemoryPart::new(registry.part("memory", &name)),
            said: BTreeMap::new(),
        }
    }

    /// Sets the values to what was read.
    pub(crate) fn read(&mut self, readings: &Readings, throttled: &Throttled) {
        self.computer.read(readings);
        self.temperature.read(readings);
        self.power.read(readings);
        self.throttling.read(readings, throttled);
        self.memory.read(readings);
    }

    /// Says how the machine stands.
    pub(crate) fn judge(
        &mut self,
        params: &HealthParams,
        platform: &Platform,
        readings: &Readings,
        demand: &Demand,
        stop_failure: Option<&str>,
    ) {
        self.temperature.scale.set(demand.scale);
        // What is asked for because of the heat is in the log already.
        let (level, message) = judgement::temperature(readings, demand, stop_failure);
        self.temperature.part.judge(level, message);
        for (part, judgement) in [
            (&self.computer.part, judgement::computer(params, platform, readings)),
            (&self.power.part, judgement::power(readings)),
            (&self.memory.part, judgement::memory(params, platform, readings)),
        ] {
            say(&mut self.said, part, judgement);
        }
    }

    /// The machine does not tell any more: values are those that it told last.
    pub(crate) fn silent(&self, why: &str) {
        for part in [
            &self.computer.part,
            &self.temperature.part,
            &self.power.part,
            &self.throttling.part,
            &self.memory.part,
        ] {
            part.judge(DiagnosticStatus::ERROR, why);
        }
    }

    /// Counts a stop that was asked for.
    pub(crate) fn count_stop(&self) {
        self.temperature.stops.add(1);
    }
}

/// Judges a part, and says in the log where it gets worse.
fn say(said: &mut BTreeMap<&'static str, u8>, part: &Part, (level, message): Judgement) {
    let before = said.insert(part.name(), level).unwrap_or(DiagnosticStatus::OK);
    if level > before {
        tracing::warn!(part = part.name(), "{message}");
    }
    part.judge(level, message);
}

impl Computer {
    fn new(part: Part, platform: &Platform) -> Self {
        if let Some(name) = &platform.module.name {
            part.fact("module", name, "The machine by name.");
        }
        if let Some(l4t) = platform.l4t {
            part.fact("l4t", l4t, "The release of Linux for Tegra.");
            part.fact("jetpack", l4t.jetpack().name, "The JetPack that it is part of.");
        }
        if let Some(release) = &platform.kernel.release {
            part.fact("kernel", release, "The kernel.");
        }
        let is_realtime = part.gauge("realtime_kernel", Unit::None, 0, "1 where the kernel has PREEMPT_RT.");
        is_realtime.set(f64::from(u8::from(platform.kernel.is_realtime)));
        let isolated = part.gauge("isolated_cores", Unit::None, 0, "Cores that the kernel keeps free.");
        isolated.set(platform.kernel.isolated.len() as f64);
        Self {
            power_mode: part.state("power_mode", "The power mode of a Jetson."),
            governor: part.state("governor", "What decides how fast the cores are."),
            clocks_are_steady: part.gauge(
                "steady_clocks",
                Unit::None,
                0,
                "1 where clocks are pinned, or the governor is performance.",
            ),
            gpu_load: part.gauge("gpu_load", Unit::None, 2, "The share of time in which the GPU worked."),
            part,
        }
    }

    fn read(&self, readings: &Readings) {
        let mode = readings.power_mode.as_ref();
        self.power_mode.set(mode.map(ToString::to_string));
        let governors = readings.clocks.governors();
        self.governor.set((!governors.is_empty()).then(|| governors.join(", ")));
        let are_steady = readings.clocks.are_steady();
        self.clocks_are_steady
            .set(are_steady.map_or(f64::NAN, |steady| f64::from(u8::from(steady))));
        let load = readings.clocks.gpus.iter().find_map(|gpu| gpu.load);
        self.gpu_load.set(load.unwrap_or(f64::NAN));
    }
}

impl Temperature {
    fn new(part: Part) -> Self {
        Self {
            zones: BTreeMap::new(),
            throttle: part.gauge(
                "margin_to_throttle_celsius",
                Unit::None,
                1,
                "How far the nearest thermal zone is from where the machine slows itself down, °C.",
            ),
            shutdown: part.gauge(
                "margin_to_shutdown_celsius",
                Unit::None,
                1,
                "How far the nearest thermal zone is from where the machine ends, °C.",
            ),
            scale: part.gauge(
                "velocity_scale",
                Unit::None,
                2,
                "What commanded velocities are multiplied with because of the heat.",
            ),
            stops: part.rare_counter("stops", Unit::None, "Stops that were asked for because of the heat."),
            part,
        }
    }

    fn read(&mut self, readings: &Readings) {
        // A part that has lost its power is not known any more.
        for gauge in self.zones.values() {
            gauge.set(f64::NAN);
        }
        for zone in &readings.zones {
            let Some(celsius) = zone.celsius else { continue };
            let part = &self.part;
            let gauge = self.zones.entry(zone.name.clone()).or_insert_with(|| {
                let name = format!("zone_celsius.{}", zone.name);
                part.gauge(name, Unit::None, 1, "Temperature of a thermal zone, °C.")
            });
            gauge.set(celsius);
        }
        let margin = |nearest: Option<(_, f64)>| nearest.map_or(f64::NAN, |(_, margin)| margin);
        self.throttle.set(margin(readings.nearest_throttle()));
        self.shutdown.set(margin(readings.nearest_shutdown()));
    }
}

impl Power {
    fn read(&mut self, readings: &Readings) {
        for gauge in self.rails.values() {
            gauge.set(f64::NAN);
        }
        for rail in &readings.rails {
            let part = &self.part;
            let gauge = self.rails.entry(rail.name.clone()).or_insert_with(|| {
                let name = format!("rail_w.{}", rail.name);
                part.gauge(name, Unit::Watts, 2, "Electrical power of a rail.")
            });
            gauge.set(rail.watts);
        }
    }
}

impl ThrottlingPart {
    fn new(part: Part) -> Self {
        Self {
            events: BTreeMap::new(),
            late_ticks: part.counter(
                "late_ticks",
                Unit::None,
                "Ticks of control that were late while the hardware had slowed itself down.",
            ),
            last: None,
            part,
        }
    }

    fn read(&mut self, readings: &Readings, throttled: &Throttled) {
        for of in &readings.throttle_counts {
            let part = &self.part;
            self.events.entry(of.cause).or_insert_with(|| {
                let name = format!("throttle_events.{}", of.cause);
                let help = "How often the hardware has slowed itself down since the node began.";
                part.counter(name, Unit::None, help)
            });
        }
        for (cause, count) in &throttled.by_cause {
            if let Some(counter) = self.events.get(cause) {
                counter.add(*count);
            }
        }
        if throttled.is_any() {
            self.late_ticks.add(throttled.late_ticks);
            self.last = Some(throttled.message());
            self.part.judge(DiagnosticStatus::WARN, throttled.message());
        } else {
            let text = match (&self.last, readings.throttle_counts.is_empty()) {
                (Some(last), _) => format!("not now; the last time, {last}"),
                (None, true) => "the machine does not tell".to_owned(),
                (None, false) => "none since the node began".to_owned(),
            };
            self.part.judge(DiagnosticStatus::OK, text);
        }
    }
}

impl MemoryPart {
    fn new(part: Part) -> Self {
        Self {
            available: part.gauge(
                "available_bytes",
                Unit::None,
                0,
                "Memory that programs could still have; on a Jetson the GPU's as well.",
            ),
            total: part.gauge("total_bytes", Unit::None, 0, "All memory."),
            swapped: part.gauge("swapped_bytes", Unit::None, 0, "Memory that was swapped out."),
            part,
        }
    }

    fn read(&self, readings: &Readings) {
        let value = |of: fn(&sinew_health::Memory) -> u64| {
            readings.memory.as_ref().map_or(f64::NAN, |memory| of(memory) as f64)
        };
        self.available.set(value(|memory| memory.available_bytes));
        self.total.set(value(|memory| memory.total_bytes));
        self.swapped.set(value(|memory| memory.swapped_bytes));
    }
}
