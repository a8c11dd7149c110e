//! Families of metrics, and their text in Prometheus' format 0.0.4 and in OpenMetrics 1.0.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Most time series of one answer: what is more is left out, and counted.
const MAX_SERIES: usize = 20_000;
/// A label's value has at most so many bytes: names and texts come from files and from other processes.
const MAX_LABEL_BYTES: usize = 256;

/// The kind of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A count that only grows; its name ends in `_total`.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// Cumulative counts by upper bound.
    Histogram,
}

/// How the families are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus' text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// The header `Content-Type` of an answer.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Names and values of labels, in the order in which they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Labels(Vec<(&'static str, String)>);

impl Labels {
    /// With one more.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let mut value = value.into();
        if value.len() > MAX_LABEL_BYTES {
            let end = (0..=MAX_LABEL_BYTES).rev().find(|&at| value.is_char_boundary(at));
            value.truncate(end.unwrap_or(0));
        }
        self.0.push((name, value));
        self
    }

    /// Each name with its value.
    #[cfg(feature = "otlp")]
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    fn write(&self, text: &mut String, bound: Option<f64>) -> fmt::Result {
        if self.0.is_empty() && bound.is_none() {
            return Ok(());
        }
        let mut before = '{';
        for (name, value) in &self.0 {
            write!(text, "{before}{name}=\"{}\"", escaped(value, true))?;
            before = ',';
        }
        if let Some(bound) = bound {
            write!(text, "{before}le=\"{}\"", number(bound))?;
        }
        text.push('}');
        Ok(())
    }
}

/// A histogram's cumulative counts by upper bound, in ascending order, and its sum.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cumulative {
    pub(crate) buckets: Vec<(f64, u64)>,
    pub(crate) count: u64,
    pub(crate) sum: f64,
}

/// What a series has.
#[derive(Debug, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Histogram(Cumulative),
}

/// The series of one name.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) kind: Kind,
    pub(crate) help: Cow<'static, str>,
    pub(crate) series: BTreeMap<Labels, Value>,
}

/// All families of one answer.
#[derive(Debug, Default)]
pub(crate) struct Families {
    families: BTreeMap<String, Family>,
    series: usize,
    left_out: usize,
}

impl Families {
    /// Adds a count; its family's name ends in `_total`.
    pub(crate) fn counter(&mut self, name: &str, help: impl Into<Cow<'static, str>>, labels: Labels, value: f64) {
        self.add(name, Kind::Counter, help.into(), labels, Value::Number(value));
    }

    /// Adds a number that goes up and down; what is not finite is not known, and left away.
    pub(crate) fn gauge(&mut self, name: &str, help: impl Into<Cow<'static, str>>, labels: Labels, value: f64) {
        if value.is_finite() {
            self.add(name, Kind::Gauge, help.into(), labels, Value::Number(value));
        }
    }

    /// Adds a histogram.
    pub(crate) fn histogram(
        &mut self,
        name: &str,
        help: impl Into<Cow<'static, str>>,
        labels: Labels,
        value: Cumulative,
    ) {
        self.add(name, Kind::Histogram, help.into(), labels, Value::Histogram(value));
    }

    /// How many series were left out: they are there already, are of another kind than their family, or too many.
    pub(crate) fn left_out(&self) -> usize {
        self.left_out
    }

    fn add(&mut self, name: &str, kind: Kind, help: Cow<'static, str>, labels: Labels, value: Value) {
        let size = match &value {
            Value::Number(_) => 1,
            Value::Histogram(histogram) => histogram.buckets.len() + 3,
        };
        let family = self.families.entry(name.to_owned()).or_insert_with(|| Family {
            kind,
            help,
            series: BTreeMap::new(),
        });
        if family.kind != kind || family.series.contains_key(&labels) || self.series + size > MAX_SERIES {
            self.left_out += 1;
            return;
        }
        family.series.insert(labels, value);
        self.series += size;
    }

    /// Each that has a series, by its name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Family)> {
        let families = self.families.iter().filter(|(_, family)| !family.series.is_empty());
        families.map(|(name, family)| (name.as_str(), family))
    }

    /// The text of all of them.
    pub(crate) fn text(&self, format: Format) -> String {
        let mut text = String::new();
        for (name, family) in self.all() {
            // Writing to a text cannot fail.
            let _ = family.write(&mut text, name, format);
        }
        if format == Format::OpenMetrics {
            text.push_str("# EOF\n");
        }
        text
    }
}

