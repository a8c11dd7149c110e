use sinew_perception::agreement::ClassMap;
use sinew_perception::heads::{BoundingBox, Detection, Prediction};

use super::*;

/// From one run to the next.
const PERIOD: Duration = Duration::from_millis(50);
const BUDGET: Duration = Duration::from_millis(40);
const QUICK: Duration = Duration::from_millis(5);
const LATE: Duration = Duration::from_millis(60);

/// A model that has taken charge just now.
struct Newcomer {
    probation: Probation,
    at: Instant,
}

fn newcomer() -> Newcomer {
    let baseline = Baseline {
        budget: Some(BUDGET),
        agreement: 0.9,
        ..Baseline::default()
    };
    Newcomer {
        probation: Probation::new(ProbationRules::default(), baseline),
        at: Instant::now(),
    }
}

fn things(places: &[f32]) -> Prediction {
    let thing = |x: &f32| Detection {
        bbox: BoundingBox::centred([*x, 50.0], [20.0, 20.0]),
        score: 0.9,
        class: 0,
    };
    Prediction::Things(places.iter().map(thing).collect())
}

/// What the model before says where it takes `took`, and the two see things at these places.
fn compared(took: Duration, before: &[f32], now: &[f32]) -> Compared {
    let same = ClassMap::by_name(&[], &[]);
    Compared {
        agreement: Agreement::of(&things(before), &things(now), &same),
        missed: u64::from(now.is_empty() && !before.is_empty()),
        took,
        outcome: Ok(0),
    }
}

fn both_see(places: &[f32]) -> Compared {
    compared(QUICK, places, places)
}

impl Newcomer {
    /// A run that takes so long, and what comes of it.
    fn run(&mut self, took: Duration, outcome: Result<usize, String>, compared: Option<&Compared>) -> Option<Broken> {
        self.at += PERIOD;
        let run = SeenRun {
            model: "balls-2".into(),
            at: self.at,
            took,
            outcome,
            images: Vec::new(),
        };
        self.probation.take(&run, compared, false)
    }

    /// The same run again and again, until a rule is broken.
    fn runs(&mut self, count: usize, took: Duration, compared: &Compared) -> Option<Rule> {
        (0..count)
            .find_map(|_| self.run(took, Ok(0), Some(compared)))
            .map(|broken| broken.rule)
    }
}

#[test]
fn one_that_does_as_the_one_before_passes_and_only_what_counts_is_counted() {
    let mut newcomer = newcomer();
    assert_eq!(newcomer.runs(20, QUICK, &both_see(&[50.0])), None);
    assert_eq!(newcomer.probation.counted_secs(), 0.0, "the first second is excused");
    assert_eq!(newcomer.runs(100, QUICK, &both_see(&[50.0])), None);
    let counted = newcomer.probation.counted_secs();
    assert!((counted - 5.0).abs() < 0.11, "{counted}");
    newcomer.at += Duration::from_secs(60);
    assert_eq!(
        newcomer.runs(20, LATE, &both_see(&[50.0])),
        None,
        "after a break of the camera"
    );
    assert_eq!(newcomer.probation.counted_secs(), counted);
}

#[test]
fn being_late_is_its_fault_where_the_one_before_is_in_time() {
    let mut alone = newcomer();
    alone.runs(21, QUICK, &both_see(&[50.0]));
    assert_eq!(alone.runs(40, LATE, &both_see(&[50.0])), Some(Rule::Late));
    let mut busy = newcomer();
    assert_eq!(busy.runs(200, LATE, &compared(LATE, &[50.0], &[50.0])), None);
}

#[test]
fn a_failure_is_its_fault_where_the_one_before_has_a_result() {
    let failed = || Err::<usize, _>("no such device".to_owned());
    let before = both_see(&[]);
    let mut alone = newcomer();
    let broken = (0..3).find_map(|_| alone.run(QUICK, failed(), Some(&before))).unwrap();
    assert_eq!(
        broken.to_string(),
        "failed: 3 runs in a row, the last with no such device"
    );
    let too = Compared {
        outcome: failed(),
        ..both_see(&[])
    };
    let mut both = newcomer();
    assert!((0..100).all(|_| both.run(QUICK, failed(), Some(&too)).is_none()));
    // Now and then, in good order between.
    let mut flaky = newcomer();
    flaky.runs(21, QUICK, &both_see(&[50.0]));
    let broken = (0..100).find_map(|n| flaky.run(QUICK, Ok(usize::from(n % 4 == 0)), Some(&both_see(&[50.0]))));
    assert_eq!(broken.unwrap().rule, Rule::Failed);
}

#[test]
fn seeing_nothing_or_something_else_is_its_fault_and_that_both_see_nothing_is_not() {
    let mut blind = newcomer();
    blind.runs(21, QUICK, &both_see(&[50.0]));
    assert_eq!(blind.runs(40, QUICK, &compared(QUICK, &[50.0], &[])), Some(Rule::Empty));
    let mut other = newcomer();
    other.runs(21, QUICK, &both_see(&[50.0]));
    assert_eq!(
        other.runs(40, QUICK, &compared(QUICK, &[50.0], &[150.0])),
        Some(Rule::Agreement)
    );
    let mut ghosts = newcomer();
    ghosts.runs(21, QUICK, &both_see(&[50.0]));
    assert_eq!(
        ghosts.runs(60, QUICK, &compared(QUICK, &[50.0], &[50.0, 150.0, 250.0])),
        Some(Rule::Agreement)
    );
    let mut night = newcomer();
    assert_eq!(night.runs(200, QUICK, &both_see(&[])), None);
}
