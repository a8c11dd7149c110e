"""Strider is its own mirror image in the x-z plane: what is known about a left
step is known about the right one. A mirror is a permutation and a sign."""

import numpy as np

# Left leg then right leg; pitch axes lie across the mirror, roll and yaw do not.
LEGS = (np.r_[6:12, 0:6], np.tile([1, -1, -1, 1, 1, -1], 2))
POLAR = (np.arange(3), np.array([1, -1, 1]))  # velocities, gravity
AXIAL = (np.arange(3), np.array([-1, 1, -1]))  # angular velocities
COMMAND = (np.arange(3), np.array([1, -1, -1]))
PHASE = (np.array([1, 0, 3, 2]), np.ones(4))
SWAP = (np.array([1, 0]), np.ones(2))  # one number per foot

TERMS = {
    "base_ang_vel": AXIAL,
    "projected_gravity": POLAR,
    "velocity_commands": COMMAND,
    "joint_pos_rel": LEGS,
    "joint_vel": LEGS,
    "last_action": LEGS,
    "gait_phase": PHASE,
}


def chain(parts):
    """One mirror for the concatenation of several vectors."""
    index, sign, start = [], [], 0
    for perm, s in parts:
        index.append(perm + start)
        sign.append(s)
        start += len(perm)
    return np.concatenate(index), np.concatenate(sign).astype(np.float32)


def unchanged(size):
    return np.arange(size), np.ones(size)


def observation(contract):
    return chain(
        TERMS[name]
        for name in contract["observation_names"]
        for _ in range(contract["observations"].get(name, {}).get("history", 1))
    )
