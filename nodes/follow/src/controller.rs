//! From where the target is to how the robot moves. No bus, no clock of its own.

use sinew_control::command::VelocityCommand;

use super::FollowParams;

/// The robot turns on the spot until the target is this near to straight ahead, rad.
const AHEAD_RAD: f64 = 0.7;
/// So near to straight ahead, rad, it counts as there.
const THERE_RAD: f64 = 0.2;
/// Two sightings are of one thing when they are no farther apart than this, m, and so much more for each metre
/// of distance.
const SAME_M: [f64; 2] = [0.5, 0.25];
/// And no longer than this, s.
const SAME_SECS: f64 = 0.35;
/// Having arrived, it stays until the target is this much farther than where it stops, m.
const LEAVE_M: f64 = 0.2;

/// What the robot is doing about its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pursuit {
    /// It sees nothing at all: no image has come for a while. It stands.
    Blind,
    /// It does not know where the target is.
    Searching,
    /// It goes there.
    Approaching,
    /// It is there.
    Arrived,
}

impl Pursuit {
    /// Its name: `blind`, `searching`, `approaching` or `arrived`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blind => "blind",
            Self::Searching => "searching",
            Self::Approaching => "approaching",
            Self::Arrived => "arrived",
        }
    }
}

/// What the images since the last time say of the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observation {
    /// No image has come.
    NoImage,
    /// An image without the target.
    NotSeen,
    /// The target, in the robot's level frame (x forward, y left, origin below the base), m.
    At([f64; 2]),
}

/// Where the target is believed to be, in the level frame, m.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Belief {
    position_m: [f64; 2],
    seen_secs: f64,
}

/// Walks to a target, keeps its distance, and looks for it when it is out of sight.
#[derive(Debug)]
pub struct FollowController {
    belief: Option<Belief>,
    /// Where something was seen that does not go with the belief. What is detected once may be a
    /// mistake of the detector; detected twice it is the target.
    hint: Option<Belief>,
    command: VelocityCommand,
    pursuit: Pursuit,
    now_secs: Option<f64>,
    /// When the newest image was taken that something could be seen in.
    image_secs: Option<f64>,
    /// The side on which the target was last: where to look first. Left is 1.
    side: f64,
}

impl Default for FollowController {
    fn default() -> Self {
        Self {
            belief: None,
            hint: None,
            command: VelocityCommand::default(),
            pursuit: Pursuit::Blind,
            now_secs: None,
            image_secs: None,
            side: 1.0,
        }
    }
}

impl FollowController {
    /// The command at `now_secs`, with an image that was taken just then. Times that go back begin anew.
    pub fn update(&mut self, now_secs: f64, observation: Observation, params: &FollowParams) -> VelocityCommand {
        self.update_with(now_secs, observation, 0.0, params)
    }

    /// The same with an image that was taken `age_secs` ago.
    pub fn update_with(
        &mut self,
        now_secs: f64,
        observation: Observation,
        age_secs: f64,
        params: &FollowParams,
    ) -> VelocityCommand {
        let dt = now_secs - self.now_secs.replace(now_secs).unwrap_or(now_secs);
        if !(dt >= 0.0) {
            *self = Self {
                now_secs: Some(now_secs),
                ..Self::default()
            };
        }
        if observation != Observation::NoImage {
            let taken_secs = now_secs - age_secs;
            self.image_secs = Some((self.image_secs).map_or(taken_secs, |image| image.max(taken_secs)));
        }
        match observation {
            Observation::At(position_m) if self.is_confirmed(position_m, now_secs) => {
                self.belief = Some(Belief {
                    position_m,
                    seen_secs: now_secs,
                });
                self.hint = None;
            }
            Observation::At(position_m) => {
                self.hint = Some(Belief {
                    position_m,
                    seen_secs: now_secs,
                });
                self.remember(now_secs, dt, params.memory_secs);
            }
            Observation::NotSeen | Observation::NoImage => self.remember(now_secs, dt, params.memory_secs),
        }
        let sees = self
            .image_secs
            .is_some_and(|image| now_secs - image <= params.blind_secs);
        self.command = match self.belief {
            _ if !sees => {
                self.pursuit = Pursuit::Blind;
                VelocityCommand::default()
            }
            Some(belief) => self.pursue(belief.position_m, params),
            None => {
                self.pursuit = Pursuit::Searching;
                VelocityCommand::new(0.0, 0.0, self.side * params.search_turn_rad_s)
            }
        };
        self.command
    }

    /// What it is doing.
    pub fn pursuit(&self) -> Pursuit {
        self.pursuit
    }

