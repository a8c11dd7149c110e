//! A real robot whose drives are ros2_control's hardware.

use sinew::control::{CommandForm, ControlParams, late_damping};
use sinew_control::gate::SafeAction;

use super::installed::Packages;
use super::{Files, World};

/// The forms to which a controller of ros2_control listens, and for which drives each is.
const FORMS: [(CommandForm, &str, &str); 3] = [
    (
        CommandForm::ForwardEffort,
        "effort_controllers",
        "drives that take torques",
    ),
    (
        CommandForm::ForwardPosition,
        "position_controllers",
        "drives that take positions",
    ),
    (
        CommandForm::JointTrajectory,
        "joint_trajectory_controller",
        "a controller with gains of its own",
    ),
];

/// The plugin that is the control loop as a controller of the manager.
const PLUGIN: &str = "sinew_controller";

/// By topics, to the controller that suits the file's form of command.
pub(super) fn by_topics(files: &Files<'_>, packages: &Packages) -> World {
    let command = format!(
        "ros2 launch sinew strider.launch.py sim:=none params:={}",
        files.listed()
    );
    let mut world = World::new("ros2_control", command);
    let (loaded, control) = (files.on_topics.loaded(), &files.on_topics.source().control);
    let form = control.topics.command;
    let mut needed = vec![
        ("controller_manager", "ros2-control"),
        ("joint_state_broadcaster", "ros2-controllers"),
        ("imu_sensor_broadcaster", "ros2-controllers"),
    ];
    match FORMS.iter().find(|(known, ..)| *known == form) {
        Some((_, package, drives)) => {
            needed.push((package, "ros2-controllers"));
            world
                .cautions
                .push(format!("`topics.command: {}` is for {drives}", form.name()));
            expect_safe_action(&mut world, control);
        }
        None => {
            let suitable = FORMS
                .iter()
                .map(|(form, _, drives)| format!("`{}` for {drives}", form.name()));
            world.lacks_until(
                format!(
                    "`control: topics.command`: expected a form to which a controller of ros2_control listens, found `{}`",
                    form.name()
                ),
                format!(
                    "set `topics.command` to {}; the last two with `safety.safe_action: hold`, or `own` with \
                     `topics.safe_stop`",
                    suitable.collect::<Vec<_>>().join(", ")
                ),
            );
        }
    }
    if let Some(caution) = late_damping(control, control.rate_hz) {
        world.lacks(caution);
    } else if form == CommandForm::ForwardEffort && control.drive_damping {
        world.cautions.push(
            "`drive_damping: true`: the drives themselves have to damp with the policy's kd, which is not sent"
                .to_owned(),
        );
    }
    if loaded.asks_for_base_velocity() && !control.topics.base_velocity {
        world.lacks_until(
            "the policy observes the velocity of its base, which `control` does not listen to",
            "have an estimator publish `odom`, and set `topics.base_velocity: true` under `control`",
        );
    }
    if control.topics.safe_stop.is_empty() {
        world.cautions.push(
            "no controller of ros2_control notices when commands stop: `topics.safe_stop: \
             controller_manager/switch_controller` deactivates it"
                .to_owned(),
        );
    }
    packages.expect_ros(&mut world);
    packages.expect(&mut world, &needed);
    files.expect_one(&mut world);
    world
}

/// Inside ros2_control's manager, by the plugin.
pub(super) fn as_controller(packages: &Packages) -> World {
    let command = format!("load the controller of the package {PLUGIN} in ros2_control's manager");
    let mut world = World::new(PLUGIN, command);
    packages.expect(&mut world, &[("controller_manager", "ros2-control")]);
    if !packages.has(PLUGIN) {
        world.lacks_until(
            format!("no package {PLUGIN} on AMENT_PREFIX_PATH"),
            format!("colcon build --packages-select {PLUGIN}, then source the workspace"),
        );
    }
    world
}

/// Expects a stop that drives with gains of their own can carry out.
pub(super) fn expect_safe_action(world: &mut World, control: &ControlParams) {
    let (safety, topics) = (&control.safety, &control.topics);
    if let Some(reason) = topics.command.own_gains()
        && safety.safe_action == SafeAction::Damp
    {
        world.lacks_until(
            format!("`control: safety.safe_action`: found `damp`; {reason}"),
            "set `safety.safe_action: hold` under `control`",
        );
    }
    if safety.safe_action == SafeAction::Own && topics.safe_stop.is_empty() {
        world.lacks_until(
            "`control: safety.safe_action`: found `own`, without a stop of the driver's own",
            "set `topics.safe_stop: controller_manager/switch_controller` under `control`",
        );
    }
}
