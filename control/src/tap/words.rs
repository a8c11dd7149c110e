//! Records as words: what goes through the ring.

use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use crate::command::VelocityCommand;
use crate::gate::{Check, NotFinite, Quantity, SafeAction, Stop, Verdict, VerdictCounts};
use crate::record::{LoopRecord, RecordSizes, TickParts, TickRecord};
use crate::start::Mode;
use crate::state::{GroundTruth, Imu, JointCommand, RobotState};

const FIGURES: usize = 12;
const TRUTH: usize = 13;
const VERDICT: usize = 7;
const IMU: usize = 11;

/// The first word of a record says which parts it has.
mod part {
    pub(super) const INFERENCE: u64 = 1 << 8;
    pub(super) const VERDICTS: u64 = 1 << 9;
    pub(super) const VERDICT: u64 = 1 << 10;
    pub(super) const STOP: u64 = 1 << 11;
    pub(super) const TRUTH: u64 = 1 << 12;
    pub(super) const BASE_VELOCITY: u64 = 1 << 13;
    pub(super) const TEMPERATURES: u64 = 1 << 14;
    pub(super) const OBSERVATION: u64 = 1 << 15;
    pub(super) const ACTION: u64 = 1 << 16;
    pub(super) const WRITTEN: u64 = 1 << 17;
    /// Below the parts: the mode.
    pub(super) const MODE_MASK: u64 = 0xff;
}

/// Most words of a record.
pub(super) fn most_words(sizes: &RecordSizes) -> usize {
    let RecordSizes {
        dof,
        feet,
        observation,
        action,
    } = *sizes;
    let state = 5 * dof + IMU + 3 + feet.div_ceil(64);
    let verdicts = Check::ALL.len() + 2 * VERDICT + 1;
    1 + FIGURES + TRUTH + verdicts + state + 10 * dof + observation.div_ceil(2) + action.div_ceil(2)
}

/// Writes `parts` into the first of `words`.
pub(super) fn write(parts: &TickParts<'_>, words: &[AtomicU64]) {
    let TickRecord {
        tick,
        time_secs,
        mode,
        command,
        tick_nanos,
        jitter_nanos,
        inference_nanos,
        missed,
        verdicts,
        stop,
        power_w,
        torque_share,
        truth,
    } = parts.tick;
    let verdict = parts.verdicts.and_then(|(_, newest)| newest);
    let flag = |has: bool, part: u64| if has { part } else { 0 };
    let mut pen = Pen { words, next: 0 };
    let [vx, vy, wz] = command.to_array();
    pen.words(&[
        *mode as u64
            | flag(inference_nanos.is_some(), part::INFERENCE)
            | flag(parts.verdicts.is_some(), part::VERDICTS)
            | flag(verdict.is_some(), part::VERDICT)
            | flag(stop.is_some(), part::STOP)
            | flag(truth.is_some(), part::TRUTH)
            | flag(parts.state.base_velocity.is_some(), part::BASE_VELOCITY)
            | flag(!parts.state.temperature_celsius.is_empty(), part::TEMPERATURES)
            | flag(!parts.observation.is_empty(), part::OBSERVATION)
            | flag(!parts.action.is_empty(), part::ACTION)
            | flag(parts.written.is_some(), part::WRITTEN),
        *tick,
        time_secs.to_bits(),
        vx.to_bits(),
        vy.to_bits(),
        wz.to_bits(),
        *tick_nanos,
        *jitter_nanos,
        inference_nanos.unwrap_or_default(),
        *missed,
        *verdicts,
        power_w.to_bits(),
        torque_share.to_bits(),
    ]);
    if let Some((counts, newest)) = parts.verdicts {
        pen.words(&Check::ALL.map(|check| counts.get(check)));
        if let Some(newest) = newest {
            pen.verdict(&newest);
        }
    }
    if let Some(stop) = stop {
        pen.verdict(&stop.verdict);
        pen.words(&[stop.action as u64]);
    }
    if let Some(truth) = truth {
        pen.f64s(truth.position.as_slice());
        pen.f64s(truth.orientation.coords.as_slice());
        pen.f64s(truth.linear_velocity.as_slice());
        pen.f64s(truth.angular_velocity.as_slice());
    }
    pen.state(parts.state);
    pen.command(parts.asked);
    if let Some(written) = parts.written {
        pen.command(written);
    }
    pen.f32s(parts.observation);
    pen.f32s(parts.action);
}

