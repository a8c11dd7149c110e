//! A stop of the node `control` outlives its loop, its configuration and its process; only a human's clear_stop and
//! start lead out of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use common::root;
use sinew::bus::local::LocalBus;
use sinew::bus::{Bus, Client, Input, Qos};
use sinew::control::Control;
use sinew::node::{Common, run_node};
use sinew::params::Params;
use sinew::sim::{Sim, SimNodeParams};
use sinew_messages::lifecycle_msgs::msg::Transition;
use sinew_messages::lifecycle_msgs::srv::{ChangeState, ChangeStateRequest};
use sinew_messages::std_msgs::msg::String as Text;
use sinew_messages::std_srvs::srv::{Trigger, TriggerRequest, TriggerResponse};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Generous: a loaded machine is no failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// Far more than a start takes.
const A_WHILE: Duration = Duration::from_secs(3);

/// A simulated robot that hangs in its frame, on a bus.
struct World {
    network: LocalBus,
    folder: TempDir,
    _sim: JoinHandle<anyhow::Result<()>>,
}

/// A `control` on that bus, and who operates it.
struct Controller {
    bus: Arc<dyn Bus>,
    end: oneshot::Sender<()>,
    life: JoinHandle<anyhow::Result<()>>,
    modes: Input<Text>,
    mode: String,
}

fn params() -> Params {
    let mut params = Params::load(&root().join("launch/robots/strider.yaml")).unwrap();
    // What is late on a loaded machine is not what is tested.
    params.control.safety.stale_secs = 2.0;
    params.control.safety.overrun_secs = 10.0;
    params.control.safety.deadman_secs = 0.0;
    params.control.safety.frozen_secs = 5.0;
    params.control.safety.inference_budget_secs = 1.0;
    params.control.start.auto = true;
    params.control.urdf = None;
    params.sim.harness_secs = 1e6;
    params
}

fn common(params: &Params) -> Common {
    Common {
        robot_description: Some(params.robot_description.clone()),
        ..Common::default()
    }
}

impl World {
    fn new() -> Self {
        let network = LocalBus::new();
        let params = params();
        let common = common(&params);
        let sim = run_node::<Sim>(
            network.node("sim", "/"),
            SimNodeParams(params.sim),
            common,
            std::future::pending(),
        );
        Self {
            _sim: tokio::spawn(sim),
            network,
            folder: TempDir::new().unwrap(),
        }
    }

    fn latch_file(&self) -> PathBuf {
        self.folder.path().join("state/control.latch.json")
    }

    fn control(&self) -> Controller {
        let params = params();
        let common = common(&params);
        let mut control = params.control;
        control.latch_file = Some(self.latch_file());
        let bus = self.network.node("operator", "/");
        let modes = Input::new(&*bus, "control/mode", Qos::latched().keep_last(100)).unwrap();
        let (end, ended) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = ended.await;
        };
        let node = run_node::<Control>(self.network.node("control", "/"), control, common, shutdown);
        Controller {
            bus,
            end,
            life: tokio::spawn(node),
            modes,
            mode: String::new(),
        }
    }
}

impl Controller {
    async fn until_mode(&mut self, mode: &str) {
        let reached = async {
            while self.mode != mode {
                self.mode = self.modes.recv().await.data.clone();
            }
        };
        let reached = tokio::select! {
            reached = tokio::time::timeout(PATIENCE, reached) => reached.is_ok(),
            ended = &mut self.life => panic!("control has ended: {ended:?}"),
        };
        assert!(reached, "mode {mode} not reached, but {}", self.mode);
    }

    /// The mode after a while in which nobody asked for anything.
    async fn mode_later(&mut self) -> &str {
        tokio::time::sleep(A_WHILE).await;
        while let Some(mode) = self.modes.try_recv() {
            self.mode = mode.data.clone();
            assert!(!["stand", "run"].contains(&self.mode.as_str()), "moves by itself");
        }
        &self.mode
    }

    async fn ask(&self, service: &str) -> TriggerResponse {
        let client = Client::<Trigger>::new(self.bus.clone(), &format!("control/{service}"));
        let response = client.call(TriggerRequest::default(), PATIENCE).await.unwrap();
        TriggerResponse::clone(&response)
    }

    async fn change(&self, label: &str) {
        let client = Client::<ChangeState>::new(self.bus.clone(), "control/change_state");
        let transition = Transition {
            label: label.to_owned(),
            ..Transition::default()
        };
        let response = client.call(ChangeStateRequest { transition }, PATIENCE).await.unwrap();
        assert!(response.success, "{label}");
    }

    async fn end(self) {
        let _ = self.end.send(());
        self.life.await.unwrap().unwrap();
    }
}

