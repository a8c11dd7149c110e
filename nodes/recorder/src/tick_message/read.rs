//! From a message to the record that it was made of.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use sinew_control::Mode;
use sinew_control::command::VelocityCommand;
use sinew_control::gate::{Answers, Check, NotFinite, Quantity, SafeAction, Stop, Verdict, VerdictCounts};
use sinew_control::mailbox::{Asked, Request, Requests};
use sinew_control::policies::{InCharge, Install, Switch, SwitchWhen};
use sinew_control::record::{LoopRecord, TickInputs, TickRecord};
use sinew_control::state::{GroundTruth, Imu, JointCommand, RobotState};
use sinew_messages::sinew_msgs::msg::{self, Tick};
use thiserror::Error;

use super::answer_of;

/// A message that no tick was made into.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("tick {tick}: `{field}`: expected {expected}, found {found}")]
pub struct BadTick {
    /// The number that it says of itself.
    pub tick: u64,
    /// Which field.
    pub field: &'static str,
    /// What would be right there.
    pub expected: &'static str,
    /// What is there.
    pub found: String,
}

/// The record that `tick` was made of.
///
/// # Errors
/// For a message with names, numbers or lengths that no tick has.
pub fn read(tick: &Tick) -> Result<LoopRecord, BadTick> {
    Reader(tick).record()
}

struct Reader<'a>(&'a Tick);

