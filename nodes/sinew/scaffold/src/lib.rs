//! The node `my_node`: walks until it has gone a distance, then stands.
//!
//! | topic | type | |
//! |---|---|---|
//! | `odom` | `nav_msgs/Odometry` | in: where the robot is |
//! | `cmd_vel` | `geometry_msgs/Twist` | out: forward until the distance is done, then zero |

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_node::messages::geometry_msgs::msg::Twist;
use sinew_node::messages::nav_msgs::msg::Odometry;
use sinew_node::prelude::*;

/// Parameters of the node `my_node`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MyNodeParams {
    /// How far to walk, m.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub distance_m: f64,
    /// How fast to walk, m/s. May change on the way.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-live" = true))]
    pub speed_mps: f64,
}

impl Default for MyNodeParams {
    fn default() -> Self {
        Self {
            distance_m: 2.0,
            speed_mps: 0.5,
        }
    }
}

impl NodeParams for MyNodeParams {}

/// The node.
#[derive(Debug)]
pub struct MyNode {
    params: Live<MyNodeParams>,
    odom: Input<Odometry>,
    cmd_vel: Publisher<Twist>,
}

impl Node for MyNode {
    const NAME: &'static str = "my_node";
    const DESCRIPTION: &'static str = "walks until it has gone a distance, then stands";
    type Params = MyNodeParams;

    fn configure(setup: &Setup<MyNodeParams>) -> anyhow::Result<Self> {
        Ok(Self {
            params: setup.params.clone(),
            odom: setup.input("odom", Qos::default().keep_last(1))?,
            cmd_vel: setup.output("cmd_vel", Qos::default().keep_last(1))?,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let mut start = None;
        let mut arrived = false;
        loop {
            // Without odometry there is no command either, and `control` stops the robot.
            let odom = self.odom.recv().await;
            let here = &odom.pose.pose.position;
            let (x, y) = *start.get_or_insert((here.x, here.y));
            let gone_m = (here.x - x).hypot(here.y - y);
            let params = self.params.get();
            if !arrived && gone_m >= params.distance_m {
                arrived = true;
                tracing::info!("gone {gone_m:.2} m: stands");
            }
            let mut twist = Twist::default();
            twist.linear.x = if arrived { 0.0 } else { params.speed_mps };
            self.cmd_vel.publish(twist)?;
        }
    }
}
