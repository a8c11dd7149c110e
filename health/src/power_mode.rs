//! The power mode that `nvpmodel` has set.

use std::fmt;

use serde::Serialize;

use crate::tree::Tree;

/// A power mode of a Jetson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PowerMode {
    /// Its number.
    pub id: u32,
    /// Its name, such as `15W`, where `/etc/nvpmodel.conf` has it.
    pub name: Option<String>,
    /// The number of the mode that the machine begins with.
    pub default_id: Option<u32>,
    /// How fast it lets parts of the machine be.
    pub caps: Vec<FrequencyCap>,
}

/// The highest frequency of a part of the machine in a power mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrequencyCap {
    /// Such as `CPU_A78_0` or `GPU`.
    pub part: String,
    /// Hz.
    pub hz: u64,
}

impl fmt::Display for PowerMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({})", self.id),
            None => write!(f, "{}", self.id),
        }
    }
}

impl PowerMode {
    pub(crate) fn read(tree: &Tree) -> Option<Self> {
        let status = tree.text("/var/lib/nvpmodel/status")?;
        let id = of_status(&status)?;
        let conf = tree.text("/etc/nvpmodel.conf").unwrap_or_default();
        let (name, caps) = model(&conf, id).unwrap_or_default();
        Some(Self {
            id,
            name,
            default_id: default_id(&conf),
            caps,
        })
    }

    /// Whether `wanted` means it: its name in any case, or its number.
    pub fn is(&self, wanted: &str) -> bool {
        let named = self
            .name
            .as_ref()
            .is_some_and(|name| name.eq_ignore_ascii_case(wanted.trim()));
        named || wanted.trim().parse() == Ok(self.id)
    }
}

/// Such as `pmode:0002`, and on some releases more after it.
fn of_status(status: &str) -> Option<u32> {
    let (_, after) = status.split_once("pmode:")?;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// The values of a line such as `< POWER_MODEL ID=0 NAME=MAXN >`.
fn header<'a>(line: &'a str, kind: &str) -> Option<impl Iterator<Item = (&'a str, &'a str)>> {
    let inner = line.trim().strip_prefix('<')?.trim_end().strip_suffix('>')?;
    let values = inner.trim().strip_prefix(kind)?;
    Some(values.split_whitespace().filter_map(|value| value.split_once('=')))
}

/// Name and caps of the mode with this number.
fn model(conf: &str, id: u32) -> Option<(Option<String>, Vec<FrequencyCap>)> {
    let is_it = |line: &&str| {
        header(line, "POWER_MODEL")
            .is_some_and(|mut values| values.any(|(key, value)| key == "ID" && value.parse() == Ok(id)))
    };
    let mut lines = conf.lines().skip_while(|line| !is_it(line));
    let name = header(lines.next()?, "POWER_MODEL")?
        .find(|(key, _)| *key == "NAME")
        .map(|(_, name)| name.to_owned());
    let caps = lines.take_while(|line| !line.trim().starts_with('<')).filter_map(cap);
    Some((name, caps.collect()))
}

/// A line such as `CPU_A78_0 MAX_FREQ 1510400`, in kHz for a CPU, else Hz; -1 is no cap.
fn cap(line: &str) -> Option<FrequencyCap> {
    let mut words = line.split_whitespace();
    let (part, what, value) = (words.next()?, words.next()?, words.next()?);
    let value = (what == "MAX_FREQ").then(|| value.parse::<u64>().ok())??;
    let factor = if part.starts_with("CPU") { 1000 } else { 1 };
    Some(FrequencyCap {
        part: part.to_owned(),
        hz: value.saturating_mul(factor),
    })
}

fn default_id(conf: &str) -> Option<u32> {
    conf.lines().find_map(|line| {
        let (_, value) = header(line, "PM_CONFIG")?.find(|(key, _)| *key == "DEFAULT")?;
        value.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONF: &str = "# a comment\n< PARAM TYPE=FILE NAME=CPU_A78_0 >\nMAX_FREQ /sys/devices\n\
                        < POWER_MODEL ID=0 NAME=MAXN >\nCPU_A78_0 MAX_FREQ -1\nGPU MAX_FREQ -1\n\n\
                        < POWER_MODEL ID=2 NAME=15W >\nCPU_ONLINE CORE_0 1\nCPU_A78_0 MAX_FREQ 1510400\n\
                        GPU MAX_FREQ 612000000\nGPU MIN_FREQ 0\n\n< PM_CONFIG DEFAULT=2 >\n";

    #[test]
    fn a_mode_has_its_name_and_its_caps_by_its_number() {
        assert_eq!(of_status("pmode:0002"), Some(2));
        assert_eq!(of_status("pmode:0010 fmode:quiet"), Some(10));
        assert_eq!(of_status("pmode:"), None);
        assert_eq!(model(CONF, 0), Some((Some("MAXN".into()), Vec::new())));
        let (name, caps) = model(CONF, 2).unwrap();
        assert_eq!(name.as_deref(), Some("15W"));
        let caps: Vec<_> = caps.iter().map(|cap| (&*cap.part, cap.hz)).collect();
        assert_eq!(caps, [("CPU_A78_0", 1_510_400_000), ("GPU", 612_000_000)]);
        assert_eq!(model(CONF, 7), None);
        assert_eq!(default_id(CONF), Some(2));
    }

    #[test]
    fn a_mode_is_meant_by_its_name_or_its_number() {
        let mode = PowerMode {
            id: 2,
            name: Some("MAXN_SUPER".into()),
            default_id: None,
            caps: Vec::new(),
        };
        assert!(mode.is("maxn_super") && mode.is("2") && mode.is(" 02 "));
        assert!(!mode.is("MAXN") && !mode.is("0") && !mode.is(""));
        assert_eq!(mode.to_string(), "MAXN_SUPER (2)");
    }
}
