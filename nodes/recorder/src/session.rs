//! One recording: the subscriptions, a thread that takes ticks from the loop, and a thread that writes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew_control::gate::Stop;
use sinew_control::robot::RobotDescription;
use sinew_messages::sinew_msgs::msg::Tick;
use sinew_node::bus::{Bus, BusError, Guard, Kind, Qos, Sample};
use sinew_node::worker::{Builder, Ending, Worker};

use crate::disk::{Disk, DiskOptions, Subject};
use crate::loop_recording::{LoopTime, TickSource, wall_nanos};
use crate::monitor::Monitor;
use crate::queue::{Event, Heard, Queue};

/// How often ticks are taken.
const PERIOD: Duration = Duration::from_millis(5);
/// A loop that has not ticked for so long has ended.
const QUIET: Duration = Duration::from_millis(100);
/// How long a recording waits at its end for a loop that still ticks: the last safe action belongs to it.
const LONGEST_END: Duration = Duration::from_secs(1);

/// How long after a stop the black box is written: one with which the whole process ends is no event.
const EVENT_AFTER: Duration = Duration::from_millis(700);

/// Takes ticks from the loop into the queue.
struct Ticks {
    source: TickSource,
    robot: RobotDescription,
    queue: Arc<Queue>,
    monitor: Arc<Monitor>,
    lost: u64,
    stop: Option<Stop>,
    /// When an event is made of that stop.
    event_at: Option<Instant>,
}

/// One recording, which ends when it is dropped.
pub(crate) struct Session {
    pub(crate) queue: Arc<Queue>,
    monitor: Arc<Monitor>,
    subscriptions: Vec<Guard>,
    ticks: Option<Worker<Ticks>>,
    disk: Option<Worker<Disk>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn begin(
        subject: Subject,
        options: DiskOptions,
        queue: Queue,
        monitor: &Arc<Monitor>,
    ) -> std::io::Result<Self> {
        let queue = Arc::new(queue);
        let shown = subject.shown.clone();
        // Its reader comes first: no tick is lost while files are made.
        let ticks = shown.map(|shown| Ticks {
            source: TickSource::new(&shown, LoopTime::Monotonic),
            robot: shown.setup.robot.clone(),
            queue: queue.clone(),
            monitor: monitor.clone(),
            lost: 0,
            stop: shown.setup.stop,
            event_at: None,
        });
        let ticks = ticks
            .map(|ticks| Builder::new("recorder ticks").start(ticks, Ticks::work))
            .transpose()?;
        let disk = Disk::new(queue.clone(), monitor.clone(), subject, options);
        Ok(Self {
            disk: Some(Builder::new("recorder disk").start(disk, Disk::work)?),
            queue,
            monitor: monitor.clone(),
            subscriptions: Vec::new(),
            ticks,
        })
    }

    /// Records a topic from now on, the one that the subject has at this place.
    pub(crate) fn record(&mut self, bus: &dyn Bus, at: usize, topic: &str, kind: Kind) -> Result<(), BusError> {
        let (queue, monitor) = (self.queue.clone(), self.monitor.clone());
        let on_message = move |sample: Sample| {
            let mut bytes = Vec::new();
            if kind.encode(&sample, &mut bytes).is_err() {
                return monitor.unwritten(1);
            }
            let now = u64::try_from(wall_nanos()).unwrap_or(0);
            queue.push(Heard {
                topic: at + 1,
                kind,
                log_nanos: now,
                publish_nanos: now,
                bytes: bytes.into(),
            });
        };
        let subscription = bus.subscribe(topic, kind, Qos::sensor_data().keep_last(100), Box::new(on_message))?;
        self.subscriptions.push(subscription);
        Ok(())
    }

    /// Whether a thread of it has died.
    pub(crate) fn has_died(&self) -> bool {
        self.disk.as_ref().is_none_or(Worker::has_ended) || self.ticks.as_ref().is_some_and(Worker::has_ended)
    }
}

impl Drop for Session {
    /// In this order: nothing is heard any more, the last ticks are taken, all is written.
    fn drop(&mut self) {
        self.subscriptions.clear();
        self.ticks = None;
        self.disk = None;
    }
}

impl Ticks {
    fn work(&mut self, ending: &Ending) {
        while !ending.wait(PERIOD) {
            self.take();
        }
        let asked = Instant::now();
        let mut quiet_since = asked;
        while quiet_since.elapsed() < QUIET && asked.elapsed() < LONGEST_END {
            if self.take() {
                quiet_since = Instant::now();
            }
            std::thread::sleep(PERIOD);
        }
    }

    /// Whether there were any.
    fn take(&mut self) -> bool {
        let mut any = false;
        while let Some(tick) = self.source.next_tick() {
            any = true;
            let stop = tick.figures.stop;
            self.queue.push(Heard {
                topic: 0,
                kind: Kind::of::<Tick>(),
                log_nanos: tick.done_nanos,
                publish_nanos: tick.scheduled_nanos,
                bytes: tick.bytes.into(),
            });
            if stop.is_some() && self.stop.is_none() {
                self.event_at = Some(Instant::now() + EVENT_AFTER);
            }
            self.stop = stop;
        }
        if let Some(stop) = &self.stop
            && self.event_at.is_some_and(|at| Instant::now() >= at)
        {
            self.event_at = None;
            let reason = format!("stopped: {}", stop.reason(&self.robot));
            self.queue.push_event(Event::new(reason));
        }
        let lost = self.source.lost();
        if lost > self.lost {
            self.monitor.unwritten(lost - self.lost);
            self.lost = lost;
        }
        any
    }
}
