use std::marker::PhantomData;
use std::sync::Arc;

use sinew_messages::Message;

use super::{Bus, BusError, Kind, Outlet, Qos};

/// Sends messages of one type on one topic, from any thread.
#[derive(Debug)]
pub struct Publisher<M> {
    outlet: Box<dyn Outlet>,
    message: PhantomData<fn(M)>,
}

impl<M: Message> Publisher<M> {
    /// Puts a publisher on the bus.
    ///
    /// # Errors
    /// Where the topic has no valid name, or the bus refuses.
    pub fn new(bus: &dyn Bus, topic: &str, qos: Qos) -> Result<Self, BusError> {
        Ok(Self {
            outlet: bus.advertise(topic, Kind::of::<M>(), qos)?,
            message: PhantomData,
        })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// Where the middleware does not take it.
    pub fn publish(&self, message: M) -> Result<(), BusError> {
        self.publish_shared(Arc::new(message))
    }

    /// Sends a message that the caller keeps, too: an image is not copied within a process.
    ///
    /// # Errors
    /// Where the middleware does not take it.
    pub fn publish_shared(&self, message: Arc<M>) -> Result<(), BusError> {
        self.outlet.publish(message)
    }

    /// How many subscribers it is connected to.
    pub fn subscriber_count(&self) -> usize {
        self.outlet.subscriber_count()
    }
}
