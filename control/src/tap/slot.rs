//! One place of the ring: a record as plain numbers, in memory that is written again and again.

use nalgebra::Vector3;

use crate::gate::{Verdict, VerdictCounts};
use crate::record::{LoopRecord, RecordSizes, TickInputs, TickParts, TickRecord};
use crate::state::{Imu, JointCommand, RobotState};

/// Rows of a number per joint: position, velocity, torque and temperature, then two commands of [`COMMAND`] rows.
const ROWS: usize = STATE + 2 * COMMAND;
const STATE: usize = 4;
const COMMAND: usize = 5;

#[derive(Debug)]
pub(super) struct Slot {
    /// Which record it holds.
    pub(super) number: Option<u64>,
    tick: TickRecord,
    inputs: TickInputs,
    /// What was read, where that is not what was accepted.
    read: RobotState,
    as_read: bool,
    /// Whether any check has spoken: else `counts` are of an earlier record.
    spoke: bool,
    counts: VerdictCounts,
    verdict: Option<Verdict>,
    imu: Imu,
    base_velocity: Option<Vector3<f64>>,
    has_temperatures: bool,
    /// Whether the command was written as it was asked for: else the last rows hold what was written.
    as_asked: bool,
    /// The asked command's rows but for its positions are those of this number.
    asked_anew: Option<u64>,
    /// How many numbers of the observation and of the action there are: none, or all.
    shown: usize,
    given: usize,
    /// A number per joint in each row.
    rows: Box<[f64]>,
    joint_stamp_nanos: Box<[u64]>,
    foot_contact: Box<[bool]>,
    /// The observation, then the action.
    network: Box<[f32]>,
}

impl Slot {
    pub(super) fn new(sizes: &RecordSizes) -> Self {
        let RecordSizes {
            dof,
            feet,
            observation,
            action,
        } = *sizes;
        let state = RobotState::new(0, 0);
        // Filled with something else than zeros, which a system gives out in pages that are there only once they are
        // written to: that must not be in a tick.
        Self {
            number: None,
            tick: TickRecord::empty(),
            inputs: TickInputs::default(),
            read: RobotState::new(dof, feet),
            as_read: true,
            spoke: false,
            counts: VerdictCounts::default(),
            verdict: None,
            imu: state.imu,
            base_velocity: None,
            has_temperatures: false,
            as_asked: true,
            asked_anew: None,
            shown: 0,
            given: 0,
            rows: vec![f64::NAN; ROWS * dof].into(),
            joint_stamp_nanos: vec![u64::MAX; dof].into(),
            foot_contact: vec![true; feet].into(),
            network: vec![f32::NAN; observation + action].into(),
        }
    }

    /// Writes `parts`, of a loop of the sizes that this was made for.
    pub(super) fn write(&mut self, parts: &TickParts<'_>) {
        self.tick = *parts.tick;
        self.inputs = *parts.inputs;
        self.as_read = parts.read.is_none();
        if let Some(read) = parts.read {
            self.read.copy_from(read);
        }
        self.spoke = parts.verdicts.is_some();
        if let Some((counts, newest)) = parts.verdicts {
            self.counts.clone_from(counts);
            self.verdict = newest;
        }
        let state = parts.state;
        self.imu = state.imu;
        self.base_velocity = state.base_velocity;
        self.has_temperatures = !state.temperature_celsius.is_empty();
        self.as_asked = parts.written.is_none();
        self.joint_stamp_nanos.copy_from_slice(&state.joint_stamp_nanos);
        self.foot_contact.copy_from_slice(&state.foot_contact);
        let dof = self.joint_stamp_nanos.len();
        let (of_state, commands) = self.rows.split_at_mut(STATE * dof);
        let (asked, written) = commands.split_at_mut(COMMAND * dof);
        fill(of_state, [&state.position, &state.velocity, &state.effort]);
        if self.has_temperatures {
            fill(&mut of_state[3 * dof..], [&state.temperature_celsius]);
        }
        // While a policy is in charge only positions change.
        if self.asked_anew == Some(parts.asked_anew) {
            fill(asked, [&parts.asked.position]);
        } else {
            fill(asked, fields(parts.asked));
            self.asked_anew = Some(parts.asked_anew);
        }
        if let Some(command) = parts.written {
            fill(written, fields(command));
        }
        self.shown = parts.observation.len();
        self.given = parts.action.len();
        self.network[..self.shown].copy_from_slice(parts.observation);
        self.network[self.shown..self.shown + self.given].copy_from_slice(parts.action);
    }

    /// Fills `record`, of the same sizes, without allocating.
    pub(super) fn read(&self, record: &mut LoopRecord) {
        record.tick = self.tick;
        record.inputs = self.inputs;
        if self.spoke {
            record.counts.clone_from(&self.counts);
            record.verdict = self.verdict;
        } else {
            record.counts = VerdictCounts::default();
            record.verdict = None;
        }
        let dof = self.joint_stamp_nanos.len();
        let (of_state, commands) = self.rows.split_at(STATE * dof);
        let (asked, written) = commands.split_at(COMMAND * dof);
        let state = &mut record.state;
        state.truth = self.tick.truth;
        state.imu = self.imu;
        state.base_velocity = self.base_velocity;
        state.joint_stamp_nanos.copy_from_slice(&self.joint_stamp_nanos);
        state.foot_contact.copy_from_slice(&self.foot_contact);
        let told = if self.has_temperatures { dof } else { 0 };
        state.temperature_celsius.resize(told, 0.0);
        let measured = [
            &mut state.position,
            &mut state.velocity,
            &mut state.effort,
            &mut state.temperature_celsius,
        ];
        take(of_state, measured);
        record
            .read
            .copy_from(if self.as_read { &record.state } else { &self.read });
        take(asked, fields_mut(&mut record.asked));
        let written = if self.as_asked { asked } else { written };
        take(written, fields_mut(&mut record.written));
        let (shown, given) = self.network.split_at(self.shown);
        record.observation.clear();
        record.observation.extend_from_slice(shown);
        record.action.clear();
        record.action.extend_from_slice(&given[..self.given]);
    }
}

fn fields(command: &JointCommand) -> [&Vec<f64>; COMMAND] {
    [
        &command.position,
        &command.velocity,
        &command.effort,
        &command.kp,
        &command.kd,
    ]
}

fn fields_mut(command: &mut JointCommand) -> [&mut Vec<f64>; COMMAND] {
    [
        &mut command.position,
        &mut command.velocity,
        &mut command.effort,
        &mut command.kp,
        &mut command.kd,
    ]
}

/// Fills the first of `rows` with `fields`.
fn fill<const N: usize>(mut rows: &mut [f64], fields: [&Vec<f64>; N]) {
    for field in fields {
        let (row, others) = rows.split_at_mut(field.len());
        row.copy_from_slice(field);
        rows = others;
    }
}

/// Fills `fields` with the first of `rows`, each with as many numbers as it has.
fn take<const N: usize>(mut rows: &[f64], fields: [&mut Vec<f64>; N]) {
    for field in fields {
        let (row, others) = rows.split_at(field.len());
        field.copy_from_slice(row);
        rows = others;
    }
}
