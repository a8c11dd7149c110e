//! What a normalisation needs to know of a feature: extremes, mean, deviation, quantiles.

use serde_json::{Value, json};

/// Which quantiles, and what they are called.
const QUANTILES: [(&str, f64); 5] = [("q01", 0.01), ("q10", 0.1), ("q50", 0.5), ("q90", 0.9), ("q99", 0.99)];
/// Quantiles are exact up to so many frames; beyond, they are those of every second, fourth, … frame.
const MAX_SAMPLES: usize = 65_536;

/// Of each number of a feature.
#[derive(Debug, Clone)]
pub(super) struct NumberStats {
    columns: Vec<Column>,
    frames: u64,
}

#[derive(Debug, Clone, Default)]
struct Column {
    least: f64,
    most: f64,
    mean: f64,
    /// The sum of squares of the distances from the mean (Welford).
    squares: f64,
    count: u64,
    samples: Vec<f64>,
    /// Every so many frames one is a sample.
    stride: u64,
}

impl Column {
    /// What is not finite says nothing of a distribution.
    fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        if self.count == 0 {
            (self.least, self.most, self.stride) = (value, value, 1);
        }
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        if self.count.is_multiple_of(self.stride) {
            if self.samples.len() == MAX_SAMPLES {
                let mut index = 0;
                self.samples.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
            if self.count.is_multiple_of(self.stride) {
                self.samples.push(value);
            }
        }
        self.count += 1;
        let distance = value - self.mean;
        self.mean += distance / self.count as f64;
        self.squares += distance * (value - self.mean);
    }

    fn deviation(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            (self.squares / self.count as f64).sqrt()
        }
    }
}

/// A quantile of sorted values, with straight lines between them as numpy has it.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let below = place.floor();
    let at = |index: f64| sorted.get(index as usize).copied().unwrap_or_default();
    let (low, high) = (at(below), at(place.ceil()));
    low + (high - low) * (place - below)
}

impl NumberStats {
    pub(super) fn new(numbers: usize) -> Self {
        Self {
            columns: vec![Column::default(); numbers],
            frames: 0,
        }
    }

    /// Adds a frame.
    pub(super) fn add(&mut self, values: impl Iterator<Item = f64>) {
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.add(value);
        }
        self.frames += 1;
    }

    /// Name and values of each figure.
    pub(super) fn figures(&self) -> Vec<(&'static str, Vec<f64>)> {
        let of = |figure: fn(&Column) -> f64| self.columns.iter().map(figure).collect::<Vec<_>>();
        let mut figures = vec![
            ("min", of(|column| column.least)),
            ("max", of(|column| column.most)),
            ("mean", of(|column| column.mean)),
            ("std", of(Column::deviation)),
        ];
        let sorted = self.columns.iter().map(|column| {
            let mut samples = column.samples.clone();
            samples.sort_unstable_by(f64::total_cmp);
            samples
        });
        let sorted: Vec<_> = sorted.collect();
        for (name, share) in QUANTILES {
            figures.push((name, sorted.iter().map(|samples| quantile(samples, share)).collect()));
        }
        figures
    }

    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    pub(super) fn json(&self) -> Value {
        let figures = self
            .figures()
            .into_iter()
            .map(|(name, values)| (name.to_owned(), json!(values)));
        let mut json: serde_json::Map<_, _> = figures.collect();
        json.insert("count".to_owned(), json!([self.frames]));
        Value::Object(json)
    }
}

/// Of the three colours of a camera's images, in 0..1.
#[derive(Debug, Clone)]
pub(super) struct ImageStats {
    /// How often each byte was seen.
    counts: Box<[[u64; 256]; 3]>,
    frames: u64,
}

impl ImageStats {
    pub(super) fn new() -> Self {
        Self {
            counts: Box::new([[0; 256]; 3]),
            frames: 0,
        }
    }

    /// Adds an image, 3 bytes a pixel.
    pub(super) fn add(&mut self, rgb: &[u8]) {
        for pixel in rgb.chunks_exact(3) {
            for (counts, byte) in self.counts.iter_mut().zip(pixel) {
                counts[usize::from(*byte)] += 1;
            }
        }
        self.frames += 1;
    }

    /// Adds all that others have seen.
    pub(super) fn merge(&mut self, other: &Self) {
        for (own, others) in self.counts.iter_mut().flatten().zip(other.counts.iter().flatten()) {
            *own += others;
        }
        self.frames += other.frames;
    }

