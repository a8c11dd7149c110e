use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::super::{BusError, Guard};
use super::at_exit;
use super::caller::Caller;
use super::listener::Listener;
use super::rcl::{Bytes, Context, GuardCondition, Ready, Refused, WaitSet};
use super::server::Server;
use crate::sync::lock;

/// How often a server is looked for while a request waits for one: discovery wakes nobody.
const LOOK_FOR_SERVERS: Duration = Duration::from_millis(5);

/// Rest after a wait that failed, lest a lasting fault take a core.
const REST: Duration = Duration::from_millis(100);

/// A node's own thread: it receives, decodes and hands on.
pub(super) struct Spinner {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

pub(super) struct Shared {
    entities: Mutex<Entities>,
    /// That `entities` is not what the thread waits for.
    changed: AtomicBool,
    over: AtomicBool,
    running: AtomicBool,
    wake: GuardCondition,
    context: Arc<Context>,
}

impl Shared {
    /// Has the thread end as soon as it has handed on what it is at.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.wake.trigger();
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }
}

/// What the thread waits for.
#[derive(Clone, Default)]
struct Entities {
    listeners: Vec<Arc<Listener>>,
    servers: Vec<Arc<Server>>,
    callers: Vec<Arc<Caller>>,
}

/// One of them.
pub(super) enum Entity {
    Listener(Arc<Listener>),
    Server(Arc<Server>),
    Caller(Arc<Caller>),
}

impl Spinner {
    pub(super) fn start(context: Arc<Context>, node: &str) -> Result<Self, BusError> {
        let about = |refused: Refused| refused.about(node);
        let wake = GuardCondition::new(context.clone()).map_err(about)?;
        let shared = Arc::new(Shared {
            entities: Mutex::default(),
            changed: AtomicBool::new(false),
            over: AtomicBool::new(false),
            running: AtomicBool::new(true),
            wake,
            context,
        });
        let (set, bytes) = (
            WaitSet::new(shared.context.clone()).map_err(about)?,
            Bytes::new().map_err(about)?,
        );
        at_exit::end(&shared);
        let spinning = shared.clone();
        let thread = thread::Builder::new()
            .name(format!("ros-{node}"))
            .spawn(move || {
                spin(&spinning, set, bytes);
                spinning.running.store(false, Ordering::Release);
            })
            .map_err(|error| Refused(format!("no thread could be started: {error}")).about(node))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Ends the thread's wait.
    pub(super) fn wake(&self) {
        self.shared.wake.trigger();
    }

    /// Adds what stays as long as the node.
    pub(super) fn add(&self, entity: Entity) {
        let entities = &mut *lock(&self.shared.entities);
        match entity {
            Entity::Listener(listener) => entities.listeners.push(listener),
            Entity::Server(server) => entities.servers.push(server),
            Entity::Caller(caller) => entities.callers.push(caller),
        }
        self.has_changed();
    }

    /// Adds what stays until the guard is dropped.
    pub(super) fn keep(spinner: &Arc<Self>, entity: Entity) -> Guard {
        let kept = match &entity {
            Entity::Listener(listener) => Entity::Listener(listener.clone()),
            Entity::Server(server) => Entity::Server(server.clone()),
            Entity::Caller(caller) => Entity::Caller(caller.clone()),
        };
        spinner.add(entity);
        let spinner = spinner.clone();
        Box::new(EntityGuard { entity: kept, spinner })
    }

    fn remove(&self, entity: &Entity) {
        let entities = &mut *lock(&self.shared.entities);
        match entity {
            Entity::Listener(listener) => entities.listeners.retain(|other| !Arc::ptr_eq(other, listener)),
            Entity::Server(server) => entities.servers.retain(|other| !Arc::ptr_eq(other, server)),
            Entity::Caller(caller) => entities.callers.retain(|other| !Arc::ptr_eq(other, caller)),
        }
        self.has_changed();
    }

    /// Called while the entities are locked.
    fn has_changed(&self) {
        self.shared.changed.store(true, Ordering::Release);
        self.wake();
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.shared.end();
        let thread = self.thread.take();
        // A callback may be the last that held us: its own thread ends by itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // Whatever it panicked of has been said.
            let _ = thread.join();
        }
    }
}

/// Takes an entity off when dropped.
struct EntityGuard {
    entity: Entity,
    spinner: Arc<Spinner>,
}

impl Drop for EntityGuard {
    fn drop(&mut self) {
        match &self.entity {
            Entity::Listener(listener) => listener.leave(),
            Entity::Server(server) => server.leave(),
            Entity::Caller(_) => {}
        }
        self.spinner.remove(&self.entity);
    }
}

fn spin(shared: &Shared, mut set: WaitSet, mut bytes: Bytes) {
    let mut entities = Entities::default();
    let mut ready = Ready::default();
    while !shared.over.load(Ordering::Acquire) {
        if shared.changed.swap(false, Ordering::AcqRel) {
            let now = lock(&shared.entities).clone();
            // Who is not in it any more goes here, outside the lock, and takes its callback with it.
            drop(mem::replace(&mut entities, now));
        }
        // All of them: each has its own requests to send.
        let waiting = entities.callers.iter().filter(|caller| caller.send_waiting()).count();
        let outcome = set.wait(
            &shared.wake,
            entities.listeners.iter().map(|listener| listener.subscription()),
            entities.servers.iter().map(|server| server.service()),
            entities.callers.iter().map(|caller| caller.client()),
            (waiting > 0).then_some(LOOK_FOR_SERVERS),
            &mut ready,
        );
        if let Err(Refused(message)) = outcome {
            tracing::error!("ROS 2 could not be waited for: {message}");
            thread::sleep(REST);
            continue;
        }
        for &place in &ready.subscriptions {
            entities.listeners[place].take_all(&mut bytes);
        }
        for &place in &ready.services {
            entities.servers[place].take_all(&mut bytes);
        }
        for &place in &ready.clients {
            entities.callers[place].take_all(&mut bytes);
        }
    }
}
