//! Numbers out of measuring programs, round by round.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::process;

/// What one measuring program found in one round, by name.
pub(crate) type Figures = BTreeMap<String, f64>;

/// Runs a measuring program, which prints one JSON object of numbers on standard output.
pub(crate) fn measure(command: &mut Command) -> Result<Figures> {
    let printed = process::output(command)?;
    serde_json::from_str(printed.trim())
        .with_context(|| format!("expected one JSON object of numbers, found {printed:?}"))
}

/// One of those that are compared: it measures itself for one round.
pub(crate) type Side<'a> = &'a mut dyn FnMut() -> Result<Figures>;

/// Lets all sides measure themselves in each round, and the first one changes from round to round,
/// so that whatever else the machine does meets all of them. Gives the median of every figure.
pub(crate) fn interleaved<const N: usize>(what: &str, count: u64, sides: [Side<'_>; N]) -> Result<[Figures; N]> {
    Ok(rounds(what, count, sides)?.map(|rounds| medians(&rounds)))
}

/// As [`interleaved`], with what every round gave.
pub(crate) fn rounds<const N: usize>(what: &str, count: u64, sides: [Side<'_>; N]) -> Result<[Vec<Figures>; N]> {
    let bar = ProgressBar::new(count * N as u64).with_message(what.to_owned());
    bar.set_style(ProgressStyle::with_template(
        "{msg} {bar:30.cyan/dim} {pos}/{len} {elapsed:.dim}",
    )?);
    bar.enable_steady_tick(Duration::from_secs(1));
    let mut found: [Vec<Figures>; N] = std::array::from_fn(|_| Vec::new());
    for round in 0..count as usize {
        for turn in 0..N {
            let side = (round + turn) % N;
            found[side].push(sides[side]()?);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(found)
}

/// How far a number was apart from round to round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Range {
    /// Of what `number` makes of each round, of which there is at least one.
    pub(crate) fn of(rounds: &[Figures], number: impl Fn(&Figures) -> Result<f64>) -> Result<Self> {
        let mut numbers = rounds.iter().map(number).collect::<Result<Vec<_>>>()?;
        numbers.sort_by(f64::total_cmp);
        let (Some(&least), Some(&most)) = (numbers.first(), numbers.last()) else {
            bail!("expected a round");
        };
        let median = median(numbers);
        Ok(Self { least, median, most })
    }
}

/// The median of every figure.
pub(crate) fn medians(rounds: &[Figures]) -> Figures {
    let mut by_name: BTreeMap<&String, Vec<f64>> = BTreeMap::new();
    for (name, value) in rounds.iter().flatten() {
        by_name.entry(name).or_default().push(*value);
    }
    by_name
        .into_iter()
        .map(|(name, values)| (name.clone(), median(values)))
        .collect()
}

/// The middle value, or the mean of the two middle ones. Not for an empty list.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}

/// The figure `name`, which a measuring program must have given.
pub(crate) fn figure(figures: &Figures, name: &str) -> Result<f64> {
    figures
        .get(name)
        .copied()
        .with_context(|| format!("expected the figure `{name}` among {:?}", figures.keys()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_measured_once_a_round_and_first_in_its_turn() {
        let order = std::cell::RefCell::new(String::new());
        let side = |name: char| {
            let order = &order;
            move || {
                order.borrow_mut().push(name);
                Ok(Figures::from([("n".to_owned(), order.borrow().len() as f64)]))
            }
        };
        let [a, b] = interleaved("", 3, [&mut side('a'), &mut side('b')]).unwrap();
        assert_eq!(*order.borrow(), "abbaab");
        assert_eq!(a["n"], 4.0); // of 1, 4, 5
        assert_eq!(b["n"], 3.0); // of 2, 3, 6
    }

    #[test]
    fn the_median_of_an_even_count_is_the_mean_of_the_middle_two() {
        assert_eq!(median(vec![9.0, 1.0, 2.0, 4.0]), 3.0);
    }

    #[test]
    fn a_range_is_of_all_rounds() {
        let round = |n: f64| Figures::from([("n".to_owned(), n)]);
        let range = Range::of(&[round(3.0), round(1.0), round(2.5)], |round| figure(round, "n")).unwrap();
        assert_eq!((range.least, range.median, range.most), (1.0, 2.5, 3.0));
        assert!(Range::of(&[], |round| figure(round, "n")).is_err());
    }

    #[test]
    fn what_is_not_a_json_object_of_numbers_is_shown() {
        let error = measure(process::command("echo").arg("hello")).unwrap_err();
        assert!(format!("{error:#}").contains("\"hello\\n\""), "{error:#}");
    }
}