fn says(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_outlives_activation_configuration_and_process_until_it_is_cleared_and_then_the_robot_is_started() {
    let world = World::new();
    let mut control = world.control();
    control.until_mode("run").await;
    assert!(says(&world.latch_file()).contains("moving"));
    assert!(control.ask("stop").await.success);
    control.until_mode("stopped").await;

    let damped = control.ask("damp").await;
    assert!(
        damped.success && damped.message.contains("the stop stays"),
        "{damped:?}"
    );
    assert_eq!(control.mode_later().await, "stopped");

    control.change("deactivate").await;
    control.until_mode("inactive").await;
    let started = control.ask("start").await;
    assert!(
        !started.success && started.message.contains("clear_stop"),
        "{started:?}"
    );
    control.change("activate").await;
    control.until_mode("stopped").await;
    assert_eq!(control.mode_later().await, "stopped");

    for label in ["deactivate", "cleanup", "configure", "activate"] {
        control.change(label).await;
    }
    assert_eq!(control.mode_later().await, "stopped");
    let started = control.ask("start").await;
    assert!(
        !started.success && started.message.contains("operator_stop"),
        "{started:?}"
    );
    assert!(started.message.contains("~/clear_stop"), "{started:?}");
    control.end().await;
    assert!(says(&world.latch_file()).contains("operator_stop"));

    // As `ros2 launch` starts it again.
    let mut control = world.control();
    control.until_mode("stopped").await;
    assert_eq!(control.mode_later().await, "stopped");
    assert!(control.ask("clear_stop").await.success);
    control.until_mode("damp").await;
    // `start.auto` is set.
    assert_eq!(control.mode_later().await, "damp");
    assert!(control.ask("start").await.success);
    control.until_mode("run").await;
    control.end().await;
    assert_eq!(says(&world.latch_file()), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_robot_that_waits_for_a_start_still_waits_after_a_good_end() {
    let world = World::new();
    let mut control = world.control();
    control.until_mode("run").await;
    assert!(control.ask("damp").await.success);
    control.until_mode("damp").await;
    control.end().await;
    assert!(says(&world.latch_file()).contains("waiting"));

    let mut control = world.control();
    control.until_mode("damp").await;
    // `start.auto` is set.
    assert_eq!(control.mode_later().await, "damp");
    assert!(control.ask("start").await.success);
    control.until_mode("run").await;
    control.end().await;
    assert_eq!(says(&world.latch_file()), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_robot_whose_stop_could_not_be_kept_is_not_started_until_it_can_be() {
    let world = World::new();
    let mut control = world.control();
    control.until_mode("run").await;
    assert!(control.ask("damp").await.success);
    control.until_mode("damp").await;
    // As on a disk that was taken away: root writes past permissions.
    let state = world.latch_file().parent().unwrap().to_owned();
    std::fs::remove_dir_all(&state).unwrap();
    std::fs::write(&state, "").unwrap();
    let refused = control.ask("start").await;
    assert!(
        !refused.success && refused.message.contains("a stop would be forgotten"),
        "{refused:?}"
    );
    assert_eq!(control.mode_later().await, "damp");
    std::fs::remove_file(&state).unwrap();
    assert!(control.ask("start").await.success);
    control.until_mode("stand").await;
    // Before the first command that moves, not after.
    assert!(says(&world.latch_file()).contains("moving"));
    control.until_mode("run").await;
    control.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_that_died_in_motion_is_a_stop_for_the_next_one() {
    let world = World::new();
    let mut control = world.control();
    control.until_mode("run").await;
    // As it is found after a loss of power.
    let left = says(&world.latch_file());
    control.end().await;
    std::fs::write(world.latch_file(), left).unwrap();

    let mut control = world.control();
    control.until_mode("stopped").await;
    assert_eq!(control.mode_later().await, "stopped");
    let started = control.ask("start").await;
    assert!(
        !started.success && started.message.contains("ended_in_motion"),
        "{started:?}"
    );
    control.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_asked_of_a_node_that_is_not_active_is_kept_for_when_it_is() {
    let world = World::new();
    let mut control = world.control();
    control.until_mode("run").await;
    control.change("deactivate").await;
    let stopped = control.ask("stop").await;
    assert!(stopped.success && stopped.message.contains("latched"), "{stopped:?}");
    for service in ["start", "damp"] {
        let refused = control.ask(service).await;
        assert!(!refused.success, "{refused:?}");
    }
    control.change("activate").await;
    control.until_mode("stopped").await;
    // Cleared while it is not active, it is still not started by the activation.
    control.change("deactivate").await;
    control.until_mode("inactive").await;
    assert!(control.ask("clear_stop").await.success);
    control.change("activate").await;
    control.until_mode("damp").await;
    assert_eq!(control.mode_later().await, "damp");
    control.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_robot_that_was_put_to_damping_and_deactivated_at_once_does_not_start_by_itself() {
    let world = World::new();
    let mut control = world.control();
    control.until_mode("run").await;
    assert!(control.ask("damp").await.success);
    control.change("deactivate").await;
    control.until_mode("inactive").await;
    control.change("activate").await;
    assert_eq!(control.mode_later().await, "damp");
    assert!(control.ask("start").await.success);
    control.until_mode("run").await;
    control.end().await;
}
