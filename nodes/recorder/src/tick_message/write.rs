//! From a record to its message.

use sinew_control::Mode;
use sinew_control::gate::{SafeAction, Verdict};
use sinew_control::mailbox::{Asked, Request};
use sinew_control::policies::{InCharge, SwitchWhen};
use sinew_control::record::LoopRecord;
use sinew_control::state::{GroundTruth, JointCommand, RobotState};
use sinew_messages::sinew_msgs::msg::{self, Tick};

use super::answer_number;

/// Fills `tick` with everything that `record` says. Its vectors are used again.
pub fn write(record: &LoopRecord, tick: &mut Tick) {
    let LoopRecord {
        tick: figures,
        inputs,
        read,
        counts,
        verdict,
        state,
        observation,
        action,
        asked,
        written,
    } = record;
    tick.tick = figures.tick;
    tick.time_secs = figures.time_secs;
    tick.mode = match figures.mode {
        Mode::Damp => Tick::DAMP,
        Mode::Stand => Tick::STAND,
        Mode::Run => Tick::RUN,
        Mode::Stopped => Tick::STOPPED,
    };
    tick.command = figures.command.to_array();
    tick.tick_nanos = figures.tick_nanos;
    tick.jitter_nanos = figures.jitter_nanos;
    tick.inference_nanos = figures.inference_nanos.map_or(-1, |nanos| nanos as i64);
    tick.missed = figures.missed;
    tick.power_w = figures.power_w;
    tick.torque_share = figures.torque_share;
    refill(&mut tick.truth, figures.truth.iter().flat_map(truth_numbers));

    tick.began_nanos = inputs.began_nanos;
    tick.scheduled_nanos = inputs.scheduled_nanos;
    tick.woken_nanos = inputs.woken_nanos;
    tick.read_nanos = inputs.read_nanos;
    tick.decided_nanos = inputs.decided_nanos;
    tick.done_nanos = inputs.done_nanos;
    let answers = &inputs.answers;
    let joints = &mut tick.answer_joints;
    (tick.read_answer, joints[0]) = answer_number(Some(answers.read));
    (tick.write_answer, joints[1]) = answer_number(answers.write);
    (tick.own_stop_answer, joints[2]) = answer_number(answers.own_stop);
    let number = |request| match request {
        Request::Start => Tick::START,
        Request::Damp => Tick::DAMP_AGAIN,
        Request::ClearStop => Tick::CLEAR_STOP,
    };
    refill(&mut tick.requests, inputs.asked.requests.into_iter().map(number));
    let velocity = inputs.asked.velocity.iter();
    refill(
        &mut tick.asked_velocity,
        velocity.flat_map(|velocity| velocity.to_array()),
    );
    refill_text(&mut tick.asked_stop, inputs.asked.stop.map_or("", |check| check.name()));
    tick.stands = inputs.stands;
    write_policies(figures.policy, &inputs.asked, &mut tick.policies);

    tick.accepted_as_read = read.is_same(state);
    if tick.accepted_as_read {
        tick.read.clear();
    } else {
        tick.read.resize_with(1, msg::State::default);
        write_state(read, &mut tick.read[0]);
    }
    write_state(state, &mut tick.state);
    tick.observation.clone_from(observation);
    tick.action.clone_from(action);
    let Tick {
        asked_position,
        asked_velocities,
        asked_effort,
        asked_kp,
        asked_kd,
        written_position,
        written_velocity,
        written_effort,
        written_kp,
        written_kd,
        ..
    } = tick;
    write_command(
        asked,
        [asked_position, asked_velocities, asked_effort, asked_kp, asked_kd],
    );
    write_command(
        written,
        [
            written_position,
            written_velocity,
            written_effort,
            written_kp,
            written_kd,
        ],
    );

    tick.checks.clear();
    tick.check_counts.clear();
    if counts.total() > 0 {
        for (check, count) in counts.iter().filter(|(_, count)| *count > 0) {
            tick.checks.push(check.name().to_owned());
            tick.check_counts.push(count);
        }
    }
    refill(&mut tick.verdict, verdict.iter().map(write_verdict));
    refill(
        &mut tick.stop,
        figures.stop.iter().map(|stop| write_verdict(&stop.verdict)),
    );
    let action = figures.stop.map_or("", |stop| match stop.action {
        SafeAction::Damp => "damp",
        SafeAction::Hold => "hold",
        SafeAction::Own => "own",
    });
    refill_text(&mut tick.stop_action, action);
}

fn write_policies(in_charge: InCharge, asked: &Asked, to: &mut Vec<msg::Policies>) {
    if in_charge == InCharge::default() && asked.install.is_none() && asked.switch.is_none() {
        to.clear();
        return;
    }
    to.resize_with(1, msg::Policies::default);
    let to = &mut to[0];
    to.place = in_charge.place.into();
    to.number = in_charge.number;
    let installed = asked.install.iter();
    refill(
        &mut to.installed,
        installed.flat_map(|install| [install.place.into(), install.number]),
    );
    let switch_to = asked.switch.iter().flat_map(|switch| {
        let when = match switch.when {
            SwitchWhen::Standing => msg::Policies::STANDING,
            SwitchWhen::Running => msg::Policies::RUNNING,
        };
        [switch.place.into(), when, switch.blend_millis]
    });
    refill(&mut to.switch_to, switch_to);
}

fn refill<T>(to: &mut Vec<T>, from: impl IntoIterator<Item = T>) {
    to.clear();
    to.extend(from);
}

fn refill_text(to: &mut String, from: &str) {
    to.clear();
    to.push_str(from);
}

fn truth_numbers(truth: &GroundTruth) -> [f64; 13] {
    let [p, v, w] = [&truth.position, &truth.linear_velocity, &truth.angular_velocity];
    let q = &truth.orientation.coords;
    [p.x, p.y, p.z, q.x, q.y, q.z, q.w, v.x, v.y, v.z, w.x, w.y, w.z]
}

fn write_state(state: &RobotState, to: &mut msg::State) {
    to.position.clone_from(&state.position);
    to.velocity.clone_from(&state.velocity);
    to.effort.clone_from(&state.effort);
    to.joint_stamp_nanos.clone_from(&state.joint_stamp_nanos);
    let imu = &state.imu;
    let q = &imu.orientation.coords;
    to.imu_orientation = [q.x, q.y, q.z, q.w];
    to.imu_angular_velocity = imu.angular_velocity.into();
    to.imu_linear_acceleration = imu.linear_acceleration.into();
    to.imu_stamp_nanos = imu.stamp_nanos;
    refill(
        &mut to.base_velocity,
        state.base_velocity.iter().flat_map(|v| [v.x, v.y, v.z]),
    );
    to.foot_contact.clone_from(&state.foot_contact);
    to.temperature_celsius.clone_from(&state.temperature_celsius);
}

fn write_command(command: &JointCommand, to: [&mut Vec<f64>; 5]) {
    let from = [
        &command.position,
        &command.velocity,
        &command.effort,
        &command.kp,
        &command.kd,
    ];
    for (to, from) in to.into_iter().zip(from) {
        to.clone_from(from);
    }
}

fn write_verdict(verdict: &Verdict) -> msg::Verdict {
    msg::Verdict {
        check: verdict.check.name().to_owned(),
        joint: verdict.joint.map_or(-1, |joint| joint as i32),
        value: verdict.value,
        limit: verdict.limit,
        tick: verdict.tick,
        not_finite: verdict
            .not_finite
            .map_or(String::new(), |bad| bad.quantity.name().to_owned()),
        not_finite_value: verdict.not_finite.map_or(0.0, |bad| bad.value),
    }
}
