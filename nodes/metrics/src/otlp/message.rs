//! Families of metrics as OTLP has them.

use std::collections::HashMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::attributes::name;
use crate::exposition::{Cumulative, Families, Family, Kind, Labels, Value};

/// Units by what names end in.
const UNITS: [(&str, &str); 6] = [
    ("_seconds", "s"),
    ("_hertz", "Hz"),
    ("_watts", "W"),
    ("_celsius", "Cel"),
    ("_joules", "J"),
    ("_bytes", "By"),
];

/// From when on each series counts: one that has fewer than before began anew, as those of a control loop do.
#[derive(Debug)]
pub(super) struct Series {
    began: u64,
    known: HashMap<(String, Labels), (f64, u64)>,
    /// When it was looked at last.
    looked: u64,
}

impl Series {
    /// Of a process whose counts began at this time, ns.
    pub(super) fn new(began: u64) -> Self {
        Self {
            began,
            known: HashMap::new(),
            looked: began,
        }
    }

    fn began(&mut self, name: &str, labels: &Labels, count: f64) -> u64 {
        let looked = self.looked;
        let known = self.known.entry((name.to_owned(), labels.clone()));
        let (before, began) = known.or_insert((count, self.began));
        if count < *before {
            *began = looked;
        }
        *before = count;
        *began
    }
}

/// All families, at this time, ns.
pub(super) fn request(
    families: &Families,
    resource: &[(&'static str, String)],
    series: &mut Series,
    now: u64,
) -> ExportMetricsServiceRequest {
    let metrics = families
        .all()
        .map(|(name, family)| metric(name, family, series, now))
        .collect();
    series.looked = now;
    let scope = InstrumentationScope {
        name: "sinew".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource {
                attributes: resource.iter().map(|(key, value)| attribute(key, value)).collect(),
                ..Resource::default()
            }),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(scope),
                metrics,
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    }
}

fn metric(name: &str, family: &Family, series: &mut Series, now: u64) -> Metric {
    let temporality = AggregationTemporality::Cumulative.into();
    let data = match family.kind {
        Kind::Gauge => metric::Data::Gauge(Gauge {
            data_points: numbers(name, family, None, now),
        }),
        Kind::Counter => metric::Data::Sum(Sum {
            data_points: numbers(name, family, Some(series), now),
            aggregation_temporality: temporality,
            is_monotonic: true,
        }),
        Kind::Histogram => metric::Data::Histogram(Histogram {
            data_points: histograms(name, family, series, now),
            aggregation_temporality: temporality,
        }),
    };
    Metric {
        name: name.to_owned(),
        description: family.help.to_string(),
        unit: unit(name).to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

fn unit(name: &str) -> &'static str {
    let name = name.strip_suffix("_total").unwrap_or(name);
    let found = UNITS.iter().find(|(suffix, _)| name.ends_with(suffix));
    found.map_or("1", |(_, unit)| *unit)
}

fn numbers(name: &str, family: &Family, mut series: Option<&mut Series>, now: u64) -> Vec<NumberDataPoint> {
    let mut points = Vec::new();
    for (labels, value) in &family.series {
        let Value::Number(value) = value else { continue };
        points.push(NumberDataPoint {
            attributes: attributes(labels),
            start_time_unix_nano: series.as_mut().map_or(0, |series| series.began(name, labels, *value)),
            time_unix_nano: now,
            value: Some(number_data_point::Value::AsDouble(*value)),
            ..NumberDataPoint::default()
        });
    }
    points
}

fn histograms(name: &str, family: &Family, series: &mut Series, now: u64) -> Vec<HistogramDataPoint> {
    let mut points = Vec::new();
    for (labels, value) in &family.series {
        let Value::Histogram(histogram) = value else { continue };
        points.push(HistogramDataPoint {
            attributes: attributes(labels),
            start_time_unix_nano: series.began(name, labels, histogram.count as f64),
            time_unix_nano: now,
            count: histogram.count,
            sum: Some(histogram.sum),
            bucket_counts: apart(histogram),
            explicit_bounds: histogram.buckets.iter().map(|(bound, _)| *bound).collect(),
            ..HistogramDataPoint::default()
        });
    }
    points
}

/// The count of each bucket alone, and of what is above the last bound: in Prometheus' form each counts those before it.
fn apart(histogram: &Cumulative) -> Vec<u64> {
    let mut before = 0;
    let counts = histogram.buckets.iter().map(|(_, count)| *count);
    counts
        .chain([histogram.count])
        .map(|count| {
            let own = count.saturating_sub(before);
            before = count;
            own
        })
        .collect()
}

fn attributes(labels: &Labels) -> Vec<KeyValue> {
    labels.all().map(|(key, value)| attribute(&name(key), value)).collect()
}

fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(any_value::Value::StringValue(value.to_owned())),
        }),
        ..KeyValue::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families(count: f64) -> Families {
        let mut families = Families::default();
        let labels = || Labels::default().with("node", "/control");
        families.counter("sinew_loop_ticks_total", "Ticks.", labels(), count);
        families.gauge("sinew_loop_rate_hertz", "Rate.", labels(), 200.0);
        let ticks = Cumulative {
            buckets: vec![(0.001, 1), (0.01, 4)],
            count: 5,
            sum: 0.5,
        };
        families.histogram("sinew_loop_tick_seconds", "Work.", labels(), ticks);
        families
    }

    fn metrics(request: &ExportMetricsServiceRequest) -> &[Metric] {
        &request.resource_metrics[0].scope_metrics[0].metrics
    }

    #[test]
    fn each_kind_is_what_otlp_calls_it_with_its_unit_and_buckets_of_their_own() {
        let request = request(
            &families(3.0),
            &[("robot.id", "strider-7".to_owned())],
            &mut Series::new(5),
            9,
        );
        let [rate, tick, ticks] = metrics(&request) else {
            panic!("{request:?}");
        };
        assert_eq!(
            (rate.unit.as_str(), tick.unit.as_str(), ticks.unit.as_str()),
            ("Hz", "s", "1")
        );
        let Some(metric::Data::Histogram(histogram)) = &tick.data else {
            panic!("{tick:?}");
        };
        let point = &histogram.data_points[0];
        assert_eq!((point.count, point.sum), (5, Some(0.5)));
        assert_eq!(
            (&point.bucket_counts[..], &point.explicit_bounds[..]),
            (&[1, 3, 1][..], &[0.001, 0.01][..])
        );
        let Some(metric::Data::Sum(sum)) = &ticks.data else {
            panic!("{ticks:?}");
        };
        assert!(sum.is_monotonic);
        let point = &sum.data_points[0];
        assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (5, 9));
        assert_eq!(point.attributes, [attribute("ros.node.name", "/control")]);
        let resource = request.resource_metrics[0].resource.as_ref().unwrap();
        assert_eq!(resource.attributes, [attribute("robot.id", "strider-7")]);
    }

    #[test]
    fn a_count_that_has_become_less_began_anew_where_it_was_looked_at_last() {
        let mut series = Series::new(5);
        let mut began = |count, now| {
            let request = request(&families(count), &[], &mut series, now);
            let Some(metric::Data::Sum(sum)) = &metrics(&request)[2].data else {
                panic!("{request:?}");
            };
            sum.data_points[0].start_time_unix_nano
        };
        assert_eq!(
            [began(3.0, 10), began(4.0, 20), began(1.0, 30), began(2.0, 40)],
            [5, 5, 20, 20]
        );
    }
}
