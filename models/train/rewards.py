"""What walking well means. Every term is a rate (per second of walking); costs
are positive numbers with a negative weight. `w` is the World after the step,
`e` the Env that remembers the previous one."""

import numpy as np

from frames import to_heading

SWING_HEIGHT_M = 0.075
BASE_HEIGHT_M = 0.655
STEP_WIDTH_M = 0.15  # feet closer than this would touch on the real robot
LOAD_N = 500.0  # about 1.6 times the robot's weight

# Joints that should stay near their default pose, legs alike.
POSE_WEIGHT = np.tile([0.02, 0.6, 1.0, 0.02, 0.05, 0.3], 2)

# A leg lifted on the spot, rad from the default pose: what a beginner is shown.
MARCH = np.array([-0.32, 0.0, 0.0, 0.64, -0.32, 0.0])
PITCH = np.tile([1, 0, 0, 1, 1, 0], 2)

WEIGHTS = {
    "track_velocity": 3.0,
    "velocity_error": -1.0,
    "mean_velocity_error": -2.5,
    "track_turn": 1.5,
    "turn_error": -0.4,
    "mean_turn_error": -1.0,
    "swing_height": 2.0,
    "contact_schedule": 1.0,
    "march": 1.0,  # fades as the difficulty grows
    "alive": 0.3,
    "upright": -6.0,
    "base_height": -40.0,
    "vertical_speed": -0.8,
    "tumbling": -0.08,
    "slip": -0.4,
    "flat_feet": -2.0,
    "narrow": -8.0,
    "pose": -1.0,
    "standing_pose": -3.0,
    "standing_motion": -1.0,
    "impact": -0.4,
    "torque": -3e-5,
    "torque_peak": -1.2,
    "joint_acceleration": -2e-7,
    "action_rate": -0.02,
    "action_jerk": -0.008,
    "joint_limit": -6.0,
}


# Costs of effort grow with the difficulty: a robot that pays for every movement
# before it can walk learns to stand still.
EFFORT = {"slip", "impact", "torque", "torque_peak", "joint_acceleration", "action_rate", "action_jerk"}


def total(w, e):
    """Reward of this step for each robot and its mean parts, both per step."""
    parts = {}
    for name, value in terms(w, e).items():
        ease = 1.0
        if name in EFFORT:
            ease = 0.2 + 0.8 * e.difficulty
        elif name == "march":
            ease = 1.0 - e.difficulty
        parts[name] = ease * WEIGHTS[name] * np.nan_to_num(value) / e.rate_hz
    return sum(parts.values()), {name: part.mean() for name, part in parts.items()}


def terms(w, e):
    standing = e.gait.standing
    walking = ~standing
    velocity = to_heading(w.quat, w.qvel[:, :3])
    velocity_error = np.sum(e.error[:, :2] ** 2, axis=1)
    turn_error = np.abs(e.error[:, 2])

    pos, vel, up, force = (w.feet(k) for k in ("pos", "vel", "up", "force"))
    load = np.linalg.norm(force, axis=2)
    contact = load > 5.0
    # The clock swings a foot while its sine is positive.
    swing = np.where(walking[:, None], np.maximum(np.sin(e.gait.phase), 0.0), 0.0)
    height_error = (pos[:, :, 2] - SWING_HEIGHT_M * swing) ** 2
    expected = np.where(swing > 0.35, -1.0, np.where(swing > 0.0, 0.0, 1.0))
    schedule = np.mean(expected * np.where(contact, 1.0, -1.0), axis=1)
    between = to_heading(w.quat, pos[:, 0] - pos[:, 1])

    gravity = w.gravity()
    deviation = w.joint_pos - w.default
    joint_vel, torque = w.joint_vel, w.torques()
    # What the drives are asked for, which may be more than they can give.
    demand = w.stiffness * (w.target - w.joint_pos) - w.damping * joint_vel
    marching = deviation - (swing[:, :, None] * MARCH).reshape(w.n, -1)
    low, high = w.joint_range.T
    margin = 0.05 * (high - low)
    over = np.maximum(low + margin - w.joint_pos, 0) + np.maximum(w.joint_pos - high + margin, 0)
    rate = e.action - e.last_action

    return {
        "track_velocity": 0.5 * np.exp(-velocity_error / 0.25) + 0.5 * np.exp(-velocity_error / 0.04),
        "velocity_error": np.minimum(np.sqrt(velocity_error), 1.5),
        "mean_velocity_error": np.minimum(np.linalg.norm(e.mean_error[:, :2], axis=1), 1.5),
        "track_turn": 0.5 * np.exp(-(turn_error**2) / 0.25) + 0.5 * np.exp(-(turn_error**2) / 0.04),
        "turn_error": np.minimum(turn_error, 2.0),
        "mean_turn_error": np.minimum(np.abs(e.mean_error[:, 2]), 2.0),
        "swing_height": np.exp(-height_error / 0.0012).mean(axis=1),
        "contact_schedule": schedule,
        "march": np.exp(-np.sum((marching * PITCH) ** 2, axis=1) / 0.4),
        "alive": np.ones(w.n),
        "upright": gravity[:, 0] ** 2 + gravity[:, 1] ** 2,
        "base_height": (w.qpos[:, 2] - BASE_HEIGHT_M) ** 2,
        "vertical_speed": velocity[:, 2] ** 2,
        "tumbling": np.sum(w.qvel[:, 3:5] ** 2, axis=1),
        "slip": np.sum(contact * np.minimum(np.linalg.norm(vel[:, :, :2], axis=2), 2.0), axis=1),
        "flat_feet": np.sum(up[:, :, :2] ** 2, axis=(1, 2)),
        "narrow": np.maximum(STEP_WIDTH_M - between[:, 1], 0.0),
        "pose": deviation**2 @ POSE_WEIGHT,
        "standing_pose": standing * np.sum(deviation**2, axis=1),
        "standing_motion": standing
        * (0.05 * np.abs(joint_vel).sum(axis=1) + np.linalg.norm(w.qvel[:, :3], axis=1)),
        "impact": np.sum(np.clip(load / LOAD_N - 1.0, 0.0, 2.0), axis=1),
        "torque": np.sum(torque**2, axis=1),
        "torque_peak": np.sum(np.maximum(np.abs(demand) / w.torque_limit - 0.7, 0.0), axis=1),
        "joint_acceleration": np.sum(((joint_vel - e.last_joint_vel) * e.rate_hz) ** 2, axis=1),
        "action_rate": np.sum(rate**2, axis=1),
        "action_jerk": np.sum((rate - e.last_rate) ** 2, axis=1),
        "joint_limit": over.sum(axis=1),
    }
