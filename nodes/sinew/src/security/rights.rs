//! What a participant may publish and subscribe to, by the names that topics and services have in DDS.

use std::collections::BTreeSet;

use sinew_node::bus::{BusError, resolve};

/// What every participant of ROS 2 tells the others of its nodes on.
const GRAPH: &str = "ros_discovery_info";

/// Where a robot's nodes are: their namespace, and the topics that have other names there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    namespace: String,
    /// Full names: what nodes ask for, and what they get.
    remapped: Vec<(String, String)>,
}

impl Deployment {
    /// A namespace such as `/left`, and remappings `(cmd_vel, /joystick/cmd_vel)` as `ros2 launch` has them.
    ///
    /// # Errors
    /// For names that ROS 2 refuses.
    pub fn new(namespace: &str, remapped: &[(String, String)]) -> Result<Self, BusError> {
        let namespace = match namespace.trim_matches('/') {
            "" => String::new(),
            name => resolve(&format!("/{name}"), "", "")?,
        };
        let full = |name: &String| resolve(name, "", &namespace);
        let remapped = remapped.iter().map(|(from, to)| Ok((full(from)?, full(to)?)));
        Ok(Self {
            remapped: remapped.collect::<Result<_, _>>()?,
            namespace,
        })
    }

    /// The full name of what a node there asks for.
    fn name(&self, node: &str, name: &str) -> String {
        let namespace = &self.namespace;
        let full = match name.strip_prefix("~/") {
            Some(private) => format!("{namespace}/{node}/{private}"),
            None if name.starts_with('/') => name.to_owned(),
            None => format!("{namespace}/{name}"),
        };
        let other = self.remapped.iter().find(|(from, _)| *from == full);
        other.map_or(full, |(_, to)| to.clone())
    }

    /// The enclave of a participant there: its full name.
    pub fn enclave(&self, name: &str) -> String {
        format!("{}/{name}", self.namespace)
    }
}

/// Names of topics in DDS: `rt/…` are ROS 2's topics, `rq/…Request` and `rr/…Reply` its services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rights {
    pub(super) publish: BTreeSet<String>,
    pub(super) subscribe: BTreeSet<String>,
}

impl Rights {
    pub(super) fn new() -> Self {
        let graph = || BTreeSet::from([GRAPH.to_owned()]);
        Self {
            publish: graph(),
            subscribe: graph(),
        }
    }

    /// To add the rights of a node.
    pub(super) fn of<'a>(&'a mut self, site: &'a Deployment, node: &'a str) -> NodeRights<'a> {
        NodeRights {
            rights: self,
            site,
            node,
        }
    }
}

/// Adds rights under the names of one node.
#[derive(Debug)]
pub(super) struct NodeRights<'a> {
    rights: &'a mut Rights,
    site: &'a Deployment,
    node: &'a str,
}

impl NodeRights<'_> {
    pub(super) fn publish(&mut self, topics: impl IntoIterator<Item = impl AsRef<str>>) {
        for topic in topics {
            let topic = self.site.name(self.node, topic.as_ref());
            self.rights.publish.insert(format!("rt{topic}"));
        }
    }

    pub(super) fn subscribe(&mut self, topics: impl IntoIterator<Item = impl AsRef<str>>) {
        for topic in topics {
            let topic = self.site.name(self.node, topic.as_ref());
            self.rights.subscribe.insert(format!("rt{topic}"));
        }
    }

    pub(super) fn serve(&mut self, services: impl IntoIterator<Item = impl AsRef<str>>) {
        for service in services {
            let service = self.site.name(self.node, service.as_ref());
            self.serve_as_is(&service);
        }
    }

    /// A service by its full name, in which `*` stands for any characters.
    pub(super) fn serve_as_is(&mut self, service: &str) {
        self.rights.subscribe.insert(format!("rq{service}Request"));
        self.rights.publish.insert(format!("rr{service}Reply"));
    }

    pub(super) fn call(&mut self, services: impl IntoIterator<Item = impl AsRef<str>>) {
        for service in services {
            let service = self.site.name(self.node, service.as_ref());
            self.rights.publish.insert(format!("rq{service}Request"));
            self.rights.subscribe.insert(format!("rr{service}Reply"));
        }
    }
}
