"""Observations as the contract defines them, for many robots at once.

Each term is scaled and stacked over its own history, oldest first; the first
observation after a reset fills the whole history.
"""

import numpy as np

from contract import term_size

TAU = 2 * np.pi


class GaitPhase:
    """A clock per foot, rad in [0, 2 pi): the foot swings in (0, pi) and stands
    in [pi, 2 pi). While the command is (nearly) zero both clocks rest at the
    standing phase; the first tick of walking starts them at their offsets."""

    def __init__(self, contract, n):
        settings = contract["observations"]["gait_phase"]
        self.step_rad = TAU * settings["frequency_hz"] / contract["policy_rate_hz"]
        self.offsets = np.array(settings["offsets"])
        self.rest = settings["standing_phase"]
        self.threshold = settings["standing_below"]
        self.phase = np.full((n, len(self.offsets)), self.rest)
        self.standing = np.ones(n, bool)

    def reset(self, rows):
        self.standing[rows] = True

    def advance(self, command):
        """One policy tick under `command` (vx, vy, wz); returns the phases."""
        was_standing = self.standing
        self.standing = np.linalg.norm(command, axis=1) < self.threshold
        walking = np.where(
            was_standing[:, None], self.offsets, (self.phase + self.step_rad) % TAU
        )
        self.phase = np.where(self.standing[:, None], self.rest, walking)
        return self.phase


def phase_features(phase):
    return np.concatenate([np.cos(phase), np.sin(phase)], axis=1)


class Stack:
    """Turns the terms of each tick into the network's input."""

    def __init__(self, contract, n):
        self.terms = []
        for name in contract["observation_names"]:
            settings = contract["observations"].get(name, {})
            length = settings.get("history", 1)
            size = term_size(contract, name)
            self.terms.append(
                (name, settings.get("scale", 1.0), settings.get("clip"), np.zeros((n, length, size)))
            )
        self.fresh = np.ones(n, bool)

    def reset(self, rows):
        self.fresh[rows] = True

    def push(self, values):
        """`values` maps a term's name to this tick's numbers, (n, size)."""
        for name, scale, clip, past in self.terms:
            now = values[name] * scale
            if clip:
                now = np.clip(now, *clip)
            past[:, :-1] = past[:, 1:]
            past[:, -1] = now
            past[self.fresh] = now[self.fresh, None]
        self.fresh[:] = False
        n = len(self.fresh)
        return np.concatenate([past.reshape(n, -1) for *_, past in self.terms], axis=1).astype(np.float32)
