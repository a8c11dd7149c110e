//! A node that uses r2r itself for what Sinew lacks. Run it on ROS 2 and publish a polygon:
//!
//! ```sh
//! cargo run --release --package sinew-node --features ros2 --example with_r2r
//! ros2 topic pub /outline geometry_msgs/msg/PolygonStamped "{polygon: {points: [{x: 1.0}]}}"
//! ```

use std::process::ExitCode;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{BoxStream, StreamExt};
use r2r::QosProfile;
use r2r::geometry_msgs::msg::PolygonStamped;
use sinew_node::declared::NoCommon;
use sinew_node::node::{Node, Setup, main as node_main};

struct Outliner {
    node: r2r::Node,
    outlines: BoxStream<'static, PolygonStamped>,
}

impl Node for Outliner {
    const NAME: &'static str = "outliner";
    type Params = NoCommon;

    fn configure(setup: &Setup<NoCommon>) -> anyhow::Result<Self> {
        // A second node of ROS 2, beside the one that has the lifecycle and the parameters.
        let name = format!("{}_r2r", setup.bus.node_name());
        let mut node = r2r::Node::create(r2r::Context::create()?, &name, setup.bus.namespace())?;
        let outlines = node.subscribe("outline", QosProfile::default())?.boxed();
        Ok(Self { node, outlines })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        loop {
            // Waits in this thread; the other nodes' tasks go on in others.
            tokio::task::block_in_place(|| self.node.spin_once(Duration::from_millis(20)));
            while let Some(Some(outline)) = self.outlines.next().now_or_never() {
                tracing::info!("{} corners", outline.polygon.points.len());
            }
            // Here the node can be deactivated.
            tokio::task::yield_now().await;
        }
    }
}

fn main() -> ExitCode {
    node_main::<Outliner>()
}
