//! What a walk was like, from its tick records.

use nalgebra::Vector3;
use sinew_control::Mode;
use sinew_control::record::TickRecord;
use sinew_control::state::GroundTruth;
use sinew_robot::RobotModel;

/// Velocities asked and got are compared as means over this time, s: about two steps, so that the
/// sway of a gait is no error.
pub const VELOCITY_WINDOW_SECS: f64 = 1.0;

/// A base that leans more than this has fallen, rad.
const FALLEN_TILT_RAD: f64 = 1.0;
/// So has one whose centre of mass is lower over the ground than this share of its height at the start.
/// (The frame of a base may lie anywhere, even on the floor.) A base that is bolted down cannot fall.
const FALLEN_HEIGHT_SHARE: f64 = 0.5;

/// Velocity of the base in its heading frame (z up, x where it faces): vx, vy in m/s, yaw rate in
/// rad/s.
pub fn heading_velocity(truth: &GroundTruth) -> [f64; 3] {
    let (_, _, yaw) = truth.orientation.euler_angles();
    let (sin, cos) = yaw.sin_cos();
    let v = truth.linear_velocity;
    let turn: Vector3<f64> = truth.orientation * truth.angular_velocity;
    [cos * v.x + sin * v.y, cos * v.y - sin * v.x, turn.z]
}

/// Accumulates the records of a run.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Records while the policy was in charge, in order.
    pub running: Vec<TickRecord>,
    /// Whether the robot fell.
    pub fell: bool,
    /// Whether the base could fall at all.
    floats: bool,
    /// A point and the normal of each plane of the ground, world frame.
    ground: Vec<(Vector3<f64>, Vector3<f64>)>,
    /// Centre of mass of the base in its own frame, m.
    base_com: Vector3<f64>,
    start_height: Option<f64>,
}

impl Metrics {
    /// Of a run of this robot on level ground, with room for `ticks` records, so that pushing them does
    /// not allocate.
    pub fn new(model: &RobotModel, ticks: usize) -> Self {
        Self::on_slope(model, ticks, 0.0)
    }

    /// The same on ground that climbs towards +x by this angle, rad.
    pub fn on_slope(model: &RobotModel, ticks: usize, slope_rad: f64) -> Self {
        let base_com = model.bodies.first().map(|base| base.inertia.com.coords);
        Self {
            running: Vec::with_capacity(ticks),
            fell: false,
            floats: model.floating_base,
            ground: model.ground_planes(slope_rad),
            base_com: base_com.unwrap_or_default(),
            start_height: None,
        }
    }

    /// Takes the record of one tick.
    pub fn push(&mut self, record: TickRecord) {
        if let Some(truth) = &record.truth
            && self.floats
            && (record.mode == Mode::Run || !self.running.is_empty())
        {
            let height = self.height(truth.position + truth.orientation * self.base_com);
            let start = *self.start_height.get_or_insert(height);
            let up = truth.orientation * Vector3::z();
            self.fell |= up.z < FALLEN_TILT_RAD.cos() || height < FALLEN_HEIGHT_SHARE * start;
        }
        if record.mode == Mode::Run {
            self.running.push(record);
        }
    }

    /// How far a point is above the ground, m.
    fn height(&self, point: Vector3<f64>) -> f64 {
        let above = |(on, normal): &(Vector3<f64>, Vector3<f64>)| normal.dot(&(point - on)) / normal.z;
        self.ground.iter().map(above).fold(f64::INFINITY, f64::min)
    }

    /// Time with the policy in charge, s.
    pub fn seconds(&self) -> f64 {
        match (self.running.first(), self.running.last()) {
            (Some(first), Some(last)) => last.time_secs - first.time_secs,
            _ => 0.0,
        }
    }

