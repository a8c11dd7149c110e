//! Temperatures and power: thermal zones, hardware monitors such as the INA3221 of Jetsons, and power caps.

use std::path::Path;

use super::{folders, number, text};
use crate::exposition::{Families, Labels};

/// Adds what the classes `thermal`, `hwmon` and `powercap` below `class` have.
pub(super) fn add(families: &mut Families, class: &Path) {
    for (zone, path) in folders(&class.join("thermal"), "thermal_zone") {
        add_zone(families, &zone, &path);
    }
    for (monitor, path) in folders(&class.join("hwmon"), "hwmon") {
        add_monitor(families, &monitor, &path);
    }
    for (zone, path) in folders(&class.join("powercap"), "") {
        let (Some(name), Some(energy)) = (text(&path.join("name")), number(&path.join("energy_uj"))) else {
            continue;
        };
        families.counter(
            "sinew_machine_energy_joules_total",
            "Energy that a part of the machine has used; begins anew at 0 now and then.",
            Labels::default().with("zone", zone).with("sensor", name),
            energy * 1e-6,
        );
    }
}

fn temperature(families: &mut Families, labels: Labels, celsius: f64) {
    let help = "Temperature of a part of the machine.";
    families.gauge("sinew_machine_temperature_celsius", help, labels, celsius);
}

fn limit(families: &mut Families, labels: Labels, celsius: f64) {
    let help = "The temperature at which the machine slows down or ends, as the sensor says.";
    families.gauge("sinew_machine_temperature_limit_celsius", help, labels, celsius);
}

fn power(families: &mut Families, labels: Labels, watts: f64) {
    let help = "Electrical power of a part of the machine.";
    families.gauge("sinew_machine_power_watts", help, labels, watts);
}

fn add_zone(families: &mut Families, zone: &str, path: &Path) {
    let Some(milli_celsius) = number(&path.join("temp")) else {
        return;
    };
    let sensor = text(&path.join("type")).unwrap_or_default();
    let labels = Labels::default().with("zone", zone).with("sensor", sensor);
    temperature(families, labels.clone(), milli_celsius * 1e-3);
    let limits = (0..16).filter_map(|trip| {
        let kind = text(&path.join(format!("trip_point_{trip}_type")))?;
        let milli_celsius = number(&path.join(format!("trip_point_{trip}_temp")))?;
        (["hot", "critical"].contains(&kind.as_str()) && milli_celsius > 0.0).then_some(milli_celsius)
    });
    if let Some(milli_celsius) = limits.reduce(f64::min) {
        limit(families, labels, milli_celsius * 1e-3);
    }
}

fn add_monitor(families: &mut Families, monitor: &str, path: &Path) {
    let chip = text(&path.join("name")).unwrap_or_default();
    for channel in 0..32 {
        let value = |quantity: &str, of: &str| number(&path.join(format!("{quantity}{channel}_{of}")));
        let labels = |quantity: &str| {
            let label = text(&path.join(format!("{quantity}{channel}_label")));
            let sensor = label.unwrap_or_else(|| format!("{quantity}{channel}"));
            Labels::default()
                .with("zone", monitor)
                .with("sensor", format!("{chip} {sensor}").trim_start())
        };
        if let Some(milli_celsius) = value("temp", "input") {
            temperature(families, labels("temp"), milli_celsius * 1e-3);
            if let Some(milli_celsius) = value("temp", "crit").or_else(|| value("temp", "max")) {
                limit(families, labels("temp"), milli_celsius * 1e-3);
            }
        }
        if let Some(micro_watts) = value("power", "input").or_else(|| value("power", "average")) {
            power(families, labels("power"), micro_watts * 1e-6);
        }
        // An INA3221 measures voltage and current of a rail, and names the rail at its voltage.
        if let (Some(milli_volts), Some(milli_amperes)) = (value("in", "input"), value("curr", "input")) {
            power(families, labels("in"), milli_volts * milli_amperes * 1e-6);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::exposition::Format;

    #[test]
    fn temperatures_limits_and_power_are_read_where_linux_has_them() {
        let root = tempfile::tempdir().unwrap();
        for (file, content) in [
            ("thermal/thermal_zone0/type", "CPU-therm\n"),
            ("thermal/thermal_zone0/temp", "48500\n"),
            ("thermal/thermal_zone0/trip_point_0_type", "passive\n"),
            ("thermal/thermal_zone0/trip_point_0_temp", "60000\n"),
            ("thermal/thermal_zone0/trip_point_1_type", "critical\n"),
            ("thermal/thermal_zone0/trip_point_1_temp", "97000\n"),
            ("thermal/thermal_zone1/type", "broken\n"),
            ("thermal/thermal_zone1/temp", "not a number\n"),
            ("thermal/cooling_device0/temp", "1\n"),
            ("hwmon/hwmon2/name", "ina3221\n"),
            ("hwmon/hwmon2/in1_label", "VDD_GPU_SOC\n"),
            ("hwmon/hwmon2/in1_input", "19600\n"),
            ("hwmon/hwmon2/curr1_input", "1500\n"),
            ("hwmon/hwmon3/name", "nvme\n"),
            ("hwmon/hwmon3/temp1_input", "36850\n"),
            ("hwmon/hwmon3/temp1_crit", "84850\n"),
            ("hwmon/hwmon3/power1_average", "2500000\n"),
            ("powercap/intel-rapl:0/name", "package-0\n"),
            ("powercap/intel-rapl:0/energy_uj", "1500000\n"),
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let mut families = Families::default();
        add(&mut families, root.path());
        let told = families.text(Format::Text);
        let mut values: Vec<_> = told.lines().filter(|line| !line.starts_with('#')).collect();
        values.sort_unstable();
        let cpu = "zone=\"thermal_zone0\",sensor=\"CPU-therm\"";
        let disk = "zone=\"hwmon3\",sensor=\"nvme temp1\"";
        let expected = [
            "sinew_machine_energy_joules_total{zone=\"intel-rapl:0\",sensor=\"package-0\"} 1.5".to_owned(),
            "sinew_machine_power_watts{zone=\"hwmon2\",sensor=\"ina3221 VDD_GPU_SOC\"} 29.4".to_owned(),
            "sinew_machine_power_watts{zone=\"hwmon3\",sensor=\"nvme power1\"} 2.5".to_owned(),
            format!("sinew_machine_temperature_celsius{{{disk}}} 36.85"),
            format!("sinew_machine_temperature_celsius{{{cpu}}} 48.5"),
            format!("sinew_machine_temperature_limit_celsius{{{disk}}} 84.85"),
            format!("sinew_machine_temperature_limit_celsius{{{cpu}}} 97"),
        ];
        let rounded: Vec<_> = values.iter().map(|line| rounded(line)).collect();
        assert_eq!(rounded, expected);
    }

    /// The line with its value to six digits.
    fn rounded(line: &str) -> String {
        let (name, value) = line.rsplit_once(' ').unwrap();
        format!("{name} {}", (value.parse::<f64>().unwrap() * 1e6).round() / 1e6)
    }
}
