//! The five lifecycle services of a node, and `~/transition_event`.

use std::sync::{Arc, Mutex};

use sinew_messages::lifecycle_msgs::msg::TransitionEvent;
use sinew_messages::lifecycle_msgs::srv::{
    ChangeState, ChangeStateResponse, GetAvailableStates, GetAvailableStatesResponse, GetAvailableTransitions,
    GetAvailableTransitionsResponse, GetState, GetStateResponse,
};

use super::{NodeTime, to_nanos};
use crate::bus::{Bus, BusError, Publisher, Qos, Reply, Requests, Server, answer};
use crate::lifecycle::{Lifecycle, Outcome, Refused, State, Step, Transition, available_states};
use crate::sync::lock;

/// A transition that a client asked for, and where to tell whether it came about.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) transition: Transition,
    reply: Reply<ChangeState>,
}

impl Order {
    pub(super) fn answer(self, success: bool) {
        self.reply.send(ChangeStateResponse { success });
    }
}

/// A node's place in its life, open to all.
#[derive(Debug)]
pub(super) struct LifecycleServices {
    lifecycle: Arc<Mutex<Lifecycle>>,
    events: Publisher<TransitionEvent>,
    time: NodeTime,
    orders: Requests<ChangeState>,
    _servers: [Server; 4],
}

impl LifecycleServices {
    pub(super) fn new(bus: &dyn Bus, lifecycle: Arc<Mutex<Lifecycle>>, time: NodeTime) -> Result<Self, BusError> {
        let (state, transitions) = (lifecycle.clone(), lifecycle.clone());
        let servers = [
            answer::<GetState>(bus, "~/get_state", move |_| GetStateResponse {
                current_state: lock(&state).state().into(),
            })?,
            answer::<GetAvailableStates>(bus, "~/get_available_states", |_| GetAvailableStatesResponse {
                available_states: available_states(),
            })?,
            answer::<GetAvailableTransitions>(bus, "~/get_available_transitions", move |_| {
                GetAvailableTransitionsResponse {
                    available_transitions: lock(&transitions).available_transitions(),
                }
            })?,
            answer::<GetAvailableTransitions>(bus, "~/get_transition_graph", |_| GetAvailableTransitionsResponse {
                available_transitions: Lifecycle::transition_graph(),
            })?,
        ];
        Ok(Self {
            lifecycle,
            events: Publisher::new(bus, "~/transition_event", Qos::default())?,
            time,
            orders: Requests::new(bus, "~/change_state")?,
            _servers: servers,
        })
    }

    /// Waits for the next transition that a client asks for and may have; refuses the others.
    pub(super) async fn order(&mut self) -> Order {
        loop {
            let (request, reply) = self.orders.next().await;
            let wanted = &request.transition;
            match lock(&self.lifecycle).resolve(wanted.id, &wanted.label) {
                Ok(transition) => return Order { transition, reply },
                Err(refused) => tracing::warn!("change_state: {refused}"),
            }
            reply.send(ChangeStateResponse { success: false });
        }
    }

    pub(super) fn state(&self) -> State {
        lock(&self.lifecycle).state()
    }

    /// Begins a transition.
    pub(super) fn begin(&self, transition: Transition) -> Result<(), Refused> {
        let step = lock(&self.lifecycle).request(transition)?;
        self.tell(step);
        Ok(())
    }

    /// Ends what was begun.
    pub(super) fn end(&self, outcome: Outcome) {
        let step = lock(&self.lifecycle).finish(outcome);
        if let Some(step) = step {
            self.tell(step);
        }
    }

    fn tell(&self, step: Step) {
        if let Err(error) = self.events.publish(step.event(to_nanos(&self.time.now()))) {
            tracing::warn!("{error}");
        }
    }
}
