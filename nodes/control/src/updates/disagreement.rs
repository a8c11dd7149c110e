//! That a candidate in shadow wants something else than the policy in charge, as an event.

use std::time::SystemTime;

use sinew_control::record::LoopRecord;
use sinew_control::robot::RobotDescription;
use sinew_control::shadow::ShadowStep;
use sinew_node::report::{DISAGREEMENT, Event};

/// What comes sooner after the last one is the same to whoever looks, s: the black box has what was around it.
const PAUSE_SECS: f64 = 60.0;

/// Looks at each step of a shadow.
#[derive(Debug)]
pub(super) struct Disagreement {
    limit_rad: f64,
    told_secs: Option<f64>,
}

impl Disagreement {
    /// Beyond so many rad between the two targets of a joint.
    pub(super) fn new(limit_rad: f64) -> Self {
        Self {
            limit_rad,
            told_secs: None,
        }
    }

    /// The event that a step of `version` beside `in_charge` is, where it is one.
    pub(super) fn event(
        &mut self,
        step: &ShadowStep,
        record: &LoopRecord,
        robot: &RobotDescription,
        [version, in_charge]: [&str; 2],
    ) -> Option<Event> {
        let (joint, rad) = step.farthest.filter(|(_, rad)| *rad > self.limit_rad)?;
        let secs = record.tick.time_secs;
        if self.told_secs.is_some_and(|told| secs - told < PAUSE_SECS) {
            return None;
        }
        self.told_secs = Some(secs);
        let joint = robot.joints.get(joint).map_or("a joint", |joint| joint.name.as_str());
        Some(Event {
            name: DISAGREEMENT,
            subject: version.to_owned(),
            value: rad,
            tick: Some(step.tick),
            at: SystemTime::now(),
            message: format!(
                "{version} in shadow wants {joint} {rad:.3} rad from where {in_charge} does, more than {:.3} rad, in tick {}",
                self.limit_rad, step.tick
            ),
        })
    }
}
