//! The six parameter services of a node, and `/parameter_events`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use sinew_messages::rcl_interfaces::msg::ParameterEvent;
use sinew_messages::rcl_interfaces::srv::{
    DescribeParameters, DescribeParametersResponse, GetParameterTypes, GetParameterTypesResponse, GetParameters,
    GetParametersResponse, ListParameters, ListParametersResponse, SetParameters, SetParametersAtomically,
    SetParametersAtomicallyResponse, SetParametersResponse,
};

use super::args::RosArgs;
use super::{Common, Live, NodeTime};
use crate::bus::{Bus, BusError, Publisher, Qos, Server, answer, full_name};
use crate::declared::{Changes, Declared, InitialError, Layer, NodeParams};
use crate::lifecycle::{Lifecycle, State};
use crate::sync::lock;

/// The parameters that a node starts with: those of `layers`, then those of the command line.
pub(super) fn initial<P: NodeParams>(
    node: &str,
    mut layers: Vec<Layer>,
    ros: &RosArgs,
) -> Result<Declared<P, Common>, InitialError> {
    for (of, name, yaml) in ros.overrides_of(node) {
        layers.push(Layer::argument(node, name, yaml, of.is_none())?);
    }
    Declared::from_layers(node, &layers)
}

/// What the services share.
#[derive(Debug)]
struct Shared<P> {
    declared: Mutex<Declared<P, Common>>,
    live: Live<P>,
    /// Whether some changed that the node has not been configured with.
    unsettled: AtomicBool,
    lifecycle: Arc<Mutex<Lifecycle>>,
    events: Publisher<ParameterEvent>,
    node: String,
    time: NodeTime,
}

/// A node's parameters, open to all.
#[derive(Debug)]
pub(super) struct ParameterServices<P> {
    shared: Arc<Shared<P>>,
    _servers: [Server; 6],
}

impl<P: NodeParams> ParameterServices<P> {
    pub(super) fn new(
        bus: &dyn Bus,
        declared: Declared<P, Common>,
        live: Live<P>,
        lifecycle: Arc<Mutex<Lifecycle>>,
        time: &NodeTime,
    ) -> Result<Self, BusError> {
        let shared = Arc::new(Shared {
            live,
            unsettled: AtomicBool::new(false),
            lifecycle,
            events: Publisher::new(bus, "/parameter_events", Qos::default().keep_last(1000))?,
            node: full_name(bus),
            time: time.clone(),
            declared: Mutex::new(declared),
        });
        shared.tell(lock(&shared.declared).declaration());
        let of = || shared.clone();
        let (list, get, types, describe, set, atomically) = (of(), of(), of(), of(), of(), of());
        let servers = [
            answer::<ListParameters>(bus, "~/list_parameters", move |asked| ListParametersResponse {
                result: lock(&list.declared).list(&asked.prefixes, asked.depth),
            })?,
            answer::<GetParameters>(bus, "~/get_parameters", move |asked| GetParametersResponse {
                values: lock(&get.declared).get(&asked.names),
            })?,
            answer::<GetParameterTypes>(bus, "~/get_parameter_types", move |asked| GetParameterTypesResponse {
                types: lock(&types.declared).types(&asked.names),
            })?,
            answer::<DescribeParameters>(bus, "~/describe_parameters", move |asked| DescribeParametersResponse {
                descriptors: lock(&describe.declared).describe(&asked.names),
            })?,
            answer::<SetParameters>(bus, "~/set_parameters", move |asked| SetParametersResponse {
                results: set.change(|declared, active| declared.set(&asked.parameters, active)),
            })?,
            answer::<SetParametersAtomically>(bus, "~/set_parameters_atomically", move |asked| {
                SetParametersAtomicallyResponse {
                    result: atomically.change(|declared, active| declared.set_atomically(&asked.parameters, active)),
                }
            })?,
        ];
        Ok(Self {
            shared,
            _servers: servers,
        })
    }

    /// Whether parameters have changed that the node has not been configured with.
    pub(super) fn are_unsettled(&self) -> bool {
        self.shared.unsettled.load(Ordering::Acquire)
    }

    /// All parameters are for the node to be configured with now.
    pub(super) fn settle(&self) {
        self.shared.unsettled.store(false, Ordering::Release);
    }
}

impl<P: NodeParams> Shared<P> {
    fn change<R>(&self, set: impl FnOnce(&mut Declared<P, Common>, bool) -> (R, Changes)) -> R {
        // Held while it is set, so that the node does not become active in between.
        let lifecycle = lock(&self.lifecycle);
        let active = matches!(
            lifecycle.state(),
            State::Active | State::Activating | State::Configuring
        );
        let mut declared = lock(&self.declared);
        let (result, changes) = set(&mut declared, active);
        if !changes.is_empty() {
            self.live.set(declared.value().clone());
            if !active {
                self.unsettled.store(true, Ordering::Release);
            }
            self.tell(changes);
        }
        result
    }

    fn tell(&self, changes: Changes) {
        if let Err(error) = self.events.publish(changes.event(&self.node, self.time.now())) {
            tracing::warn!("{error}");
        }
    }
}
