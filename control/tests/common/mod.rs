//! What the tests of this crate share: a small robot, a policy contract that fits it, random
//! numbers, a checker that sits under the gate, and a control loop with faults to order.
#![allow(dead_code, reason = "every test binary uses a part of it")]

pub(crate) mod checked;
pub(crate) mod rig;

use sinew_control::contract::{
    ActionSpec, CommandRanges, HistoryLayout, HistoryStart, PolicyContract, TensorNames, TermSpec,
};
use sinew_control::robot::{JointDescription, RobotDescription};

/// A joint without gains of its own.
pub(crate) fn joint(
    name: &str,
    [lower_rad, upper_rad]: [f64; 2],
    velocity_rad_s: f64,
    effort_nm: f64,
    default_rad: f64,
) -> JointDescription {
    JointDescription {
        name: name.to_owned(),
        lower_rad,
        upper_rad,
        velocity_rad_s,
        effort_nm,
        default_rad,
        stiffness: None,
        damping: None,
    }
}

/// Three leg joints and a neck that no policy drives.
pub(crate) fn robot() -> RobotDescription {
    let mut neck = joint("neck", [-1.5, 1.5], f64::INFINITY, 5.0, 0.3);
    neck.stiffness = Some(10.0);
    neck.damping = Some(0.5);
    RobotDescription {
        name: "leg".to_owned(),
        joints: vec![
            joint("hip", [-1.0, 1.0], 20.0, 50.0, 0.1),
            joint("knee", [0.0, 2.3], 24.0, 60.0, 0.4),
            joint("ankle", [-0.8, 0.6], 30.0, 20.0, -0.2),
            neck,
        ],
    }
}

/// Robot index of the joint that no policy drives.
pub(crate) const NECK: usize = 3;
/// Robot index of each policy joint: the policy's order is not the robot's.
pub(crate) const POLICY_JOINTS: [usize; 3] = [1, 2, 0];

/// A contract that fits [`robot`].
pub(crate) fn contract() -> PolicyContract {
    PolicyContract {
        name: "test".to_owned(),
        dialect: "test".to_owned(),
        policy_rate_hz: 50.0,
        joint_names: ["knee", "ankle", "hip"].map(str::to_owned).to_vec(),
        joint_limits: vec![[0.0, 2.3], [-0.8, 0.6], [-1.0, 1.0]],
        default_joint_pos: vec![0.4, -0.2, 0.1],
        joint_stiffness: vec![40.0; 3],
        joint_damping: vec![2.0; 3],
        other_joints: Vec::new(),
        action: ActionSpec {
            scale: vec![0.4; 3],
            offset: vec![0.4, -0.2, 0.1],
            clip: None,
            target_clip: Vec::new(),
        },
        observations: [
            "base_ang_vel",
            "projected_gravity",
            "velocity_commands",
            "joint_pos_rel",
            "joint_vel",
            "last_action",
        ]
        .map(TermSpec::named)
        .to_vec(),
        history_layout: HistoryLayout::default(),
        history_start: HistoryStart::default(),
        clip_after_scale: false,
        command_ranges: CommandRanges::default(),
        tensors: TensorNames::default(),
        golden: Vec::new(),
    }
}

/// SplitMix64: small, and the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `[lo, hi)`.
    pub(crate) fn within(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.within(0.0, 1.0) < probability
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[(self.next() % choices.len() as u64) as usize]
    }

    /// Any sign, any size from subnormal to almost infinite.
    pub(crate) fn any_finite(&mut self) -> f64 {
        const CORNERS: [f64; 9] = [
            0.0,
            -0.0,
            5e-324,
            f64::MIN_POSITIVE,
            1e-12,
            1e17,
            1e154,
            1e308,
            f64::MAX,
        ];
        let size = match self.next() % 4 {
            0 => self.one_of(&CORNERS),
            1 => 10.0_f64.powf(self.within(-300.0, 300.0)),
            2 => 10.0_f64.powf(self.within(-3.0, 7.0)),
            _ => self.within(0.0, 3.0),
        };
        if self.chance(0.5) { size } else { -size }
    }

    pub(crate) fn non_finite(&mut self) -> f64 {
        self.one_of(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY])
    }
}