    /// Whether something was there before.
    fn is_confirmed(&self, [x, y]: [f64; 2], now_secs: f64) -> bool {
        let reach = SAME_M[0] + SAME_M[1] * x.hypot(y);
        let hint = self.hint.filter(|hint| now_secs - hint.seen_secs <= SAME_SECS);
        let mut before = self.belief.into_iter().chain(hint).map(|belief| belief.position_m);
        reach.is_finite() && before.any(|[bx, by]| (bx - x).hypot(by - y) <= reach)
    }

    /// An refusal target stays where it was, while the robot moves as it was told.
    fn remember(&mut self, now_secs: f64, dt: f64, memory_secs: f64) {
        self.belief = self
            .belief
            .filter(|belief| now_secs - belief.seen_secs <= memory_secs)
            .map(|belief| {
                let [x, y] = belief.position_m;
                let [vx, vy, turn] = self.command.to_array().map(|rate| rate * dt);
                let (sin, cos) = turn.sin_cos();
                let (x, y) = (x - vx, y - vy);
                Belief {
                    position_m: [cos * x + sin * y, cos * y - sin * x],
                    ..belief
                }
            });
    }

    fn pursue(&mut self, [x, y]: [f64; 2], params: &FollowParams) -> VelocityCommand {
        let (distance, bearing) = (x.hypot(y), y.atan2(x));
        if bearing != 0.0 {
            self.side = bearing.signum();
        }
        let left = distance - params.stop_distance_m;
        let stays = self.pursuit == Pursuit::Arrived && left.abs() <= params.tolerance_m.max(LEAVE_M);
        let is_there = left.abs() <= params.tolerance_m && bearing.abs() <= THERE_RAD;
        if is_there || (stays && bearing.abs() <= AHEAD_RAD) {
            self.pursuit = Pursuit::Arrived;
            return VelocityCommand::default();
        }
        self.pursuit = Pursuit::Approaching;
        let turn = (params.turn_gain * bearing).clamp(-params.max_turn_rad_s, params.max_turn_rad_s);
        let ahead = (1.0 - bearing.abs() / AHEAD_RAD).max(0.0);
        let speed = (params.speed_gain * left).clamp(-params.max_retreat_m_s, params.max_speed_m_s);
        VelocityCommand::new(ahead * speed, 0.0, turn)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DT: f64 = 0.05;

    fn ball() -> FollowParams {
        FollowParams {
            target: "ball".to_owned(),
            stop_distance_m: 0.5,
            ..FollowParams::default()
        }
    }

    /// One that has seen its target there just before the time 0, and at 0.
    fn follower_of(at: [f64; 2]) -> FollowController {
        let mut follower = FollowController::default();
        follower.update(-0.1, Observation::At(at), &ball());
        follower.update(0.0, Observation::At(at), &ball());
        follower
    }

    /// A robot that moves as it is told, and sees what is within half a field of view.
    struct Walker {
        pose: [f64; 3],
        half_view_rad: f64,
    }

    impl Walker {
        fn towards(&self, [x, y]: [f64; 2]) -> [f64; 2] {
            let [px, py, yaw] = self.pose;
            let (sin, cos) = yaw.sin_cos();
            let (dx, dy) = (x - px, y - py);
            [cos * dx + sin * dy, cos * dy - sin * dx]
        }

        fn sees(&self, target: [f64; 2]) -> Observation {
            let at = self.towards(target);
            if at[1].atan2(at[0]).abs() < self.half_view_rad {
                Observation::At(at)
            } else {
                Observation::NotSeen
            }
        }

        fn walk(&mut self, command: VelocityCommand) {
            let [vx, vy, turn] = command.to_array();
            let (sin, cos) = self.pose[2].sin_cos();
            self.pose[0] += (cos * vx - sin * vy) * DT;
            self.pose[1] += (sin * vx + cos * vy) * DT;
            self.pose[2] += turn * DT;
        }
    }

    proptest! {
        #[test]
        fn it_finds_any_target_and_stops_before_it(x in -4f64..4.0, y in -4f64..4.0, yaw in -3f64..3.0) {
            prop_assume!(x.hypot(y) > 0.8);
            let mut walker = Walker { pose: [0.0, 0.0, yaw], half_view_rad: 0.8 };
            let mut follower = FollowController::default();
            let params = ball();
            for step in 0..1200 {
                let observation = walker.sees([x, y]);
                walker.walk(follower.update(f64::from(step) * DT, observation, &params));
            }
            let at = walker.towards([x, y]);
            let distance = at[0].hypot(at[1]);
            prop_assert_eq!(follower.pursuit(), Pursuit::Arrived);
            prop_assert!((distance - 0.5).abs() <= params.tolerance_m + 1e-9, "{}", distance);
        }

        #[test]
        fn no_command_exceeds_its_limits(
            times in proptest::collection::vec((any::<f64>(), any::<Option<Option<[f64; 2]>>>()), 1..20),
        ) {
            let params = ball();
            let mut follower = FollowController::default();
            for (now, seen) in times {
                let observation = seen.map_or(Observation::NoImage, |target| target.map_or(Observation::NotSeen, Observation::At));
                let [x, y, turn] = follower.update(now, observation, &params).to_array();
                prop_assert!((-params.max_retreat_m_s..=params.max_speed_m_s).contains(&x));
                prop_assert_eq!(y, 0.0);
                prop_assert!(turn.abs() <= params.max_turn_rad_s.max(params.search_turn_rad_s));
            }
        }
    }

    #[test]
    fn a_target_out_of_sight_is_gone_after_from_memory_and_then_searched_where_it_was() {
        let params = ball();
        let mut follower = follower_of([2.0, -0.2]);
        let remembered = follower.update(0.5, Observation::NotSeen, &params);
        assert!(remembered.lin_vel_x > 0.2);
        assert_eq!(follower.pursuit(), Pursuit::Approaching);
        let searching = follower.update(0.5 + params.memory_secs + 0.1, Observation::NotSeen, &params);
        assert_eq!(follower.pursuit(), Pursuit::Searching);
        assert_eq!(searching.to_array(), [0.0, 0.0, -params.search_turn_rad_s]);
    }

    #[test]
    fn without_images_it_stands_and_does_not_even_search() {
        let params = ball();
        let mut follower = FollowController::default();
        assert_eq!(
            follower.update(-1.0, Observation::NoImage, &params),
            VelocityCommand::default()
        );
        let mut follower = follower_of([2.0, 0.0]);
        assert!(follower.update(0.2, Observation::NoImage, &params).lin_vel_x > 0.0);
        let later = params.blind_secs + 0.1;
        assert_eq!(
            follower.update(later, Observation::NoImage, &params),
            VelocityCommand::default()
        );
        assert_eq!(follower.pursuit(), Pursuit::Blind);
    }

    #[test]
    fn blindness_counts_from_when_images_were_taken() {
        let params = ball();
        let mut follower = follower_of([2.0, 0.0]);
        for step in 1..=20 {
            follower.update_with(f64::from(step) * 0.1, Observation::At([2.0, 0.0]), 0.9, &params);
        }
        assert_eq!(follower.pursuit(), Pursuit::Approaching);
        let command = follower.update(2.2, Observation::NoImage, &params);
        assert_eq!(
            (command, follower.pursuit()),
            (VelocityCommand::default(), Pursuit::Blind)
        );
        let command = follower.update_with(2.3, Observation::At([2.0, 0.0]), params.blind_secs + 0.2, &params);
        assert_eq!(
            (command, follower.pursuit()),
            (VelocityCommand::default(), Pursuit::Blind)
        );
    }

    #[test]
    fn what_is_seen_once_is_no_target() {
        let params = ball();
        let mut follower = FollowController::default();
        for step in 0..20 {
            // False detections all over the place.
            let observation = match step % 5 {
                0 => Observation::At([0.5, 0.0]),
                1 => Observation::At([3.0, 2.0]),
                2 => Observation::At([3.0, -2.0]),
                3 => Observation::At([1.0, 3.0]),
                _ => Observation::NotSeen,
            };
            follower.update(f64::from(step) * 0.1, observation, &params);
            assert_eq!(follower.pursuit(), Pursuit::Searching);
        }
        let mut follower = follower_of([3.0, 0.0]);
        follower.update(0.1, Observation::At([0.5, 0.0]), &params);
        assert_eq!(
            follower.pursuit(),
            Pursuit::Approaching,
            "one false detection does not distract it"
        );
        follower.update(0.2, Observation::At([0.5, 0.0]), &params);
        assert_eq!(follower.pursuit(), Pursuit::Arrived);
    }

    #[test]
    fn it_steps_back_from_what_comes_too_near() {
        let command = follower_of([0.25, 0.0]).command;
        assert!(command.lin_vel_x < -0.1, "{command:?}");
    }

    #[test]
    fn having_arrived_it_does_not_dance() {
        let params = ball();
        let mut follower = follower_of([0.52, 0.0]);
        assert_eq!(follower.pursuit(), Pursuit::Arrived);
        for (i, x) in [0.6, 0.4, 0.65, 0.35].into_iter().enumerate() {
            let command = follower.update(0.1 * i as f64, Observation::At([x, 0.05]), &params);
            assert_eq!(command, VelocityCommand::default(), "at {x} m");
        }
        let command = follower.update(1.0, Observation::At([0.9, 0.0]), &params);
        assert!(command.lin_vel_x > 0.1);
    }
}
