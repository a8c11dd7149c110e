use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use sinew_health::{Platform, Readings, Tree};
use sinew_messages::std_msgs::msg::{Float64, String as Text};
use sinew_messages::std_srvs::srv::{Trigger, TriggerRequest};
use sinew_node::bus::{Bus, Client, Input, Publisher, Qos};
use sinew_node::node::{Live, Node, Setup, Shown};
use sinew_node::report::{Diagnostics, Registry};
use sinew_node::worker::{Builder, Worker};
use tokio::sync::watch;

use crate::overheating::{Demand, Overheating};
use crate::params::HealthParams;
use crate::reports::Reports;
use crate::throttling::Throttling;

/// How often it is looked whether there is a new reading.
const LOOK: Duration = Duration::from_millis(50);
/// Readings that may fail to come before it is told.
const MISSED: f64 = 5.0;
const PATIENCE_AT_LEAST: Duration = Duration::from_secs(5);
/// How long control may take to stop the robot.
const STOP_PATIENCE: Duration = Duration::from_secs(2);
/// From one request for a stop to the next, while the robot still moves.
const STOP_AGAIN: Duration = Duration::from_secs(1);
/// How long the end of the node waits for a sensor that does not answer.
const END_PATIENCE: Duration = Duration::from_millis(100);

/// The node.
#[derive(Debug)]
pub struct Health {
    params: Live<HealthParams>,
    tree: Tree,
    platform: Platform,
    registry: Registry,
    shown: Shown,
    bus: Arc<dyn Bus>,
    mode: Input<Text>,
    scale: Publisher<Float64>,
    /// What was published last: at first nothing, so that what a process asked for that was killed does not stay.
    scaled: Option<f64>,
    diagnostics: Diagnostics,
    worker: Option<Worker<()>>,
}

type Read = Option<Arc<Readings>>;

impl Node for Health {
    const NAME: &'static str = "health";
    const DESCRIPTION: &'static str = "how the machine below the robot is, and what is done where it is too hot";
    type Params = HealthParams;