impl Family {
    fn write(&self, text: &mut String, name: &str, format: Format) -> fmt::Result {
        let kind = match self.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // In OpenMetrics the family of a counter is called without what its samples end in.
        let family = match format {
            Format::OpenMetrics if self.kind == Kind::Counter => name.strip_suffix("_total").unwrap_or(name),
            _ => name,
        };
        let quoted = format == Format::OpenMetrics;
        writeln!(text, "# HELP {family} {}", escaped(&self.help, quoted))?;
        writeln!(text, "# TYPE {family} {kind}")?;
        for (labels, value) in &self.series {
            match value {
                Value::Number(value) => sample(text, name, "", labels, None, *value)?,
                Value::Histogram(histogram) => {
                    let last = (f64::INFINITY, histogram.count);
                    for (bound, count) in histogram.buckets.iter().copied().chain([last]) {
                        sample(text, name, "_bucket", labels, Some(bound), count as f64)?;
                    }
                    sample(text, name, "_sum", labels, None, histogram.sum)?;
                    sample(text, name, "_count", labels, None, histogram.count as f64)?;
                }
            }
        }
        Ok(())
    }
}

fn sample(text: &mut String, name: &str, suffix: &str, labels: &Labels, bound: Option<f64>, value: f64) -> fmt::Result {
    write!(text, "{name}{suffix}")?;
    labels.write(text, bound)?;
    writeln!(text, " {}", number(value))
}

fn number(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".to_owned()
    } else {
        value.to_string()
    }
}

/// What has a meaning in the format is escaped, quotation marks where they have one; other control characters are shown
/// as U+FFFD, so that no name moves the cursor of whoever reads the text.
fn escaped(text: &str, quoted: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '"' if quoted => shown.push_str("\\\""),
            c if c.is_control() => shown.push('\u{fffd}'),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn families() -> Families {
        let mut families = Families::default();
        let label = |value: &str| Labels::default().with("node", value);
        families.counter("sinew_ticks_total", "Ticks.", label("/control"), 3.0);
        families.gauge("sinew_rate_hertz", "Says \"rate\".", Labels::default(), 199.5);
        families.gauge("sinew_rate_hertz", "Not known.", label("x"), f64::NAN);
        let value = Cumulative {
            buckets: vec![(0.001, 1), (0.01, 2)],
            count: 3,
            sum: 0.5,
        };
        families.histogram("sinew_tick_seconds", "Work.", label("/control"), value);
        families
    }

    #[test]
    fn families_are_written_as_prometheus_reads_them() {
        let expected = "\
# HELP sinew_rate_hertz Says \"rate\".
# TYPE sinew_rate_hertz gauge
sinew_rate_hertz 199.5
# HELP sinew_tick_seconds Work.
# TYPE sinew_tick_seconds histogram
sinew_tick_seconds_bucket{node=\"/control\",le=\"0.001\"} 1
sinew_tick_seconds_bucket{node=\"/control\",le=\"0.01\"} 2
sinew_tick_seconds_bucket{node=\"/control\",le=\"+Inf\"} 3
sinew_tick_seconds_sum{node=\"/control\"} 0.5
sinew_tick_seconds_count{node=\"/control\"} 3
# HELP sinew_ticks_total Ticks.
# TYPE sinew_ticks_total counter
sinew_ticks_total{node=\"/control\"} 3
";
        assert_eq!(families().text(Format::Text), expected);
        let open = families().text(Format::OpenMetrics);
        assert!(
            open.contains("# TYPE sinew_ticks counter\nsinew_ticks_total{"),
            "{open}"
        );
        assert!(open.ends_with("# EOF\n"), "{open}");
    }

    #[test]
    fn what_does_not_fit_its_family_is_left_out_and_counted() {
        let mut families = families();
        let labels = Labels::default().with("node", "/control");
        families.counter("sinew_ticks_total", "Ticks.", labels.clone(), 4.0);
        families.gauge("sinew_ticks_total", "Ticks.", Labels::default(), 4.0);
        assert_eq!(families.left_out(), 2);
        for n in 0..MAX_SERIES {
            families.gauge("sinew_many", "Many.", Labels::default().with("n", n.to_string()), 1.0);
        }
        assert!(families.left_out() > 2);
        assert!(families.text(Format::Text).lines().count() <= MAX_SERIES + 8);
    }

    proptest! {
        #[test]
        fn no_label_forges_a_line_or_ends_its_quotation(value in ".{0,300}", help in ".{0,80}") {
            let mut families = Families::default();
            families.gauge("sinew_x", help, Labels::default().with("of", value), 1.0);
            let text = families.text(Format::Text);
            let lines: Vec<_> = text.lines().collect();
            prop_assert_eq!(lines.len(), 3);
            let inner = lines[2].strip_prefix("sinew_x{of=\"").and_then(|rest| rest.strip_suffix("\"} 1")).unwrap();
            prop_assert!(!inner.replace("\\\\", "").replace("\\\"", "").contains('"'));
            prop_assert!(!inner.chars().any(char::is_control));
        }
    }
}
