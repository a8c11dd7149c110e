//! `my_node` on a bus of its own, beside a robot that the test plays.

use std::time::Duration;

use my_node::MyNode;
use sinew_node::bus::local::LocalBus;
use sinew_node::declared::Value;
use sinew_node::messages::geometry_msgs::msg::Twist;
use sinew_node::messages::nav_msgs::msg::Odometry;
use sinew_node::node::testing::TestNode;
use sinew_node::prelude::*;

/// Far more than an answer takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plays the robot.
struct Robot {
    odom: Publisher<Odometry>,
    cmd_vel: Input<Twist>,
}

impl Robot {
    fn on(network: &LocalBus) -> anyhow::Result<Self> {
        let bus = network.node("robot", "/");
        Ok(Self {
            odom: Publisher::new(&*bus, "odom", Qos::default())?,
            cmd_vel: Input::new(&*bus, "cmd_vel", Qos::default())?,
        })
    }

    /// The speed that it is asked for at a place.
    async fn speed_at(&mut self, x_m: f64) -> anyhow::Result<f64> {
        let mut odom = Odometry::default();
        odom.pose.pose.position.x = x_m;
        self.odom.publish(odom)?;
        let twist = tokio::time::timeout(PATIENCE, self.cmd_vel.recv()).await?;
        Ok(twist.linear.x)
    }
}

#[tokio::test]
async fn it_walks_its_distance_and_then_stands() -> anyhow::Result<()> {
    let network = LocalBus::new();
    let mut robot = Robot::on(&network)?;
    let node = TestNode::start::<MyNode>(network.node("my_node", "/"), "{distance_m: 3.0, speed_mps: 0.4}").await?;
    assert_eq!(robot.speed_at(10.0).await?, 0.4);
    assert_eq!(robot.speed_at(12.9).await?, 0.4);
    assert_eq!(robot.speed_at(13.0).await?, 0.0);
    assert_eq!(robot.speed_at(12.9).await?, 0.0, "it stays where it is");
    node.end().await
}

#[tokio::test]
async fn its_speed_may_change_on_the_way_but_not_its_distance() -> anyhow::Result<()> {
    let network = LocalBus::new();
    let mut robot = Robot::on(&network)?;
    let node = TestNode::start::<MyNode>(network.node("my_node", "/"), "{}").await?;
    assert_eq!(robot.speed_at(0.0).await?, 0.5);
    node.set("speed_mps", Value::Double(0.2)).await?;
    assert_eq!(robot.speed_at(0.1).await?, 0.2);
    assert!(node.set("distance_m", Value::Double(9.0)).await.is_err());
    node.end().await
}

#[tokio::test]
async fn a_speed_out_of_range_is_refused() {
    let bus = LocalBus::new().node("my_node", "/");
    let refused = TestNode::start::<MyNode>(bus, "{speed_mps: 7.0}").await.unwrap_err();
    assert!(refused.to_string().contains("speed_mps"), "{refused}");
}