impl Reader<'_> {
    fn record(&self) -> Result<LoopRecord, BadTick> {
        let tick = self.0;
        let truth = self.truth()?;
        let state = self.state(&tick.state, "state", truth)?;
        let read = match (tick.accepted_as_read, tick.read.as_slice()) {
            (true, []) => state.clone(),
            (false, [read]) => self.state(read, "read", truth)?,
            (_, found) => return Err(self.bad("read", "one reading, unless it was accepted as it was", found.len())),
        };
        let stop = match (tick.stop.as_slice(), tick.stop_action.as_str()) {
            ([], "") => None,
            ([verdict], action) => Some(Stop {
                verdict: self.verdict(verdict)?,
                action: match action {
                    "damp" => SafeAction::Damp,
                    "hold" => SafeAction::Hold,
                    "own" => SafeAction::Own,
                    found => return Err(self.bad("stop_action", "`damp`, `hold` or `own`", found)),
                },
            }),
            (found, _) => return Err(self.bad("stop", "none or one verdict, with its action", found.len())),
        };
        let verdict = match tick.verdict.as_slice() {
            [] => None,
            [verdict] => Some(self.verdict(verdict)?),
            found => return Err(self.bad("verdict", "none or one", found.len())),
        };
        let counts = self.counts()?;
        let dof = state.position.len();
        let asked = [
            &tick.asked_position,
            &tick.asked_velocities,
            &tick.asked_effort,
            &tick.asked_kp,
            &tick.asked_kd,
        ];
        let written = [
            &tick.written_position,
            &tick.written_velocity,
            &tick.written_effort,
            &tick.written_kp,
            &tick.written_kd,
        ];
        Ok(LoopRecord {
            tick: TickRecord {
                tick: tick.tick,
                time_secs: tick.time_secs,
                mode: match tick.mode {
                    Tick::DAMP => Mode::Damp,
                    Tick::STAND => Mode::Stand,
                    Tick::RUN => Mode::Run,
                    Tick::STOPPED => Mode::Stopped,
                    found => return Err(self.bad("mode", "0 to 3", found)),
                },
                policy: self.in_charge()?,
                command: velocity(tick.command),
                tick_nanos: tick.tick_nanos,
                jitter_nanos: tick.jitter_nanos,
                inference_nanos: u64::try_from(tick.inference_nanos).ok(),
                missed: tick.missed,
                verdicts: counts.total(),
                stop,
                power_w: tick.power_w,
                torque_share: tick.torque_share,
                truth,
            },
            inputs: self.inputs()?,
            read,
            counts,
            verdict,
            state,
            observation: tick.observation.clone(),
            action: tick.action.clone(),
            asked: self.command("asked_position", asked, dof)?,
            written: self.command("written_position", written, dof)?,
        })
    }

    fn bad(&self, field: &'static str, expected: &'static str, found: impl ToString) -> BadTick {
        BadTick {
            tick: self.0.tick,
            field,
            expected,
            found: found.to_string(),
        }
    }

    fn inputs(&self) -> Result<TickInputs, BadTick> {
        let tick = self.0;
        let answer = |field, number, joint| {
            answer_of(number, joint).ok_or_else(|| self.bad(field, "a number of an answer", number))
        };
        let [read, write, own_stop] = tick.answer_joints;
        let answers = Answers {
            read: answer("read_answer", tick.read_answer, read)?
                .ok_or_else(|| self.bad("read_answer", "an answer", tick.read_answer))?,
            write: answer("write_answer", tick.write_answer, write)?,
            own_stop: answer("own_stop_answer", tick.own_stop_answer, own_stop)?,
        };
        let mut requests = Vec::new();
        for &number in &tick.requests {
            requests.push(match number {
                Tick::START => Request::Start,
                Tick::DAMP_AGAIN => Request::Damp,
                Tick::CLEAR_STOP => Request::ClearStop,
                found => return Err(self.bad("requests", "1 to 3", found)),
            });
        }
        let requests = Requests::from_slice(&requests);
        let (install, switch) = self.asked_of_policies()?;
        let asked = Asked {
            requests: requests.ok_or_else(|| self.bad("requests", "at most eight", tick.requests.len()))?,
            velocity: match tick.asked_velocity.as_slice() {
                [] => None,
                &[x, y, yaw] => Some(velocity([x, y, yaw])),
                found => return Err(self.bad("asked_velocity", "3 numbers, or none", found.len())),
            },
            stop: match tick.asked_stop.as_str() {
                "" => None,
                name => Some(self.check("asked_stop", name)?),
            },
            install,
            switch,
        };
        Ok(TickInputs {
            began_nanos: tick.began_nanos,
            scheduled_nanos: tick.scheduled_nanos,
            woken_nanos: tick.woken_nanos,
            read_nanos: tick.read_nanos,
            decided_nanos: tick.decided_nanos,
            done_nanos: tick.done_nanos,
            answers,
            asked,
            stands: tick.stands,
        })
    }

    fn policies(&self) -> Result<Option<&msg::Policies>, BadTick> {
        match self.0.policies.as_slice() {
            [] => Ok(None),
            [policies] => Ok(Some(policies)),
            found => Err(self.bad("policies", "none or one", found.len())),
        }
    }

    fn place(&self, place: u32) -> Result<u8, BadTick> {
        u8::try_from(place).map_err(|_| self.bad("policies.place", "0 to 255", place))
    }

    fn in_charge(&self) -> Result<InCharge, BadTick> {
        let Some(policies) = self.policies()? else {
            return Ok(InCharge::default());
        };
        Ok(InCharge {
            place: self.place(policies.place)?,
            number: policies.number,
        })
    }

    fn asked_of_policies(&self) -> Result<(Option<Install>, Option<Switch>), BadTick> {
        let Some(policies) = self.policies()? else {
            return Ok((None, None));
        };
        let install = match policies.installed.as_slice() {
            [] => None,
            &[place, number] => Some(Install {
                place: self.place(place)?,
                number,
            }),
            found => return Err(self.bad("policies.installed", "2 numbers, or none", found.len())),
        };
        let switch = match policies.switch_to.as_slice() {
            [] => None,
            &[place, when, blend_millis] => Some(Switch {
                place: self.place(place)?,
                when: match when {
                    msg::Policies::STANDING => SwitchWhen::Standing,
                    msg::Policies::RUNNING => SwitchWhen::Running,
                    found => return Err(self.bad("policies.switch_to", "when it may as 0 or 1", found)),
                },
                blend_millis,
            }),
            found => return Err(self.bad("policies.switch_to", "3 numbers, or none", found.len())),
        };
        Ok((install, switch))
    }

    fn truth(&self) -> Result<Option<GroundTruth>, BadTick> {
        match self.0.truth.as_slice() {
            [] => Ok(None),
            &[x, y, z, i, j, k, w, vx, vy, vz, wx, wy, wz] => Ok(Some(GroundTruth {
                position: Vector3::new(x, y, z),
                orientation: UnitQuaternion::new_unchecked(Quaternion::new(w, i, j, k)),
                linear_velocity: Vector3::new(vx, vy, vz),
                angular_velocity: Vector3::new(wx, wy, wz),
            })),
            found => Err(self.bad("truth", "13 numbers, or none", found.len())),
        }
    }

    fn state(
        &self,
        state: &msg::State,
        field: &'static str,
        truth: Option<GroundTruth>,
    ) -> Result<RobotState, BadTick> {
        let dof = state.position.len();
        let temperatures = state.temperature_celsius.len();
        let right = state.velocity.len() == dof
            && state.effort.len() == dof
            && state.joint_stamp_nanos.len() == dof
            && (temperatures == 0 || temperatures == dof);
        if !right {
            return Err(self.bad(field, "a number per joint in every array", "arrays of several lengths"));
        }
        let [x, y, z, w] = state.imu_orientation;
        Ok(RobotState {
            position: state.position.clone(),
            velocity: state.velocity.clone(),
            effort: state.effort.clone(),
            joint_stamp_nanos: state.joint_stamp_nanos.clone(),
            imu: Imu {
                orientation: UnitQuaternion::new_unchecked(Quaternion::new(w, x, y, z)),
                angular_velocity: state.imu_angular_velocity.into(),
                linear_acceleration: state.imu_linear_acceleration.into(),
                stamp_nanos: state.imu_stamp_nanos,
            },
            base_velocity: match state.base_velocity.as_slice() {
                [] => None,
                &[x, y, z] => Some(Vector3::new(x, y, z)),
                found => return Err(self.bad(field, "a base velocity of 3 numbers, or none", found.len())),
            },
            foot_contact: state.foot_contact.clone(),
            temperature_celsius: state.temperature_celsius.clone(),
            truth,
        })
    }

    fn command(&self, field: &'static str, rows: [&Vec<f64>; 5], dof: usize) -> Result<JointCommand, BadTick> {
        if rows.iter().any(|row| row.len() != dof) {
            return Err(self.bad(
                field,
                "a number per joint in each of the five",
                "arrays of several lengths",
            ));
        }
        let [position, velocity, effort, kp, kd] = rows.map(Vec::clone);
        Ok(JointCommand {
            position,
            velocity,
            effort,
            kp,
            kd,
        })
    }

    fn check(&self, field: &'static str, name: &str) -> Result<Check, BadTick> {
        Check::named(name).ok_or_else(|| self.bad(field, "the name of a check", name))
    }

    fn verdict(&self, verdict: &msg::Verdict) -> Result<Verdict, BadTick> {
        let not_finite = match verdict.not_finite.as_str() {
            "" => None,
            name => Some(NotFinite {
                quantity: Quantity::named(name)
                    .ok_or_else(|| self.bad("verdict.not_finite", "the name of a quantity", name))?,
                value: verdict.not_finite_value,
            }),
        };
        Ok(Verdict {
            check: self.check("verdict.check", &verdict.check)?,
            joint: usize::try_from(verdict.joint).ok(),
            value: verdict.value,
            limit: verdict.limit,
            tick: verdict.tick,
            not_finite,
        })
    }

    fn counts(&self) -> Result<VerdictCounts, BadTick> {
        let tick = self.0;
        if tick.checks.len() != tick.check_counts.len() {
            return Err(self.bad("check_counts", "a count for each of `checks`", tick.check_counts.len()));
        }
        for name in &tick.checks {
            self.check("checks", name)?;
        }
        let counted = || tick.checks.iter().zip(&tick.check_counts);
        let total = counted().try_fold(0_u64, |sum, (_, count)| sum.checked_add(*count));
        if total.is_none() {
            return Err(self.bad("check_counts", "counts that add up to a number", "larger ones"));
        }
        Ok(VerdictCounts::from_fn(|check| {
            let of_check = counted().filter(|(name, _)| *name == check.name());
            of_check.map(|(_, count)| *count).sum()
        }))
    }
}

fn velocity([x, y, yaw]: [f64; 3]) -> VelocityCommand {
    VelocityCommand::new(x, y, yaw)
}