    fn configure(setup: &Setup<HealthParams>) -> anyhow::Result<Self> {
        let root = setup.path(&setup.params.get().root);
        ensure!(
            root.join("sys").is_dir() || root.join("proc").is_dir(),
            "`root`: {}: expected a folder with `sys` and `proc` of a machine in it",
            root.display()
        );
        let tree = Tree::new(root);
        Ok(Self {
            params: setup.params.clone(),
            platform: Platform::read(&tree),
            tree,
            registry: setup.registry.clone(),
            shown: setup.host.shown.clone(),
            bus: setup.bus.clone(),
            mode: setup.input("control/mode", Qos::latched())?,
            scale: setup.output("velocity_scale", Qos::latched())?,
            scaled: None,
            diagnostics: Diagnostics::new(setup)?,
            worker: None,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let mut reports = Reports::new(&self.registry, &self.platform);
        let mut throttling = Throttling::new(self.shown.clone());
        let mut overheating = Overheating::default();
        let mut stopping = Stopping::default();
        let (sender, mut reader) = watch::channel(None);
        self.worker = Some(self.start(sender)?);
        let began = Instant::now();
        let mut heard = began;
        let mut look = tokio::time::interval(LOOK);
        self.diagnostics.begin();
        loop {
            look.tick().await;
            if self.worker.as_ref().is_none_or(Worker::has_ended) {
                bail!("the thread that reads the machine has ended");
            }
            if let Some(mode) = self.mode.try_newest() {
                stopping.mode = Some(mode.data.clone());
            }
            let params = self.params.get();
            let news: Read = match reader.has_changed() {
                Ok(true) => reader.borrow_and_update().clone(),
                _ => None,
            };
            if let Some(readings) = news {
                heard = Instant::now();
                let throttled = throttling.since(&readings.throttle_counts);
                reports.read(&readings, &throttled);
                if throttled.is_any() {
                    tracing::warn!("{}", throttled.message());
                    self.registry.add_event(throttled.event());
                }
                let demand = overheating.judge(&params.overheating, &readings, began.elapsed());
                self.slow_down(&demand)?;
                if let Some(reason) = &demand.stop
                    && stopping.is_due()
                {
                    tracing::error!("the robot is stopped: {reason}");
                    reports.count_stop();
                    stopping.failure = self.stop().await.err();
                    if let Some(failure) = &stopping.failure {
                        tracing::error!("control does not stop the robot: {failure}");
                    }
                }
                reports.judge(&params, &self.platform, &readings, &demand, stopping.failure.as_deref());
            } else if heard.elapsed() > patience(params.period_secs) {
                let secs = heard.elapsed().as_secs();
                reports.silent(&format!(
                    "the machine's files do not answer since {secs} s: a sensor may hang"
                ));
            }
            if self.diagnostics.is_due() {
                self.diagnostics.publish()?;
            }
        }
    }

    fn deactivate(&mut self) {
        if let Some(worker) = self.worker.take() {
            // A thread that waits for a sensor is left to end by itself.
            worker.give_back_within(END_PATIENCE);
        }
        // Who does not look at the temperature asks for nothing because of it.
        if self.scaled.is_some()
            && let Err(error) = self.publish_scale(1.0)
        {
            tracing::warn!("{error}");
        }
    }
}

impl Health {
    fn start(&self, to: watch::Sender<Read>) -> std::io::Result<Worker<()>> {
        let (tree, params) = (self.tree.clone(), self.params.clone());
        Builder::new("health")
            .left_after(END_PATIENCE)
            .start((), move |(), ending| {
                while !ending.is_asked() {
                    to.send_replace(Some(Arc::new(Readings::read(&tree))));
                    if ending.wait(period(params.get().period_secs)) {
                        return;
                    }
                }
            })
    }

    /// Asks for slower velocities, or no longer.
    fn slow_down(&mut self, demand: &Demand) -> anyhow::Result<()> {
        if Some(demand.scale) != self.scaled {
            match &demand.slow {
                Some(reason) => tracing::warn!("velocities are multiplied with {}: {reason}", demand.scale),
                None if self.scaled.is_some() => tracing::info!("velocities are as they are commanded again"),
                None => {}
            }
        }
        self.publish_scale(demand.scale)
    }

    fn publish_scale(&mut self, scale: f64) -> anyhow::Result<()> {
        if Some(scale) != self.scaled {
            self.scaled = Some(scale);
            self.scale.publish(Float64 { data: scale })?;
        }
        Ok(())
    }

    async fn stop(&self) -> Result<(), String> {
        let client = Client::<Trigger>::new(self.bus.clone(), "control/stop");
        let answered = client.call(TriggerRequest::default(), STOP_PATIENCE).await;
        let answer = answered.map_err(|error| error.to_string())?;
        if answer.success {
            Ok(())
        } else {
            Err(answer.message.clone())
        }
    }
}

/// When a stop is asked for.
#[derive(Debug, Default)]
struct Stopping {
    /// What control does, where it was heard.
    mode: Option<String>,
    asked: Option<Instant>,
    /// Why the robot was not stopped, the last time.
    failure: Option<String>,
}

impl Stopping {
    /// Whether the robot moves, or may, as far as is known, and is not being stopped.
    fn is_due(&mut self) -> bool {
        let stands_still = matches!(self.mode.as_deref(), Some("damp" | "stopped" | "inactive"));
        let was_asked = self.asked.is_some_and(|asked| asked.elapsed() < STOP_AGAIN);
        if stands_still {
            self.failure = None;
        }
        let is_due = !stands_still && !was_asked;
        if is_due {
            self.asked = Some(Instant::now());
        }
        is_due
    }
}

fn period(secs: f64) -> Duration {
    Duration::try_from_secs_f64(secs).unwrap_or(Duration::from_secs(1))
}

fn patience(period_secs: f64) -> Duration {
    period(period_secs * MISSED).max(PATIENCE_AT_LEAST)
}