    /// Name and values of each figure, a value for each colour.
    pub(super) fn figures(&self) -> Vec<(&'static str, [f64; 3])> {
        let of = |figure: fn(&[u64; 256]) -> f64| [0, 1, 2].map(|colour| figure(&self.counts[colour]));
        let mut figures = vec![
            ("min", of(|counts| first(counts.iter()) as f64 / 255.0)),
            ("max", of(|counts| (255 - first(counts.iter().rev())) as f64 / 255.0)),
            ("mean", of(mean)),
            ("std", of(deviation)),
        ];
        for (name, share) in QUANTILES {
            figures.push((name, [0, 1, 2].map(|colour| byte_quantile(&self.counts[colour], share))));
        }
        figures
    }

    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    pub(super) fn json(&self) -> Value {
        let shaped = |values: [f64; 3]| json!(values.map(|value| [[value]]));
        let figures = self
            .figures()
            .into_iter()
            .map(|(name, values)| (name.to_owned(), shaped(values)));
        let mut json: serde_json::Map<_, _> = figures.collect();
        json.insert("count".to_owned(), json!([self.frames]));
        Value::Object(json)
    }
}

fn first<'a>(mut counts: impl Iterator<Item = &'a u64>) -> usize {
    counts.position(|count| *count > 0).unwrap_or_default()
}

fn weighted(counts: &[u64; 256], of: impl Fn(f64) -> f64) -> f64 {
    let total: u64 = counts.iter().sum();
    let sum: f64 = counts
        .iter()
        .enumerate()
        .map(|(byte, count)| of(byte as f64 / 255.0) * *count as f64)
        .sum();
    if total == 0 { 0.0 } else { sum / total as f64 }
}

fn mean(counts: &[u64; 256]) -> f64 {
    weighted(counts, |value| value)
}

fn deviation(counts: &[u64; 256]) -> f64 {
    let mean = mean(counts);
    weighted(counts, |value| (value - mean).powi(2)).sqrt()
}

/// The smallest value that this share of the pixels does not exceed.
fn byte_quantile(counts: &[u64; 256], share: f64) -> f64 {
    let total: u64 = counts.iter().sum();
    let mut seen = 0;
    let byte = counts.iter().position(|count| {
        seen += count;
        seen as f64 >= share * total as f64
    });
    byte.unwrap_or_default() as f64 / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(values: &[f64]) -> NumberStats {
        let mut stats = NumberStats::new(1);
        values.iter().for_each(|value| stats.add([*value].into_iter()));
        stats
    }

    #[test]
    fn figures_are_those_of_the_textbook() {
        let figures = stats(&[1.0, 2.0, 3.0, 4.0]).figures();
        let figure = |name| figures.iter().find(|(known, _)| *known == name).unwrap().1[0];
        assert_eq!((figure("min"), figure("max"), figure("mean")), (1.0, 4.0, 2.5));
        assert!((figure("std") - 1.25_f64.sqrt()).abs() < 1e-12);
        assert_eq!((figure("q50"), figure("q10")), (2.5, 1.3));
    }

    #[test]
    fn what_is_not_finite_does_not_spoil_them() {
        let json = stats(&[f64::NAN, 1.0, f64::INFINITY]).json();
        assert_eq!(
            (&json["max"], &json["mean"], &json["count"]),
            (&json!([1.0]), &json!([1.0]), &json!([3]))
        );
        assert_eq!(stats(&[]).json()["std"], json!([0.0]));
    }

    #[test]
    fn quantiles_of_many_frames_are_those_of_frames_at_equal_distances() {
        let many: Vec<_> = (0..300_000).map(f64::from).collect();
        let stats = stats(&many);
        assert!(stats.columns[0].samples.len() <= MAX_SAMPLES);
        let (_, median) = stats.figures().remove(6);
        assert!((median[0] / 150_000.0 - 1.0).abs() < 1e-3, "{median:?}");
    }

    #[test]
    fn colours_lie_between_0_and_1() {
        let mut stats = ImageStats::new();
        stats.add(&[0, 255, 51, 0, 255, 153]);
        let json = stats.json();
        assert_eq!(json["min"], json!([[[0.0]], [[1.0]], [[0.2]]]));
        assert_eq!(json["mean"], json!([[[0.0]], [[1.0]], [[0.4]]]));
        assert_eq!((&json["max"][2], &json["count"]), (&json!([[0.6]]), &json!([1])));
    }
}
