//! `/interventions`: who asked a node for what.
//!
//! Each request to a service that changes something is told there before it is handed on, whatever comes of it: the
//! lifecycle's, parameters, and the node's own services. What was asked by topics is on the topics.

use std::sync::Arc;
use std::time::Duration;

use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus, KeyValue};
use sinew_messages::lifecycle_msgs::srv::ChangeStateRequest;
use sinew_messages::rcl_interfaces::srv::{SetParametersAtomicallyRequest, SetParametersRequest};
use tokio::runtime::Handle;

use super::NodeTime;
use crate::bus::{
    Asker, Bus, BusError, Guard, Kind, OnMessage, OnRequest, Outlet, Publisher, Qos, Responder, Sample, ServiceKind,
    full_name,
};

/// The topic.
const TOPIC: &str = "/interventions";
/// Services that only tell something.
const ONLY_TELL: [&str; 7] = [
    "lifecycle_msgs/srv/GetAvailableStates",
    "lifecycle_msgs/srv/GetAvailableTransitions",
    "lifecycle_msgs/srv/GetState",
    "rcl_interfaces/srv/DescribeParameters",
    "rcl_interfaces/srv/GetParameterTypes",
    "rcl_interfaces/srv/GetParameters",
    "rcl_interfaces/srv/ListParameters",
];
/// Over DDS the name of a node can come later than its first request: it is looked for so often, so far apart.
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A node's bus that tells who asks.
#[derive(Debug)]
pub(super) struct ToldBus {
    bus: Arc<dyn Bus>,
    teller: Arc<Teller>,
}

#[derive(Debug)]
struct Teller {
    topic: Publisher<DiagnosticArray>,
    node: String,
    time: NodeTime,
    runtime: Handle,
}

impl ToldBus {
    /// Of a node's bus.
    ///
    /// # Errors
    /// Where the bus refuses the topic.
    pub(super) fn new(bus: Arc<dyn Bus>, time: NodeTime, runtime: Handle) -> Result<Self, BusError> {
        let teller = Teller {
            topic: Publisher::new(&*bus, TOPIC, Qos::default().keep_last(1000))?,
            node: full_name(&*bus),
            time,
            runtime,
        };
        Ok(Self {
            bus,
            teller: Arc::new(teller),
        })
    }
}

impl Teller {
    /// Tells of a request, at once where its sender is known, else as soon as it is.
    fn tell(self: &Arc<Self>, service: &str, request: &Sample, asker: &Asker) {
        let told = Told {
            stamp: self.time.now(),
            service: service.to_owned(),
            asked: asked(request),
            origin: asker.origin().to_owned(),
        };
        if let Some(node) = asker.node() {
            return self.publish(told, node);
        }
        let (teller, asker) = (self.clone(), asker.clone());
        self.runtime.spawn(async move {
            let mut found = None;
            for _ in 0..LOOKS {
                tokio::time::sleep(BETWEEN_LOOKS).await;
                found = asker.node();
                if found.is_some() {
                    break;
                }
            }
            teller.publish(told, found.unwrap_or_default());
        });
    }

    fn publish(&self, told: Told, caller: String) {
        let Told {
            stamp,
            service,
            asked,
            origin,
        } = told;
        let value = |key: &str, value: String| KeyValue {
            key: key.to_owned(),
            value,
        };
        let whom = if caller.is_empty() { "an unknown node" } else { &caller };
        let status = DiagnosticStatus {
            level: DiagnosticStatus::OK,
            name: self.node.clone(),
            message: format!("{whom} asked for {service} {asked}").trim_end().to_owned(),
            hardware_id: origin.clone(),
            values: vec![
                value("service", service),
                value("asked", asked),
                value("caller", caller),
                value("origin", origin),
            ],
        };
        let mut message = DiagnosticArray {
            status: vec![status],
            ..DiagnosticArray::default()
        };
        message.header.stamp = stamp;
        if let Err(error) = self.topic.publish(message) {
            tracing::warn!("{error}");
        }
    }
}

/// What is told of a request.
struct Told {
    stamp: Time,
    service: String,
    asked: String,
    origin: String,
}

/// What a request asks for, as far as its service's name does not say it: parameters by name, for their values are on
/// `/parameter_events`, or a transition.
fn asked(request: &Sample) -> String {
    let names = |parameters: &[sinew_messages::rcl_interfaces::msg::Parameter]| {
        let names: Vec<&str> = parameters.iter().map(|parameter| &*parameter.name).collect();
        names.join(", ")
    };
    if let Some(set) = request.downcast_ref::<SetParametersRequest>() {
        names(&set.parameters)
    } else if let Some(set) = request.downcast_ref::<SetParametersAtomicallyRequest>() {
        names(&set.parameters)
    } else if let Some(change) = request.downcast_ref::<ChangeStateRequest>() {
        let transition = &change.transition;
        if transition.label.is_empty() {
            transition.id.to_string()
        } else {
            transition.label.clone()
        }
    } else {
        String::new()
    }
}

impl Bus for ToldBus {
    fn node_name(&self) -> &str {
        self.bus.node_name()
    }

    fn namespace(&self) -> &str {
        self.bus.namespace()
    }

    fn advertise(&self, topic: &str, kind: Kind, qos: Qos) -> Result<Box<dyn Outlet>, BusError> {
        self.bus.advertise(topic, kind, qos)
    }

    fn subscribe(&self, topic: &str, kind: Kind, qos: Qos, on_message: OnMessage) -> Result<Guard, BusError> {
        self.bus.subscribe(topic, kind, qos, on_message)
    }

    fn serve(&self, service: &str, kind: ServiceKind, on_request: OnRequest) -> Result<Guard, BusError> {
        if ONLY_TELL.contains(&kind.name) {
            return self.bus.serve(service, kind, on_request);
        }
        let (teller, name) = (self.teller.clone(), service.to_owned());
        let told = move |request: Sample, asker: Asker, respond: Responder| {
            teller.tell(&name, &request, &asker);
            on_request(request, asker, respond);
        };
        self.bus.serve(service, kind, Box::new(told))
    }

    fn request(
        &self,
        service: &str,
        kind: ServiceKind,
        request: Sample,
        patience: Duration,
        on_response: Responder,
    ) -> Result<(), BusError> {
        self.bus.request(service, kind, request, patience, on_response)
    }

    fn publishers(&self, topic: &str) -> Vec<String> {
        self.bus.publishers(topic)
    }

    fn published_types(&self, topic: &str) -> Vec<String> {
        self.bus.published_types(topic)
    }
}
