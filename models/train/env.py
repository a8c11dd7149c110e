"""The walking task: commands that change, pushes, episodes, observations, rewards."""

import numpy as np

import mirror
import rewards
from contract import command_limits
from frames import to_heading
from observation import GaitPhase, Stack, phase_features
from randomise import Senses
from world import World

EPISODE_S = 20.0
COMMAND_S = 5.0
FALL_COST = 1.0
SWAY_S = 0.5  # errors averaged over about this time are more than the gait's own sway

# The critic's own inputs and how a mirror acts on them; see Env.privileged.
PRIVILEGED = [
    mirror.AXIAL, mirror.POLAR, mirror.COMMAND, mirror.LEGS, mirror.LEGS, mirror.LEGS,
    mirror.PHASE, mirror.POLAR, mirror.unchanged(1), mirror.SWAP, mirror.SWAP, mirror.SWAP,
    mirror.unchanged(1), mirror.unchanged(4), mirror.unchanged(1), mirror.COMMAND,
]


def draw_commands(rng, n, limits):
    """(vx, vy, wz): a fifth stand, a fifth go straight, the rest do everything at once."""
    command = rng.uniform(*limits, (n, 3))
    kind = rng.random(n)
    command[kind < 0.4, 1:] = 0.0
    command[kind < 0.2] = 0.0
    return command


class Env:
    """`n` robots that walk, fall and start again. `difficulty` in [0, 1] scales
    pushes and disorderly starts."""

    def __init__(self, contract, n, ranges, seed):
        self.rng = np.random.default_rng(seed)
        self.world = World(contract, n, ranges, self.rng, timestep=0.005, light=True)
        self.senses = Senses(ranges, self.rng, n, len(contract["joint_names"]))
        self.gait = GaitPhase(contract, n)
        self.stack = Stack(contract, n)
        self.limits = command_limits(contract)
        self.rate_hz = contract["policy_rate_hz"]
        self.n, self.ranges, self.difficulty = n, ranges, 0.0
        joints = len(contract["joint_names"])
        # Velocity (vx, vy, wz) less the command: now, and without the sway.
        self.command, self.error, self.mean_error = (np.zeros((n, 3)) for _ in range(3))
        self.action, self.last_action, self.last_rate, self.last_joint_vel = (
            np.zeros((n, joints)) for _ in range(4)
        )
        self.ticks = np.zeros(n, int)
        self.command_left = np.zeros(n, int)
        self.push_left = np.zeros(n, int)
        self.sums = {}
        self.reset(np.arange(n))
        # Spread the ends of episodes, so that no update sees only beginnings.
        self.ticks[:] = self.rng.integers(0, EPISODE_S * self.rate_hz, n)

    def reset(self, rows):
        self.world.reset(rows, shake=0.3 + 0.7 * self.difficulty)
        self.senses.reset(rows)
        self.gait.reset(rows)
        self.stack.reset(rows)
        for past in (self.action, self.last_action, self.last_rate, self.last_joint_vel, self.mean_error):
            past[rows] = 0.0
        self.ticks[rows] = 0
        self.command[rows] = draw_commands(self.rng, len(rows), self.limits)
        self.command_left[rows] = self.rng.integers(1, COMMAND_S * self.rate_hz, len(rows))
        self.push_left[rows] = self.rng.integers(1, self.ranges.push_every_s * self.rate_hz, len(rows))

    def observe(self):
        """(policy's, critic's) view of this tick; advances the gait clock."""
        features = phase_features(self.gait.advance(self.command))
        terms = self.world.terms(self.command, self.action, features)
        return self.stack.push(self.senses.corrupt(terms)), self.privileged(terms)

    def privileged(self, terms):
        w = self.world
        height = w.feet("pos")[:, :, 2]
        load = np.linalg.norm(w.feet("force"), axis=2) / 300.0
        speed = np.linalg.norm(w.feet("vel"), axis=2)
        parts = [
            *terms.values(), to_heading(w.quat, w.qvel[:, :3]), w.qpos[:, 2:3],
            height, load, speed, w.delay[:, None], w.traits, self.gait.standing[:, None],
            self.mean_error,
        ]
        return np.concatenate(parts, axis=1).astype(np.float32)

    def outlook(self):
        """The critic's view after a step, with the clock where it was."""
        return self.privileged(self.world.terms(self.command, self.action, phase_features(self.gait.phase)))

    def step(self, action):
        """Returns reward, fell, timed_out; the caller resets the robots that ended."""
        w = self.world
        self.last_rate = self.action - self.last_action
        self.last_action, self.action = self.action, action
        self.last_joint_vel = w.joint_vel.copy()
        w.step(action)
        velocity = to_heading(w.quat, w.qvel[:, :3])
        self.error = np.c_[velocity[:, :2], w.qvel[:, 5]] - self.command
        self.mean_error += (self.error - self.mean_error) / (SWAY_S * self.rate_hz)

        reward, parts = rewards.total(w, self)
        for name, value in parts.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        fell = w.fallen()
        reward = np.clip(reward, -1.0, 1.0) - FALL_COST * fell

        self.ticks += 1
        timed_out = (self.ticks >= EPISODE_S * self.rate_hz) & ~fell
        self.disturb()
        return reward, fell, timed_out

    def disturb(self):
        """New commands and pushes where they are due."""
        self.command_left -= 1
        rows = np.flatnonzero(self.command_left <= 0)
        self.command[rows] = draw_commands(self.rng, len(rows), self.limits)
        self.command_left[rows] = int(COMMAND_S * self.rate_hz)
        self.push_left -= 1
        rows = np.flatnonzero(self.push_left <= 0)
        self.world.push(rows, self.ranges.push_mps * self.difficulty)
        self.push_left[rows] = self.rng.integers(
            0.5 * self.ranges.push_every_s * self.rate_hz, self.ranges.push_every_s * self.rate_hz, len(rows)
        )

    def take_sums(self):
        """Mean rewards by term since the last call, per step."""
        sums, self.sums = self.sums, {}
        return sums
