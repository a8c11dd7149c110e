"""What differs from one Strider, floor and day to the next."""

from dataclasses import dataclass

import mujoco
import numpy as np


@dataclass(frozen=True)
class Ranges:
    """Widths of uniform distributions; `_pm` is plus or minus, a fraction or the unit named."""

    mass_pm: float = 0.18  # all links together
    link_mass_pm: float = 0.07  # each link on top
    com_pm_m: float = 0.025  # torso
    friction: tuple = (0.35, 1.3)
    motor_pm: float = 0.13  # kp, kd and torque limit together
    motor_each_pm: float = 0.05  # each joint, kp and kd apart
    joint_damping: tuple = (0.2, 2.0)  # factor
    frictionless_joints: float = 0.5  # share of robots without Coulomb friction
    frictionloss: tuple = (0.3, 1.5)  # factor, for the others
    armature: tuple = (0.7, 1.3)  # factor
    contact_time_s: tuple = (0.008, 0.05)  # solref, log-uniform
    contact_damping: tuple = (0.6, 1.4)  # solref damping ratio
    slope_rad: float = 0.052
    delay_s: float = 0.02
    gyro_noise: float = 0.2  # rad/s
    gravity_noise: float = 0.03
    joint_pos_noise: float = 0.015  # rad
    joint_vel_noise: float = 0.75  # rad/s
    gyro_bias: float = 0.05  # rad/s
    gravity_bias: float = 0.02
    joint_pos_bias: float = 0.01  # rad
    push_mps: float = 0.7
    push_every_s: float = 5.0


class Randomiser:
    """Draws models from `ranges` around `nominal`, in place."""

    def __init__(self, nominal, ranges, rng):
        self.nominal, self.ranges, self.rng = nominal, ranges, rng
        self.scratch = mujoco.MjData(nominal)
        self.torso = nominal.body("torso_link").id

    def apply(self, model):
        """Redraws `model`; returns what a critic may know of it: friction, mass
        factor, motor factor, contact time constant."""
        base, r, rng = self.nominal, self.ranges, self.rng

        mass_factor = 1 + rng.uniform(-r.mass_pm, r.mass_pm)
        mass = mass_factor * (1 + rng.uniform(-r.link_mass_pm, r.link_mass_pm, base.nbody))
        model.body_mass[:] = base.body_mass * mass
        model.body_inertia[:] = base.body_inertia * mass[:, None]
        model.body_ipos[self.torso] = base.body_ipos[self.torso] + rng.uniform(-r.com_pm_m, r.com_pm_m, 3)

        friction = rng.uniform(*r.friction)
        model.geom_friction[:, 0] = friction
        contact_time = np.exp(rng.uniform(*np.log(r.contact_time_s)))
        model.geom_solref[:] = contact_time, rng.uniform(*r.contact_damping)

        motor = 1 + rng.uniform(-r.motor_pm, r.motor_pm)
        each = rng.uniform(-r.motor_each_pm, r.motor_each_pm, (2, base.nu))
        kp, kd = motor * (1 + each)
        model.actuator_gainprm[:, 0] = base.actuator_gainprm[:, 0] * kp
        model.actuator_biasprm[:, 1] = base.actuator_biasprm[:, 1] * kp
        model.actuator_biasprm[:, 2] = base.actuator_biasprm[:, 2] * kd
        model.jnt_actfrcrange[:] = base.jnt_actfrcrange * motor

        model.dof_damping[:] = base.dof_damping * rng.uniform(*r.joint_damping)
        has_friction = rng.random() >= r.frictionless_joints
        model.dof_frictionloss[:] = base.dof_frictionloss * has_friction * rng.uniform(*r.frictionloss)
        model.dof_armature[:] = base.dof_armature * rng.uniform(*r.armature)

        # A slope, told as gravity that leans: the floor stays a level plane.
        lean, towards = rng.uniform(0, r.slope_rad), rng.uniform(-np.pi, np.pi)
        g = np.linalg.norm(base.opt.gravity)
        model.opt.gravity[:] = (
            g * np.sin(lean) * np.cos(towards), g * np.sin(lean) * np.sin(towards), -g * np.cos(lean)
        )
        mujoco.mj_setConst(model, self.scratch)
        return friction, mass_factor, motor, contact_time


@dataclass
class Senses:
    """Noise and constant errors of the sensors of `n` robots."""

    ranges: Ranges
    rng: np.random.Generator
    n: int
    joints: int

    def __post_init__(self):
        r = self.ranges
        self.errors = {
            "base_ang_vel": (r.gyro_noise, r.gyro_bias, np.zeros((self.n, 3))),
            "projected_gravity": (r.gravity_noise, r.gravity_bias, np.zeros((self.n, 3))),
            "joint_pos_rel": (r.joint_pos_noise, r.joint_pos_bias, np.zeros((self.n, self.joints))),
            "joint_vel": (r.joint_vel_noise, 0.0, np.zeros((self.n, self.joints))),
        }
        self.reset(np.arange(self.n))

    def reset(self, rows):
        for _, spread, bias in self.errors.values():
            bias[rows] = self.rng.uniform(-spread, spread, (len(rows), bias.shape[1]))

    def corrupt(self, terms):
        """What the sensors say where `terms` are the truth."""
        out = dict(terms)
        for name, (noise, _, bias) in self.errors.items():
            out[name] = terms[name] + bias + self.rng.uniform(-noise, noise, bias.shape)
        return out