    /// Length of the path over ground in m, in steps of half a second: the sway of a gait is no way.
    pub fn distance_m(&self) -> f64 {
        let mut distance = 0.0;
        let mut last: Option<(f64, Vector3<f64>)> = None;
        let end = self.running.len().saturating_sub(1);
        for (i, record) in self.running.iter().enumerate() {
            let Some(truth) = record.truth else { continue };
            match last {
                Some((time, _)) if record.time_secs - time < 0.5 && i != end => {}
                _ => {
                    if let Some((_, from)) = last {
                        distance += (truth.position - from).xy().norm();
                    }
                    last = Some((record.time_secs, truth.position));
                }
            }
        }
        distance
    }

    /// Distance over ground between the first and the last position, m.
    pub fn displacement_m(&self) -> f64 {
        let mut positions = self.running.iter().filter_map(|record| record.truth);
        match (positions.next(), positions.next_back()) {
            (Some(first), Some(last)) => (last.position - first.position).xy().norm(),
            _ => 0.0,
        }
    }

    /// Mean over time of |velocity got − velocity asked| on the ground plane, both as means over
    /// [`VELOCITY_WINDOW_SECS`], in m/s; `None` for runs shorter than that or without ground truth.
    pub fn velocity_error_mps(&self) -> Option<f64> {
        let mut window = std::collections::VecDeque::new();
        let mut sum = [0.0; 2];
        let (mut total, mut samples) = (0.0, 0_u32);
        for record in &self.running {
            let got = heading_velocity(record.truth.as_ref()?);
            let asked = record.command.to_array();
            let error = [got[0] - asked[0], got[1] - asked[1]];
            window.push_back((record.time_secs, error));
            sum[0] += error[0];
            sum[1] += error[1];
            let mut full = false;
            while window
                .front()
                .is_some_and(|(t, _)| record.time_secs - t >= VELOCITY_WINDOW_SECS)
            {
                full = true;
                if let Some((_, old)) = window.pop_front() {
                    sum[0] -= old[0];
                    sum[1] -= old[1];
                }
            }
            if full || samples > 0 {
                let n = window.len().max(1) as f64;
                total += (sum[0] / n).hypot(sum[1] / n);
                samples += 1;
            }
        }
        (samples > 0).then(|| total / f64::from(samples))
    }

    /// Mean of Σ|torque × joint speed|, W.
    pub fn mean_power_w(&self) -> f64 {
        let n = self.running.len().max(1) as f64;
        self.running.iter().map(|record| record.power_w).sum::<f64>() / n
    }

