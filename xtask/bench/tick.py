"""One control tick of Strider as a deployment script usually does it: onnxruntime and numpy.

Reads no robot: the states are made beforehand, so that only the tick is timed. Arrays are
allocated once, the observation is written in place, and the session runs on one thread.
Prints the median in microseconds as JSON.
"""

import argparse
import json
import os
import time

import numpy as np

# Read when the library is loaded: it tells its maker nothing.
os.environ['ORT_DISABLE_TELEMETRY'] = '1'
import onnxruntime as ort


class Walker:
    """What a script for one robot keeps between its ticks."""

    def __init__(self, policy):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(policy, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        contract = json.loads(self.session.get_modelmeta().custom_metadata_map["sinew_contract"])
        self.joints = len(contract["joint_names"])
        self.default_pos = np.array(contract["default_joint_pos"], np.float32)
        self.kp = np.array(contract["joint_stiffness"], np.float32)
        self.kd = np.array(contract["joint_damping"], np.float32)
        self.action_scale = np.array(contract["action"]["scale"], np.float32)
        self.action = np.zeros(self.joints, np.float32)
        self.target = np.zeros(self.joints, np.float32)
        self.low, self.high = np.array(contract["joint_limits"], np.float32).T

        terms = {name: contract["observations"].get(name, {}) for name in contract["observation_names"]}
        gait = terms["gait_phase"]
        self.phase = np.array(gait["offsets"])
        self.phase_step = 2 * np.pi * gait["frequency_hz"] / contract["policy_rate_hz"]

        # Each term has its own block of the observation, oldest first.
        size = {
            "base_ang_vel": 3,
            "projected_gravity": 3,
            "velocity_commands": 3,
            "joint_pos_rel": self.joints,
            "joint_vel": self.joints,
            "last_action": self.joints,
            "gait_phase": 2 * len(self.phase),
        }
        self.scale = {name: np.float32(term.get("scale", 1.0)) for name, term in terms.items()}
        length = {name: size[name] * term.get("history", 1) for name, term in terms.items()}
        self.obs = np.zeros((1, sum(length.values())), np.float32)
        self.blocks, start = {}, 0
        for name in terms:
            block = self.obs[0, start : start + length[name]]
            self.blocks[name] = (block, size[name])
            start += length[name]

    def push(self, term, values):
        block, size = self.blocks[term]
        block[:-size] = block[size:]
        block[-size:] = values * self.scale[term]

    def tick(self, quaternion, gyro, position, velocity, command):
        """Joint targets (position, kp, kd) for one state; the quaternion is w, x, y, z."""
        w, x, y, z = quaternion
        self.push("base_ang_vel", gyro)
        gravity = (2 * (w * y - x * z), -2 * (y * z + w * x), 2 * (x * x + y * y) - 1)
        self.push("projected_gravity", np.array(gravity, np.float32))
        self.push("velocity_commands", command)
        self.push("joint_pos_rel", position - self.default_pos)
        self.push("joint_vel", velocity)
        self.push("last_action", self.action)
        self.push("gait_phase", np.concatenate((np.cos(self.phase), np.sin(self.phase))))
        self.action = self.session.run(None, {self.input: self.obs})[0][0]
        self.phase = (self.phase + self.phase_step) % (2 * np.pi)
        np.multiply(self.action, self.action_scale, out=self.target)
        self.target += self.default_pos
        np.clip(self.target, self.low, self.high, out=self.target)
        return self.target, self.kp, self.kd


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("policy")
    parser.add_argument("--ticks", type=int, default=5000)
    args = parser.parse_args()

    walker = Walker(args.policy)
    random = np.random.default_rng(1)
    states = [
        (
            np.array((1.0, *random.normal(0, 0.02, 3))),
            random.normal(0, 0.2, 3).astype(np.float32),
            walker.default_pos + random.normal(0, 0.1, walker.joints).astype(np.float32),
            random.normal(0, 1.0, walker.joints).astype(np.float32),
            np.array((0.5, 0.0, 0.0), np.float32),
        )
        for _ in range(256)
    ]
    for state in states:
        walker.tick(*state)
    took_ns = np.empty(args.ticks)
    for i in range(args.ticks):
        state = states[i % len(states)]
        start = time.perf_counter_ns()
        walker.tick(*state)
        took_ns[i] = time.perf_counter_ns() - start
    print(json.dumps({"tick_p50_us": float(np.median(took_ns)) / 1e3}))


if __name__ == "__main__":
    main()
