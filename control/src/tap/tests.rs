use std::sync::atomic::AtomicBool;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use proptest::prelude::*;

use super::*;
use crate::command::VelocityCommand;
use crate::gate::{Check, NotFinite, Quantity, SafeAction, Stop, Verdict, VerdictCounts};
use crate::start::Mode;
use crate::state::GroundTruth;

const SIZES: RecordSizes = RecordSizes {
    dof: 3,
    feet: 66,
    observation: 5,
    action: 4,
};

const MODES: [Mode; 4] = [Mode::Damp, Mode::Stand, Mode::Run, Mode::Stopped];
const ACTIONS: [SafeAction; 3] = [SafeAction::Damp, SafeAction::Hold, SafeAction::Own];
const QUANTITIES: [Quantity; 3] = [Quantity::Position, Quantity::Orientation, Quantity::Temperature];

/// A record that has every part that it can have, all made of `n`; of `n` come the parts that it lacks as well.
fn record(n: u64) -> LoopRecord {
    let x = n as f64;
    let vector = Vector3::new(x, x + 0.25, -x);
    let rotation = UnitQuaternion::new_unchecked(Quaternion::new(x, x, x, x));
    let has = |bit: u64| n >> bit & 1 == 0;
    let verdict = Verdict {
        check: Check::ALL[n as usize % Check::ALL.len()],
        joint: has(1).then_some(n as usize),
        value: x,
        limit: -x,
        tick: n,
        not_finite: has(2).then_some(NotFinite {
            quantity: QUANTITIES[n as usize % QUANTITIES.len()],
            value: f64::INFINITY,
        }),
    };
    let mut record = LoopRecord::empty(&SIZES);
    record.tick.tick = n;
    record.tick.time_secs = x;
    record.tick.mode = MODES[n as usize % MODES.len()];
    record.tick.command = VelocityCommand::new(x, x, x);
    record.tick.tick_nanos = n;
    record.tick.jitter_nanos = n;
    record.tick.inference_nanos = has(3).then_some(n);
    record.tick.missed = n;
    record.tick.verdicts = n;
    record.tick.power_w = x;
    record.tick.torque_share = x;
    record.tick.stop = has(4).then_some(Stop {
        verdict,
        action: ACTIONS[n as usize % ACTIONS.len()],
    });
    record.tick.truth = has(5).then_some(GroundTruth {
        position: vector,
        orientation: rotation,
        linear_velocity: vector,
        angular_velocity: vector,
    });
    if has(6) {
        record.counts = VerdictCounts::from_fn(|check| n + check as u64);
        record.verdict = has(7).then_some(verdict);
    }
    let state = &mut record.state;
    for values in [&mut state.position, &mut state.velocity, &mut state.effort] {
        values.fill(x);
    }
    state.joint_stamp_nanos.fill(n);
    state.imu.orientation = rotation;
    state.imu.angular_velocity = vector;
    state.imu.linear_acceleration = vector;
    state.imu.stamp_nanos = n;
    state.base_velocity = has(0).then_some(vector);
    let feet = state.foot_contact.iter_mut().enumerate();
    feet.for_each(|(i, touches)| *touches = (n + i as u64).is_multiple_of(3));
    state.temperature_celsius = if has(1) { vec![x; SIZES.dof] } else { Vec::new() };
    state.truth = record.tick.truth;
    record.inputs.began_nanos = n;
    record.inputs.done_nanos = n + 1;
    record.inputs.stands = has(3);
    record.read.copy_from(&record.state);
    if has(4) {
        record.read.position.fill(-x);
        record.read.truth = None;
    }
    record.observation = if has(2) {
        vec![n as f32; SIZES.observation]
    } else {
        Vec::new()
    };
    record.action = if has(8) {
        vec![n as f32; SIZES.action]
    } else {
        Vec::new()
    };
    for command in [&mut record.asked, &mut record.written] {
        command.position.fill(x);
        command.velocity.fill(x);
        command.effort.fill(x);
        command.kp.fill(x);
        command.kd.fill(x);
    }
    if has(0) {
        record.written.kp.fill(-x);
    }
    record
}

fn publish(publisher: &mut Publisher, record: &LoopRecord) {
    publisher.publish(&TickParts {
        tick: &record.tick,
        inputs: &record.inputs,
        read: (!record.read.is_same(&record.state)).then_some(&record.read),
        verdicts: (record.counts.total() > 0).then_some((&record.counts, record.verdict)),
        state: &record.state,
        observation: &record.observation,
        action: &record.action,
        asked: &record.asked,
        asked_anew: publisher.next,
        written: (record.written != record.asked).then_some(&record.written),
    });
}

#[test]
fn a_record_comes_out_as_it_went_in_whichever_parts_it_has() {
    let mut publisher = Publisher::new(1, SIZES);
    let mut reader = publisher.tap().reader();
    for n in 1..2048 {
        let record = record(n);
        publish(&mut publisher, &record);
        assert_eq!(reader.next_record(), Some(&record));
        assert_eq!(reader.next_record(), None);
    }
    assert_eq!(reader.lost(), 0);
}

#[test]
fn the_largest_record_fits() {
    let mut publisher = Publisher::new(2, SIZES);
    let mut reader = publisher.tap().reader();
    // Every part: its number has no bit of those that leave one out.
    let largest = record(1 << 9);
    for _ in 0..2 {
        publish(&mut publisher, &largest);
    }
    assert_eq!(reader.next_record(), Some(&largest));
    assert_eq!(reader.next_record(), Some(&largest));
}

