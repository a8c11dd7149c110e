//! A course of velocity commands over time: what an operator would do, written down.

mod node;

pub use node::CourseNode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::command::VelocityCommand;
use sinew_control::ranges;

use sinew_node::declared::NodeParams;

/// Parameters of the node `course`: from each time on, the velocity beside it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CourseParams {
    /// Times since the policy took over, s, ascending; the first is 0.
    #[schemars(inner(range(min = 0.0)), extend("x-live" = true))]
    pub at_secs: Vec<f64>,
    /// Forward velocity from that time on, m/s.
    #[schemars(inner(range(min = f64::MIN, max = f64::MAX)), extend("x-live" = true))]
    pub lin_vel_x: Vec<f64>,
    /// Leftward velocity from that time on, m/s; empty means 0.
    #[schemars(inner(range(min = f64::MIN, max = f64::MAX)), extend("x-live" = true))]
    pub lin_vel_y: Vec<f64>,
    /// Yaw rate from that time on, rad/s; empty means 0.
    #[schemars(inner(range(min = f64::MIN, max = f64::MAX)), extend("x-live" = true))]
    pub ang_vel_z: Vec<f64>,
}

impl NodeParams for CourseParams {
    fn validate(&self) -> Result<(), String> {
        Course::new(self).map(drop)
    }
}

/// A checked course.
#[derive(Debug, Clone, PartialEq)]
pub struct Course(Vec<(f64, VelocityCommand)>);

impl Default for Course {
    /// Stands still.
    fn default() -> Self {
        Self::constant(VelocityCommand::default())
    }
}

impl Course {
    /// The same command all the time.
    pub fn constant(command: VelocityCommand) -> Self {
        Self(vec![(0.0, command)])
    }

    /// Changes of command at ascending times, s.
    pub fn from_steps(steps: Vec<(f64, VelocityCommand)>) -> Self {
        Self(steps)
    }

    /// A course from parameters; an empty one stands still. The error names the key.
    ///
    /// # Errors
    /// With the key whose values are no course.
    pub fn new(params: &CourseParams) -> Result<Self, String> {
        ranges::check(params).map_err(|outside| outside.to_string())?;
        let n = params.at_secs.len();
        let column = |key: &str, values: &[f64], may_be_empty: bool| match values.len() {
            0 if may_be_empty => Ok(vec![0.0; n]),
            len if len == n => Ok(values.to_vec()),
            len => Err(format!("`{key}`: expected {n} numbers, one per `at_secs`, found {len}")),
        };
        let at = column("at_secs", &params.at_secs, false)?;
        let x = column("lin_vel_x", &params.lin_vel_x, false)?;
        let y = column("lin_vel_y", &params.lin_vel_y, true)?;
        let yaw = column("ang_vel_z", &params.ang_vel_z, true)?;
        if at.first().is_some_and(|&first| first != 0.0) || at.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(format!(
                "`at_secs`: expected ascending times that start at 0, found {at:?}"
            ));
        }
        if n == 0 {
            return Ok(Self::default());
        }
        let steps = (0..n).map(|i| (at[i], VelocityCommand::new(x[i], y[i], yaw[i])));
        Ok(Self(steps.collect()))
    }

    /// The command at `secs` after the policy took over.
    pub fn at(&self, secs: f64) -> VelocityCommand {
        let passed = self.0.partition_point(|(at, _)| *at <= secs);
        self.0[passed.saturating_sub(1)].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_the_last_one_that_began() {
        let params = CourseParams {
            at_secs: vec![0.0, 2.0],
            lin_vel_x: vec![0.0, 0.5],
            ..CourseParams::default()
        };
        let course = Course::new(&params).unwrap();
        assert_eq!(course.at(1.999).lin_vel_x, 0.0);
        assert_eq!(course.at(2.0).lin_vel_x, 0.5);
        assert_eq!(course.at(99.0).lin_vel_x, 0.5);
    }

    #[test]
    fn a_number_that_is_not_finite_is_refused_by_name() {
        let params = |at: f64, speed: f64| CourseParams {
            at_secs: vec![0.0, at],
            lin_vel_x: vec![0.0, speed],
            ..CourseParams::default()
        };
        assert!(Course::new(&params(1.0, -0.5)).is_ok());
        for (at, speed, said) in [
            (
                f64::INFINITY,
                0.5,
                "`at_secs`: expected double array, 0.0 or more, found inf",
            ),
            (1.0, f64::NAN, "`lin_vel_x`: expected finite double array, found NaN"),
        ] {
            assert_eq!(Course::new(&params(at, speed)).unwrap_err(), said);
        }
    }

    #[test]
    fn columns_of_another_length_are_refused_by_name() {
        let params = CourseParams {
            at_secs: vec![0.0, 2.0],
            lin_vel_x: vec![0.0],
            ..CourseParams::default()
        };
        assert!(Course::new(&params).unwrap_err().contains("lin_vel_x"));
    }
}