/// Fills `record`, of a loop of these sizes, from the words of one; without allocating.
pub(super) fn read(words: &[u64], sizes: &RecordSizes, record: &mut LoopRecord) {
    let mut page = Page(words.iter());
    let parts = page.word();
    let has = |part: u64| parts & part != 0;
    let tick = &mut record.tick;
    tick.mode = nth(&Mode::ALL, parts & part::MODE_MASK);
    tick.tick = page.word();
    tick.time_secs = page.f64();
    tick.command = VelocityCommand::new(page.f64(), page.f64(), page.f64());
    tick.tick_nanos = page.word();
    tick.jitter_nanos = page.word();
    let inference_nanos = page.word();
    tick.inference_nanos = has(part::INFERENCE).then_some(inference_nanos);
    tick.missed = page.word();
    tick.verdicts = page.word();
    tick.power_w = page.f64();
    tick.torque_share = page.f64();
    record.counts = if has(part::VERDICTS) {
        VerdictCounts::from_fn(|_| page.word())
    } else {
        VerdictCounts::default()
    };
    record.verdict = has(part::VERDICT).then(|| page.verdict());
    tick.stop = has(part::STOP).then(|| Stop {
        verdict: page.verdict(),
        action: nth(&SafeAction::ALL, page.word()),
    });
    tick.truth = has(part::TRUTH).then(|| GroundTruth {
        position: page.vector(),
        orientation: page.rotation(),
        linear_velocity: page.vector(),
        angular_velocity: page.vector(),
    });
    let state = &mut record.state;
    state.truth = tick.truth;
    page.f64s(&mut state.position);
    page.f64s(&mut state.velocity);
    page.f64s(&mut state.effort);
    page.words(&mut state.joint_stamp_nanos);
    state.imu = Imu {
        orientation: page.rotation(),
        angular_velocity: page.vector(),
        linear_acceleration: page.vector(),
        stamp_nanos: page.word(),
    };
    state.base_velocity = has(part::BASE_VELOCITY).then(|| page.vector());
    for feet in state.foot_contact.chunks_mut(64) {
        let bits = page.word();
        feet.iter_mut()
            .enumerate()
            .for_each(|(i, touches)| *touches = bits >> i & 1 == 1);
    }
    let told = if has(part::TEMPERATURES) { sizes.dof } else { 0 };
    state.temperature_celsius.resize(told, 0.0);
    page.f64s(&mut state.temperature_celsius);
    page.command(&mut record.asked);
    if has(part::WRITTEN) {
        page.command(&mut record.written);
    } else {
        record.written.copy_from(&record.asked);
    }
    let shown = if has(part::OBSERVATION) { sizes.observation } else { 0 };
    page.f32s(shown, &mut record.observation);
    let given = if has(part::ACTION) { sizes.action } else { 0 };
    page.f32s(given, &mut record.action);
}

/// One of `all` by its number. Whoever wrote it took it from there.
fn nth<T: Copy>(all: &[T], number: u64) -> T {
    all[(number as usize).min(all.len() - 1)]
}

/// Stores every value as a word, four at a time: the compiler leaves loops over atomics as they are.
fn store<T: Copy>(places: &[AtomicU64], values: &[T], word: impl Fn(T) -> u64) {
    let (places, last_places) = places.as_chunks::<4>();
    let (values, last_values) = values.as_chunks::<4>();
    for (places, values) in places.iter().zip(values) {
        for i in 0..4 {
            places[i].store(word(values[i]), Ordering::Relaxed);
        }
    }
    for (place, value) in last_places.iter().zip(last_values) {
        place.store(word(*value), Ordering::Relaxed);
    }
}

/// Writes word after word.
struct Pen<'a> {
    words: &'a [AtomicU64],
    next: usize,
}