    /// Largest torque as a share of its joint's limit.
    pub fn torque_peak_share(&self) -> f64 {
        let peaks = self.running.iter().map(|record| record.torque_share);
        peaks.fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::UnitQuaternion;
    use sinew_control::command::VelocityCommand;
    use sinew_control::policies::InCharge;

    /// A base that moves at `velocity` in the world, facing `yaw`.
    fn walk(velocity: [f64; 2], yaw: f64, asked: VelocityCommand, secs: f64) -> Metrics {
        let mut metrics = Metrics {
            running: Vec::new(),
            fell: false,
            floats: true,
            ground: vec![(Vector3::zeros(), Vector3::z())],
            base_com: Vector3::zeros(),
            start_height: None,
        };
        for i in 0..=(secs * 100.0) as u64 {
            let t = i as f64 * 0.01;
            metrics.push(TickRecord {
                tick: i,
                time_secs: t,
                mode: Mode::Run,
                policy: InCharge::default(),
                command: asked,
                tick_nanos: 0,
                jitter_nanos: 0,
                inference_nanos: None,
                missed: 0,
                verdicts: 0,
                stop: None,
                power_w: 0.0,
                torque_share: 0.0,
                truth: Some(GroundTruth {
                    position: Vector3::new(velocity[0] * t, velocity[1] * t, 0.8),
                    orientation: UnitQuaternion::from_euler_angles(0.0, 0.0, yaw),
                    linear_velocity: Vector3::new(velocity[0], velocity[1], 0.0),
                    angular_velocity: Vector3::zeros(),
                }),
            });
        }
        metrics
    }

    #[test]
    fn velocity_is_compared_in_the_heading_frame() {
        let half_pi = std::f64::consts::FRAC_PI_2;
        let metrics = walk([0.0, 0.5], half_pi, VelocityCommand::new(0.5, 0.0, 0.0), 4.0);
        assert!(metrics.velocity_error_mps().unwrap() < 1e-9);
        let metrics = walk([0.5, 0.0], half_pi, VelocityCommand::new(0.5, 0.0, 0.0), 4.0);
        assert!((metrics.velocity_error_mps().unwrap() - 0.5 * 2_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn distance_is_the_way_over_ground() {
        let metrics = walk([0.3, 0.4], 0.0, VelocityCommand::default(), 4.0);
        assert!((metrics.distance_m() - 2.0).abs() < 1e-6);
        assert!((metrics.displacement_m() - 2.0).abs() < 1e-6);
        assert!(!metrics.fell);
    }

    #[test]
    fn a_base_that_lies_has_fallen() {
        let mut metrics = walk([0.0, 0.0], 0.0, VelocityCommand::default(), 1.0);
        let mut record = metrics.running[0];
        record.mode = Mode::Stopped;
        record.truth = record.truth.map(|truth| GroundTruth {
            position: Vector3::new(0.0, 0.0, 0.3),
            ..truth
        });
        metrics.push(record);
        assert!(metrics.fell);
    }

    #[test]
    fn a_fall_is_judged_over_the_ground_wherever_that_lies() {
        let mut metrics = walk([0.0, 0.0], 0.0, VelocityCommand::default(), 0.1);
        let record = metrics.running[0];
        let mut at = |ground: (Vector3<f64>, Vector3<f64>), heights: [f64; 2], x: f64| {
            (metrics.ground, metrics.start_height, metrics.fell) = (vec![ground], None, false);
            for (z, x) in heights.into_iter().zip([0.0, x]) {
                let truth = record.truth.map(|truth| GroundTruth {
                    position: Vector3::new(x, 0.0, z),
                    ..truth
                });
                metrics.push(TickRecord { truth, ..record });
            }
            metrics.fell
        };
        let level = |z: f64| (Vector3::new(0.0, 0.0, z), Vector3::z());
        // 0.8 m over a floor 5 m down, and then 0.3 m.
        assert!(!at(level(-5.0), [-4.2, -4.2], 0.0));
        assert!(at(level(-5.0), [-4.2, -4.7], 0.0));
        assert!(at(level(5.0), [5.8, 5.3], 0.0));
        // 10 m down a slope of 0.1 rad.
        let slope = (Vector3::zeros(), Vector3::new((0.1f64).sin(), 0.0, (0.1f64).cos()));
        assert!(!at(slope, [0.8, 0.8 - 10.0 * 0.1f64.tan()], 10.0));
    }

    #[test]
    fn a_base_that_is_bolted_down_never_falls() {
        let mut metrics = walk([0.0, 0.0], 0.0, VelocityCommand::default(), 0.1);
        metrics.floats = false;
        let mut record = metrics.running[0];
        record.truth = record.truth.map(|truth| GroundTruth {
            position: Vector3::new(0.0, 0.0, -1.0),
            orientation: UnitQuaternion::from_euler_angles(3.0, 0.0, 0.0),
            ..truth
        });
        metrics.push(record);
        assert!(!metrics.fell);
    }

    #[test]
    fn a_base_whose_frame_lies_on_the_floor_falls_by_its_mass() {
        let mut metrics = walk([0.0, 0.0], 0.0, VelocityCommand::default(), 1.0);
        metrics.base_com = Vector3::new(0.0, 0.0, 0.6);
        metrics.start_height = None;
        let record = metrics.running[0];
        let mut at = |z: f64| {
            let truth = record.truth.map(|truth| GroundTruth {
                position: Vector3::new(0.0, 0.0, z),
                ..truth
            });
            metrics.push(TickRecord { truth, ..record });
            metrics.fell
        };
        assert!(!at(0.001) && !at(-0.02));
        assert!(at(-0.35));
    }
}
