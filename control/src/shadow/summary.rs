//! What came of a shadow.

use serde::Serialize;

use crate::gate::VerdictCounts;
use crate::timing::Durations;

/// A radian as the whole number that a histogram counts.
const NANORAD: f64 = 1e9;

/// How far the targets of two policies are apart, of the joint where they are farthest in each step, rad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Divergence {
    /// Half of the steps.
    pub p50_rad: f64,
    /// 99 of 100 steps.
    pub p99_rad: f64,
    /// All of them.
    pub max_rad: f64,
}

/// What came of a shadow.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ShadowSummary {
    /// Steps in which the candidate was asked.
    pub steps: u64,
    /// Steps in which it failed, or panicked.
    pub failed: u64,
    /// Steps in which it gave a number that is not finite.
    pub not_finite: u64,
    /// Steps that took longer than their budget.
    pub late: u64,
    /// Ticks of the loop that were not seen: overwritten before their turn, or skipped by the loop.
    pub lost_ticks: u64,
    /// How far the targets are apart.
    pub divergence: Divergence,
    /// The largest difference of each joint, rad, robot order.
    pub joint_max_rad: Vec<f64>,
    /// The root of the mean square of the differences of each joint, rad, robot order.
    pub joint_rms_rad: Vec<f64>,
    /// Observation and inference, µs: half, 99 of 100, all.
    pub took_us: [f64; 3],
    /// How often any check of the gate would have spoken.
    pub verdicts: u64,
}

/// What is counted of the steps.
#[derive(Debug)]
pub(super) struct Steps {
    steps: u64,
    compared: u64,
    failed: u64,
    not_finite: u64,
    late: u64,
    lost_ticks: u64,
    farthest_nanorad: Durations,
    farthest_rad: f64,
    took: Durations,
    max_rad: Vec<f64>,
    squares: Vec<f64>,
}

impl Steps {
    pub(super) fn new(dof: usize) -> Self {
        Self {
            steps: 0,
            compared: 0,
            failed: 0,
            not_finite: 0,
            late: 0,
            lost_ticks: 0,
            farthest_nanorad: Durations::default(),
            farthest_rad: 0.0,
            took: Durations::default(),
            max_rad: vec![0.0; dof],
            squares: vec![0.0; dof],
        }
    }

    pub(super) fn asked(&self) -> u64 {
        self.steps
    }

    pub(super) fn any_failed(&self) -> bool {
        self.failed + self.not_finite > 0
    }

    pub(super) fn lost(&mut self, ticks: u64) {
        self.lost_ticks += ticks;
    }

    pub(super) fn failed(&mut self) {
        self.failed += 1;
    }

    pub(super) fn not_finite(&mut self) {
        self.not_finite += 1;
    }

    pub(super) fn took(&mut self, nanos: u64, budget_nanos: u64) {
        self.steps += 1;
        self.took.record(nanos);
        self.late += u64::from(nanos > budget_nanos);
    }

    /// Adds a step whose targets are `wanted`, where `asked` was asked for; the joint that is farthest off.
    pub(super) fn divergence(&mut self, wanted: &[f64], asked: &[f64]) -> Option<(usize, f64)> {
        self.compared += 1;
        let mut farthest: Option<(usize, f64)> = None;
        for (j, (wanted, asked)) in wanted.iter().zip(asked).enumerate() {
            let apart = (wanted - asked).abs();
            self.max_rad[j] = self.max_rad[j].max(apart);
            self.squares[j] += apart * apart;
            if farthest.is_none_or(|(_, most)| apart > most) {
                farthest = Some((j, apart));
            }
        }
        let apart = farthest.map_or(0.0, |(_, apart)| apart);
        self.farthest_nanorad.record((apart * NANORAD) as u64);
        self.farthest_rad = self.farthest_rad.max(apart);
        farthest
    }

    pub(super) fn summary(&self, verdicts: &VerdictCounts) -> ShadowSummary {
        // Of nanoradians it gives thousands.
        let quantile = |q| (self.farthest_nanorad.quantile_us(q) * 1e3 / NANORAD).min(self.farthest_rad);
        let compared = self.compared.max(1) as f64;
        ShadowSummary {
            steps: self.steps,
            failed: self.failed,
            not_finite: self.not_finite,
            late: self.late,
            lost_ticks: self.lost_ticks,
            divergence: Divergence {
                p50_rad: quantile(0.5),
                p99_rad: quantile(0.99),
                max_rad: self.farthest_rad,
            },
            joint_max_rad: self.max_rad.clone(),
            joint_rms_rad: self.squares.iter().map(|squares| (squares / compared).sqrt()).collect(),
            took_us: [
                self.took.quantile_us(0.5),
                self.took.quantile_us(0.99),
                self.took.max_us(),
            ],
            verdicts: verdicts.total(),
        }
    }
}