impl Pen<'_> {
    /// The places of the next `len` words; none beyond the end.
    fn places(&mut self, len: usize) -> &[AtomicU64] {
        let first = self.next.min(self.words.len());
        let end = (first + len).min(self.words.len());
        self.next = end;
        &self.words[first..end]
    }

    // The many numbers of a record go through these three, which are not inlined: in a tick whose caches are cold
    // a line of code that is run once costs more than a call.

    #[inline(never)]
    fn words(&mut self, words: &[u64]) {
        store(self.places(words.len()), words, |word| word);
    }

    #[inline(never)]
    fn f64s(&mut self, values: &[f64]) {
        store(self.places(values.len()), values, f64::to_bits);
    }

    /// Two to a word.
    #[inline(never)]
    fn f32s(&mut self, values: &[f32]) {
        let (pairs, odd) = values.as_chunks::<2>();
        store(self.places(pairs.len()), pairs, |[low, high]: [f32; 2]| {
            u64::from(low.to_bits()) | u64::from(high.to_bits()) << 32
        });
        if let [last] = odd {
            self.words(&[u64::from(last.to_bits())]);
        }
    }

    fn verdict(&mut self, verdict: &Verdict) {
        self.words(&[
            verdict.check as u64,
            verdict.joint.map_or(0, |joint| joint as u64 + 1),
            verdict.value.to_bits(),
            verdict.limit.to_bits(),
            verdict.tick,
            verdict.not_finite.map_or(0, |bad| bad.quantity as u64 + 1),
            verdict.not_finite.map_or(0, |bad| bad.value.to_bits()),
        ]);
    }

    fn state(&mut self, state: &RobotState) {
        self.f64s(&state.position);
        self.f64s(&state.velocity);
        self.f64s(&state.effort);
        self.words(&state.joint_stamp_nanos);
        self.f64s(state.imu.orientation.coords.as_slice());
        self.f64s(state.imu.angular_velocity.as_slice());
        self.f64s(state.imu.linear_acceleration.as_slice());
        self.words(&[state.imu.stamp_nanos]);
        if let Some(velocity) = &state.base_velocity {
            self.f64s(velocity.as_slice());
        }
        for feet in state.foot_contact.chunks(64) {
            let bits = feet.iter().enumerate();
            self.words(&[bits.fold(0, |bits, (i, &touches)| bits | u64::from(touches) << i)]);
        }
        self.f64s(&state.temperature_celsius);
    }

    fn command(&mut self, command: &JointCommand) {
        self.f64s(&command.position);
        self.f64s(&command.velocity);
        self.f64s(&command.effort);
        self.f64s(&command.kp);
        self.f64s(&command.kd);
    }
}

/// Reads word after word.
struct Page<'a>(slice::Iter<'a, u64>);

impl Page<'_> {
    fn word(&mut self) -> u64 {
        self.0.next().copied().unwrap_or_default()
    }

    fn f64(&mut self) -> f64 {
        f64::from_bits(self.word())
    }

    fn words(&mut self, values: &mut [u64]) {
        values.iter_mut().for_each(|value| *value = self.word());
    }

    fn f64s(&mut self, values: &mut [f64]) {
        values.iter_mut().for_each(|value| *value = self.f64());
    }

    fn f32s(&mut self, len: usize, values: &mut Vec<f32>) {
        values.resize(len, 0.0);
        for values in values.chunks_mut(2) {
            let word = self.word();
            let halves = [word as u32, (word >> 32) as u32];
            values
                .iter_mut()
                .zip(halves)
                .for_each(|(value, half)| *value = f32::from_bits(half));
        }
    }

    fn vector(&mut self) -> Vector3<f64> {
        Vector3::new(self.f64(), self.f64(), self.f64())
    }

    /// As it was, to the last bit: what was a rotation is not made one again.
    fn rotation(&mut self) -> UnitQuaternion<f64> {
        let coordinates = [self.f64(), self.f64(), self.f64(), self.f64()];
        UnitQuaternion::new_unchecked(Quaternion::from(coordinates))
    }

    fn verdict(&mut self) -> Verdict {
        let check = nth(&Check::ALL, self.word());
        let joint = self.word().checked_sub(1).map(|joint| joint as usize);
        let (value, limit, tick) = (self.f64(), self.f64(), self.word());
        let (quantity, bad) = (self.word().checked_sub(1), self.f64());
        Verdict {
            check,
            joint,
            value,
            limit,
            tick,
            not_finite: quantity.map(|number| NotFinite {
                quantity: nth(&Quantity::ALL, number),
                value: bad,
            }),
        }
    }

    fn command(&mut self, command: &mut JointCommand) {
        self.f64s(&mut command.position);
        self.f64s(&mut command.velocity);
        self.f64s(&mut command.effort);
        self.f64s(&mut command.kp);
        self.f64s(&mut command.kd);
    }
}
