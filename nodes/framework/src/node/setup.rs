use std::any::Any;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sinew_messages::{Message, Service};

use super::callback::in_own_thread;
use super::host::Host;
use super::{Common, Live, NodeTime};
use crate::bus::{self, Bus, BusError, Input, Publisher, Qos, Requests, Server, Subscription};
use crate::report::Registry;
use crate::sync::lock;

/// What a node is made from: its parameters, its end of the bus, its time.
#[derive(Debug)]
pub struct Setup<P> {
    /// The node's parameters.
    pub params: Live<P>,
    /// What every node of the robot knows (`/**` in a parameter file).
    pub common: Common,
    /// The parameter file that has the last word, which errors name.
    pub params_file: Option<PathBuf>,
    /// Where relative paths lie: the folder of the first parameter file.
    pub(super) folder: PathBuf,
    /// The node's connection to the others.
    pub bus: Arc<dyn Bus>,
    /// What time it is.
    pub time: NodeTime,
    /// What the node reports of itself.
    pub registry: Registry,
    /// What the process knows of the node's robot.
    pub host: Host,
    /// What the node keeps for as long as it lives.
    pub(super) kept: KeptValue,
}

/// One value that outlives `cleanup` and `configure`.
#[derive(Default)]
pub(super) struct KeptValue(Mutex<Option<Arc<dyn Any + Send + Sync>>>);

impl fmt::Debug for KeptValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

impl<P> Setup<P> {
    /// Of a node outside [`App`](super::App), for tests: without a robot, on the system's time.
    pub fn new(bus: Arc<dyn Bus>, params: P) -> Self {
        Self {
            params: Live::new(params),
            common: Common::default(),
            params_file: None,
            folder: PathBuf::new(),
            bus,
            time: NodeTime::system(),
            registry: Registry::default(),
            host: Host::default(),
            kept: KeptValue::default(),
        }
    }

    /// Declares an output.
    ///
    /// # Errors
    /// For a name that is none, a type that the bus does not know, or another type than the topic has.
    pub fn output<M: Message>(&self, topic: &str, qos: Qos) -> Result<Publisher<M>, BusError> {
        Publisher::new(&*self.bus, topic, qos)
    }

    /// Declares an input: the newest messages wait until they are read.
    ///
    /// # Errors
    /// As [`output`](Self::output).
    pub fn input<M: Message>(&self, topic: &str, qos: Qos) -> Result<Input<M>, BusError> {
        Input::new(&*self.bus, topic, qos)
    }

    /// Declares an input whose messages are handled as they come, in a thread of its own: a function that blocks is
    /// late for its next messages, of which the newest are kept, and delays nobody else.
    ///
    /// # Errors
    /// As [`output`](Self::output), and where the system gives no thread.
    pub fn on_message<M: Message>(
        &self,
        topic: &str,
        qos: Qos,
        on_message: impl Fn(Arc<M>) + Send + Sync + 'static,
    ) -> Result<Subscription, BusError> {
        in_own_thread(&*self.bus, topic, qos, on_message)
    }

    /// Declares a service whose requests wait until they are answered.
    ///
    /// # Errors
    /// For a name that is none, a type that the bus does not know, or a name that somebody answers already.
    pub fn service<S: Service>(&self, service: &str) -> Result<Requests<S>, BusError> {
        Requests::new(&*self.bus, service)
    }

    /// Declares a service that is answered at once.
    ///
    /// # Errors
    /// As [`service`](Self::service).
    pub fn answer<S: Service>(
        &self,
        service: &str,
        respond: impl Fn(&S::Request) -> S::Response + Send + Sync + 'static,
    ) -> Result<Server, BusError> {
        bus::answer::<S>(&*self.bus, service, respond)
    }

    /// A path of a parameter: relative ones lie beside the first parameter file.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// What the node keeps over `cleanup` and `configure`, made when it is first asked for.
    pub fn kept<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut kept = lock(&self.kept.0);
        let found = kept.clone().and_then(|kept| kept.downcast::<T>().ok());
        found.unwrap_or_else(|| {
            let made = Arc::new(T::default());
            *kept = Some(made.clone());
            made
        })
    }
}
