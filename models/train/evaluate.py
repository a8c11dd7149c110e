"""Judges an exported policy in MuJoCo, on robots, floors and seeds it never met.

    python models/train/evaluate.py models/strider/walk.onnx --episodes 200 --seed 1 --json -

Every episode lasts 20 s: mass +-15 %, friction 0.4 to 1.2, motor strength
+-10 %, delay 0 to 20 ms, sensor noise, a push of up to 0.5 m/s and a new
command (vx, vy, wz) every 5 s. Standing is judged apart: zero command, no
pushes. Physics steps are 4 ms, training's are 5 ms.

`velocity_error_mps` is what `sinew eval` calls so: the mean over time, after
the first second, of |mean over the last second of (velocity - command)| in the
plane of the floor, in the frame that turns with the heading. Averaging over a
second leaves the sway of each step out. `turn_error_radps` is the same of wz.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np

# Read when the library is loaded: it tells its maker nothing.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

import contract as contracts
from frames import to_heading
from observation import GaitPhase, Stack, phase_features
from randomise import Ranges, Senses
from world import World

EPISODE_S = 20.0
CHANGE_S = 5.0
WINDOW_S = 1.0  # velocities asked and got are compared as means over this time
STANDING = 0.18  # share of commands that are exactly zero

RANGES = Ranges(
    mass_pm=0.15, link_mass_pm=0.0, com_pm_m=0.0, friction=(0.4, 1.2), motor_pm=0.10,
    motor_each_pm=0.0, joint_damping=(1.0, 1.0), frictionless_joints=0.0, frictionloss=(1.0, 1.0),
    armature=(1.0, 1.0), contact_time_s=(0.02, 0.02), contact_damping=(1.0, 1.0), slope_rad=0.0,
    delay_s=0.02, gyro_noise=0.2, gravity_noise=0.03, joint_pos_noise=0.01, joint_vel_noise=0.5,
    gyro_bias=0.0, gravity_bias=0.0, joint_pos_bias=0.0, push_mps=0.5, push_every_s=CHANGE_S,
)  # fmt: skip


class Network:
    """The exported ONNX, run as a robot would: one observation at a time."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.contract = contracts.load(path, self.session.get_modelmeta().custom_metadata_map)
        self.input = self.session.get_inputs()[0].name

    def __call__(self, obs):
        return np.concatenate([self.session.run(None, {self.input: row[None]})[0] for row in obs])


def draw_commands(rng, n, limits):
    command = rng.uniform(*limits, (n, 3))
    command[rng.random(n) < STANDING] = 0.0
    return command


def episodes(network, n, seed, ranges=RANGES, command=None, pushes=True, seconds=EPISODE_S):
    """Runs `n` episodes side by side and returns what was measured, a number per
    episode. `command` fixes (vx, vy, wz); by default it changes every 5 s."""
    contract = network.contract
    rng = np.random.default_rng([seed, 0x51AE])
    world = World(contract, n, ranges, rng, timestep=0.004)
    joints = len(contract["joint_names"])
    senses = Senses(ranges, rng, n, joints)
    gait, stack = GaitPhase(contract, n), Stack(contract, n)
    limits = contracts.command_limits(contract)
    rate = contract["policy_rate_hz"]
    world.reset(np.arange(n), shake=0.0)
    origin = world.qpos[:, :2].copy()
    now = np.tile(command, (n, 1)) if command is not None else draw_commands(rng, n, limits)
    action, before = np.zeros((n, joints)), np.zeros((n, joints))
    alive = np.ones(n, bool)
    window = np.zeros((int(WINDOW_S * rate), n, 3))  # of (vx, vy, wz) - command
    judged, lived, error, turn_error, energy, peak, jerk = np.zeros((7, n))
    for tick in range(int(seconds * rate)):
        if tick and tick % int(CHANGE_S * rate) == 0:
            if command is None:
                now = draw_commands(rng, n, limits)
            if pushes:
                world.push(np.flatnonzero(alive), ranges.push_mps)
        terms = world.terms(now, action, phase_features(gait.advance(now)))
        before, action = action, network(stack.push(senses.corrupt(terms))).astype(np.float64)
        world.step(np.where(alive[:, None], action, 0.0))
        alive &= ~world.fallen()
        velocity = to_heading(world.quat, world.qvel[:, :3])
        window[tick % len(window)] = np.c_[velocity[:, :2], world.qvel[:, 5]] - now
        power = np.abs(world.torques() * world.joint_vel).sum(axis=1)
        lived += alive
        if tick >= len(window):
            mean = window.mean(axis=0)
            judged += alive
            error += alive * np.linalg.norm(mean[:, :2], axis=1)
            turn_error += alive * np.abs(mean[:, 2])
        energy += alive * power / rate
        jerk += alive * np.abs(action - before).mean(axis=1)
        peak = np.maximum(peak, alive * (np.abs(world.torques()) / world.torque_limit).max(axis=1))
    lived, judged = np.maximum(lived, 1), np.maximum(judged, 1)
    return {
        "survived": alive,
        "velocity_error_mps": error / judged,
        "turn_error_radps": turn_error / judged,
        "power_w": energy * rate / lived,
        "torque_peak_of_limit": peak,
        "action_change": jerk / lived,
        "drift_m": np.linalg.norm(world.qpos[:, :2] - origin, axis=1),
    }


def evaluate(path, n, seed):
    """The report: numbers over `n` disturbed episodes and a tenth as many standing ones."""
    network = Network(path)
    walk = episodes(network, n, seed)
    stand = episodes(network, max(n // 10, 4), seed, command=(0, 0, 0), pushes=False)
    return {
        "robot": "strider",
        "policy": Path(path).name,
        "engine": "mujoco",
        "episodes": n,
        "episode_s": EPISODE_S,
        "seed": seed,
        "survival": float(walk["survived"].mean()),
        "velocity_error_mps": round(float(walk["velocity_error_mps"].mean()), 4),
        "turn_error_radps": round(float(walk["turn_error_radps"].mean()), 4),
        "energy_j_per_s": round(float(walk["power_w"].mean()), 1),
        "torque_peak_of_limit": round(float(walk["torque_peak_of_limit"].max()), 3),
        "action_change": round(float(walk["action_change"].mean()), 4),
        "standing_survival": float(stand["survived"].mean()),
        "standing_drift_m": round(float(stand["drift_m"].max()), 4),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("policy", help="ONNX file; its contract is in its metadata or in a YAML beside it")
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", default="-", help="where the report goes (default: - for stdout)")
    args = parser.parse_args()
    report = json.dumps(evaluate(args.policy, args.episodes, args.seed), indent=2) + "\n"
    if args.json == "-":
        sys.stdout.write(report)
    else:
        Path(args.json).write_text(report)


if __name__ == "__main__":
    main()
