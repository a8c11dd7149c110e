use std::time::Duration;

use sinew_messages::geometry_msgs::msg::Twist;
use sinew_messages::std_msgs::msg;
use tokio::time::{Instant, interval};

use super::{Course, CourseParams};
use sinew_node::bus::{Input, Publisher, Qos};
use sinew_node::node::{Live, Node, Setup};

/// Often enough for any deadman.
const PERIOD: Duration = Duration::from_millis(50);

/// The node `course`: commands the velocities of its course on `cmd_vel` (`geometry_msgs/Twist`, 20 Hz),
/// from the moment that `control/mode` says `run`; zero before it.
#[derive(Debug)]
pub struct CourseNode {
    params: Live<CourseParams>,
    mode: Input<msg::String>,
    cmd_vel: Publisher<Twist>,
}

impl Node for CourseNode {
    const NAME: &'static str = "course";
    const DESCRIPTION: &'static str = "commands a list of velocities";
    type Params = CourseParams;

    fn configure(setup: &Setup<CourseParams>) -> anyhow::Result<Self> {
        Ok(Self {
            params: setup.params.clone(),
            mode: setup.input("control/mode", Qos::latched())?,
            cmd_vel: setup.output("cmd_vel", Qos::default().keep_last(1))?,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let mut period = interval(PERIOD);
        let mut running_since: Option<Instant> = None;
        loop {
            period.tick().await;
            if let Some(mode) = self.mode.try_newest() {
                let now = Instant::now();
                running_since = (mode.data == "run").then(|| running_since.unwrap_or(now));
            }
            // Accepted parameters make a course; they may change on the way.
            let course = Course::new(&self.params.get()).unwrap_or_default();
            let velocity =
                running_since.map_or_else(Default::default, |since| course.at(since.elapsed().as_secs_f64()));
            let mut twist = Twist::default();
            twist.linear.x = velocity.lin_vel_x;
            twist.linear.y = velocity.lin_vel_y;
            twist.angular.z = velocity.ang_vel_z;
            self.cmd_vel.publish(twist)?;
        }
    }
}
