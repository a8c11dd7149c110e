//! What a process knows of its nodes that none of them can see, and what they show each other besides messages.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use sinew_control::contract::PolicyContract;
use sinew_control::mailbox::Operator;
use sinew_control::replay::LoopSetup;

use crate::lifecycle::{Lifecycle, State};
use crate::report::Registry;
use crate::sync::lock;

/// What a process knows of its nodes that none of them can see.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// Whether a simulator in this process plays the robot, so that nothing real moves.
    pub robot_is_simulated: bool,
    /// What the nodes of the process show each other besides messages.
    pub shown: Shown,
}

/// What the nodes of one process show each other besides messages: their control loops, of which a recorder reads the
/// tap, and what they report. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Shown(Arc<Contents>);

#[derive(Debug, Default)]
struct Contents {
    loops: Mutex<Vec<Arc<ShownLoop>>>,
    nodes: Mutex<Vec<ShownNode>>,
}

/// A node of this process.
#[derive(Debug, Clone)]
pub struct ShownNode {
    /// Its full name, such as `/strider/control`.
    pub name: String,
    /// Whether it activates itself, and so should be active.
    pub autostart: bool,
    /// What it reports.
    pub registry: Registry,
    lifecycle: Arc<Mutex<Lifecycle>>,
}

impl ShownNode {
    /// Where it is in its life.
    pub fn state(&self) -> State {
        lock(&self.lifecycle).state()
    }
}

/// A control loop that ticks, or has ticked, in this process.
#[derive(Debug)]
pub struct ShownLoop {
    /// Full name of the node that it belongs to, such as `/strider/control`.
    pub node: String,
    /// The way to its tap, from its first tick on.
    pub operator: Operator,
    /// What it is made of.
    pub setup: LoopSetup,
    /// Its files as they were read, such as the policy and the robot's description.
    pub files: Vec<ShownFile>,
    /// What else is to be known of it, in words: keys and values.
    pub facts: BTreeMap<String, String>,
    /// The policies that were installed after its first tick.
    pub installed: Arc<InstalledPolicies>,
}

/// The policies that were installed in a control loop while it ticked, in their order.
#[derive(Debug, Default)]
pub struct InstalledPolicies(Mutex<Vec<Arc<ShownPolicy>>>);

/// A policy that was installed in a control loop.
#[derive(Debug)]
pub struct ShownPolicy {
    /// Its number in the loop, by which records name it.
    pub number: u32,
    /// Its contract.
    pub contract: PolicyContract,
    /// Its file.
    pub file: ShownFile,
}

impl InstalledPolicies {
    /// Adds a policy: before the loop gets it, so that whoever reads of it in a record finds it here.
    pub fn add(&self, policy: ShownPolicy) {
        lock(&self.0).push(Arc::new(policy));
    }

    /// All but the first `known` of them.
    pub fn since(&self, known: usize) -> Vec<Arc<ShownPolicy>> {
        lock(&self.0).get(known..).unwrap_or_default().to_vec()
    }
}

/// A file as it was read, and runs.
#[derive(Debug, Clone)]
pub struct ShownFile {
    /// What it is, such as `policy`.
    pub role: &'static str,
    /// Where it was read.
    pub path: PathBuf,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its bytes; of a model whose weights lay beside it, with these inside.
    pub bytes: Arc<Vec<u8>>,
}

impl Shown {
    /// Shows a loop before its first tick; it takes the place of the node's last one.
    pub fn show_loop(&self, shown: ShownLoop) {
        let mut loops = lock(&self.0.loops);
        loops.retain(|known| known.node != shown.node);
        loops.push(Arc::new(shown));
    }

    /// The newest loop of each node that has or had one.
    pub fn loops(&self) -> Vec<Arc<ShownLoop>> {
        lock(&self.0.loops).clone()
    }

    /// Shows the node of this full name, until the guard is dropped.
    pub(super) fn show_node(
        &self,
        name: String,
        autostart: bool,
        registry: Registry,
        lifecycle: Arc<Mutex<Lifecycle>>,
    ) -> NodeGuard {
        lock(&self.0.nodes).push(ShownNode {
            name: name.clone(),
            autostart,
            registry,
            lifecycle,
        });
        NodeGuard {
            shown: self.clone(),
            name,
        }
    }

    /// The nodes of the process, from before they are configured to their end.
    pub fn nodes(&self) -> Vec<ShownNode> {
        lock(&self.0.nodes).clone()
    }

    /// What the nodes of the process report: the full name of each, and its registry.
    pub fn reports(&self) -> Vec<(String, Registry)> {
        let nodes = self.nodes().into_iter();
        nodes.map(|node| (node.name, node.registry)).collect()
    }
}

/// No longer shows a node when it is dropped.
#[derive(Debug)]
pub(super) struct NodeGuard {
    shown: Shown,
    name: String,
}

impl Drop for NodeGuard {
    fn drop(&mut self) {
        lock(&self.shown.0.nodes).retain(|node| node.name != self.name);
    }
}