/// What somebody does: the loop, or the reader with this number.
#[derive(Debug, Clone)]
enum Step {
    Publish,
    Read(usize),
    Subscribe,
}

/// A reader, and what it should have seen.
struct Model {
    reader: TapReader,
    since: u64,
    seen: u64,
    last: Option<u64>,
}

proptest! {
    #[test]
    fn each_reader_gets_records_in_order_and_counts_exactly_those_that_it_lost(
        records in 1_usize..6,
        steps in prop::collection::vec(
            prop_oneof![
                5 => Just(Step::Publish),
                5 => (0_usize..4).prop_map(Step::Read),
                1 => Just(Step::Subscribe),
            ],
            0..300,
        ),
    ) {
        let mut publisher = Publisher::new(records, SIZES);
        let tap = publisher.tap();
        let subscribe = |since| Model { reader: tap.reader(), since, seen: 0, last: None };
        let mut models = vec![subscribe(0)];
        let mut published = 0;
        for step in steps {
            match step {
                Step::Publish => {
                    publish(&mut publisher, &record(published));
                    published += 1;
                }
                Step::Subscribe => models.push(subscribe(published)),
                Step::Read(i) => {
                    let at = i % models.len();
                    let model = &mut models[at];
                    let waiting = published - model.since - model.seen - model.reader.lost();
                    match model.reader.next_record() {
                        None => prop_assert_eq!(waiting, 0),
                        Some(found) => {
                            let n = found.tick.tick;
                            prop_assert_eq!(found, &record(n));
                            prop_assert!(model.last.is_none_or(|last| n > last));
                            prop_assert!(published - n <= records as u64 + 1, "older than the ring keeps");
                            (model.seen, model.last) = (model.seen + 1, Some(n));
                            // Every record before this one was seen or lost, and none was counted twice.
                            prop_assert_eq!(model.since + model.seen + model.reader.lost(), n + 1);
                            let kept = waiting.min(records as u64 + 1);
                            prop_assert!(published - n >= kept.min(records as u64), "more was dropped than lost");
                        }
                    }
                }
            }
        }
    }
}

/// The joints, and so the length, of the records that threads exchange.
const LONG: RecordSizes = RecordSizes { dof: 64, ..SIZES };

/// Makes a long record of `n` alone, without allocating: the next comes soon, and overtakes readers.
fn fill(record: &mut LoopRecord, n: u64) {
    record.tick.tick = n;
    record.state.joint_stamp_nanos.fill(n);
    for values in [
        &mut record.state.position,
        &mut record.asked.position,
        &mut record.asked.kd,
        &mut record.written.kd,
    ] {
        values.fill(n as f64);
    }
}

fn is_whole(record: &LoopRecord) -> bool {
    let n = record.tick.tick;
    let values = [
        &record.state.position,
        &record.asked.position,
        &record.asked.kd,
        &record.written.kd,
    ];
    record.state.joint_stamp_nanos.iter().all(|&stamp| stamp == n)
        && values.into_iter().flatten().all(|&value| value == n as f64)
}

#[test]
fn a_reader_in_another_thread_never_gets_a_mixture_and_misses_nothing_that_it_does_not_count() {
    const RECORDS: u64 = 300_000;
    let mut publisher = Publisher::new(2, LONG);
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (mut reader, done) = (publisher.tap().reader(), done.clone());
            std::thread::spawn(move || {
                let (mut seen, mut last) = (0, None);
                loop {
                    let ended = done.load(Ordering::Acquire);
                    while let Some(found) = reader.next_record() {
                        let n = found.tick.tick;
                        assert!(is_whole(found), "a mixture: {found:?}");
                        assert!(last.is_none_or(|last| n > last));
                        (seen, last) = (seen + 1, Some(n));
                    }
                    if ended {
                        return (seen, reader.lost(), last);
                    }
                }
            })
        })
        .collect();
    let mut record = LoopRecord::empty(&LONG);
    for n in 0..RECORDS {
        fill(&mut record, n);
        publish(&mut publisher, &record);
    }
    done.store(true, Ordering::Release);
    for reader in readers {
        let (seen, lost, last) = reader.join().unwrap();
        assert_eq!(seen + lost, RECORDS);
        // The newest of all may be one that was left out.
        assert!(last.is_some());
    }
}

#[test]
fn a_reader_that_is_held_up_in_a_record_costs_one_record_of_a_ring_and_every_reader_counts_it() {
    let mut publisher = Publisher::new(2, SIZES);
    let ring = publisher.tap().0;
    let mut readers = [publisher.tap().reader(), publisher.tap().reader()];
    publish(&mut publisher, &record(0));
    let held = try_read(ring.slot(0)).unwrap();
    for n in 1..6 {
        publish(&mut publisher, &record(n));
        // Record 3 would lie where record 0 is still being copied.
        let expected = (n != 3).then_some(n);
        for reader in &mut readers {
            let found = std::iter::from_fn(|| reader.next_record().map(|found| found.tick.tick)).last();
            assert_eq!(found, expected);
        }
    }
    drop(held);
    publish(&mut publisher, &record(6));
    for reader in &mut readers {
        assert_eq!(reader.next_record(), Some(&record(6)));
        assert_eq!(reader.lost(), 1);
    }
}
