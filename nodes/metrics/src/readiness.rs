//! Whether the nodes of the process do what they are there for.

use std::sync::Arc;
use std::time::Duration;

use sinew_node::lifecycle::State;
use sinew_node::node::{Shown, ShownLoop};

/// A loop that makes no tick for so long does not tick.
const TICKS_WITHIN: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(5);

/// Why the process is not ready, in words; nothing where it is: every node that activates itself is active, and every
/// control loop of those ticks and is not stopped.
pub(crate) async fn obstacles(shown: &Shown) -> Vec<String> {
    let mut obstacles = Vec::new();
    let mut active = Vec::new();
    for node in shown.nodes() {
        match node.state() {
            State::Active => active.push(node.name),
            state if node.autostart => obstacles.push(format!("{} is {}", node.name, state.label())),
            _ => {}
        }
    }
    for shown in shown.loops() {
        if active.contains(&shown.node) {
            obstacles.extend(of_loop(&shown).await);
        }
    }
    obstacles
}

async fn of_loop(shown: &Arc<ShownLoop>) -> Option<String> {
    let mut tap = shown.operator.tap();
    let deadline = tokio::time::Instant::now() + TICKS_WITHIN;
    while tokio::time::Instant::now() < deadline {
        if let Some(record) = tap.next_record() {
            let stop = record.tick.stop?;
            return Some(format!(
                "{} is stopped: {}",
                shown.node,
                stop.reason(&shown.setup.robot)
            ));
        }
        tokio::time::sleep(LOOK).await;
    }
    Some(format!("the control loop of {} does not tick", shown.node))
}
