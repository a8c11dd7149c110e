"""Many randomised Striders, each on its own floor, stepped together by MuJoCo."""

import copy

import mujoco
import numpy as np
from mujoco import rollout

from contract import SCENE
from frames import rotate_inverse
from randomise import Randomiser

FEET = ("left_foot", "right_foot")
STATE = mujoco.mjtState.mjSTATE_FULLPHYSICS


def weld(spec, joints):
    """Fixes every joint that is not in `joints` at its home position: arms and
    waist hold still anyway, and without them a step costs a third less."""
    model = spec.compile()
    home = model.key("home").qpos.copy()
    for key in list(spec.keys):
        spec.delete(key)
    for joint in [j for j in spec.joints if j.name not in (*joints, "root")]:
        turn, axis = home[model.joint(joint.name).qposadr[0]] / 2, np.array(joint.axis)
        joint.parent.quat = np.array([np.cos(turn), *(np.sin(turn) * axis)])
        spec.delete(next(a for a in spec.actuators if a.target == joint.name))
        spec.delete(joint)


def nominal_model(contract, timestep, light):
    """Strider with the sensors that rewards and measurements need on top of its
    own; `light` for training, whole for judging."""
    spec = mujoco.MjSpec.from_file(str(SCENE))
    if light:
        weld(spec, contract["joint_names"])
    for foot in FEET:
        site = {"objtype": mujoco.mjtObj.mjOBJ_SITE, "objname": foot}
        spec.add_sensor(name=f"{foot}_pos", type=mujoco.mjtSensor.mjSENS_FRAMEPOS, **site)
        spec.add_sensor(name=f"{foot}_vel", type=mujoco.mjtSensor.mjSENS_FRAMELINVEL, **site)
        spec.add_sensor(name=f"{foot}_up", type=mujoco.mjtSensor.mjSENS_FRAMEZAXIS, **site)
        spec.add_sensor(
            name=f"{foot}_force", type=mujoco.mjtSensor.mjSENS_CONTACT,
            objtype=mujoco.mjtObj.mjOBJ_GEOM, objname=foot,
            reftype=mujoco.mjtObj.mjOBJ_GEOM, refname="floor",
            intprm=[2, 3, 1],  # force, reduced to the net one, a single slot
        )
    for joint in contract["joint_names"]:
        spec.add_sensor(
            name=f"{joint}_torque", type=mujoco.mjtSensor.mjSENS_JOINTACTFRC,
            objtype=mujoco.mjtObj.mjOBJ_JOINT, objname=joint,
        )
    spec.option.timestep = timestep
    if light:
        spec.option.iterations, spec.option.ls_iterations = 4, 6
    return spec.compile()


def home(model):
    """Positions and drive targets of Strider at home, for as many joints as `model` has."""
    whole = mujoco.MjModel.from_xml_path(str(SCENE))
    key = whole.key("home")
    drives = [model.actuator(i).name for i in range(model.nu)]
    joints = [model.joint(i).name for i in range(1, model.njnt)]
    qpos = [key.qpos[whole.joint(name).qposadr[0]] for name in joints]
    return np.r_[key.qpos[:7], qpos], np.array([key.ctrl[whole.actuator(name).id] for name in drives])


class World:
    """State of `n` robots as arrays with one row per robot. Positions and
    velocities are the world's, angular velocity the base frame's, SI units."""

    def __init__(self, contract, n, ranges, rng, timestep, light=False, threads=2):
        self.n, self.rng, self.ranges = n, rng, ranges
        self.nominal = model = nominal_model(contract, timestep, light)
        self.substeps = round(1 / contract["policy_rate_hz"] / timestep)
        self.models = [copy.copy(model) for _ in range(n)]
        self.randomiser = Randomiser(model, ranges, rng)
        self.rollout = rollout.Rollout(nthread=threads)
        self.datas = [mujoco.MjData(model) for _ in range(threads)]

        names = contract["joint_names"]
        self.qpos_index = np.array([model.joint(j).qposadr[0] for j in names])
        self.qvel_index = np.array([model.joint(j).dofadr[0] for j in names])
        self.ctrl_index = np.array([model.actuator(j).id for j in names])
        self.joint_range = model.jnt_range[[model.joint(j).id for j in names]]
        self.torque_limit = model.jnt_actfrcrange[[model.joint(j).id for j in names], 1]
        self.default = np.array(contract["default_joint_pos"])
        self.scale = np.array(contract["action"]["scale"])
        self.stiffness = np.array(contract["joint_stiffness"])
        self.damping = np.array(contract["joint_damping"])
        self.home, self.home_ctrl = home(model)

        nstate = mujoco.mj_stateSize(model, STATE)
        self.state = np.zeros((n, nstate))
        self.sensors = np.zeros((n, model.nsensordata))
        self.qpos = self.state[:, 1 : 1 + model.nq]
        self.qvel = self.state[:, 1 + model.nq : 1 + model.nq + model.nv]
        self.target = np.tile(self.default, (n, 1))
        self.delay = np.zeros(n, int)
        self.traits = np.zeros((n, 4))
        self.down = np.zeros((n, 3))  # direction of gravity in the world

    def reset(self, rows, shake=1.0):
        """New robots on new floors, standing at home, displaced and moving a
        little in proportion to `shake`."""
        k, rng = len(rows), self.rng
        for i in rows:
            self.traits[i] = self.randomiser.apply(self.models[i])
            g = self.models[i].opt.gravity
            self.down[i] = g / np.linalg.norm(g)
        self.state[rows] = 0.0
        self.qpos[rows] = self.home
        self.qpos[rows, 2] += shake * rng.uniform(0, 0.01, k)
        turn = rng.uniform(-np.pi, np.pi, k)
        self.qpos[rows, 3], self.qpos[rows, 6] = np.cos(turn / 2), np.sin(turn / 2)
        self.qpos[rows, 7:] += shake * rng.uniform(-0.08, 0.08, (k, self.nominal.nq - 7))
        self.qvel[rows, :6] = shake * rng.uniform(-0.25, 0.25, (k, 6))
        self.target[rows] = self.default
        self.delay[rows] = rng.integers(0, round(self.ranges.delay_s / self.nominal.opt.timestep) + 1, k)
        self.sensors[rows] = 0.0

    def push(self, rows, speed):
        """A kick: the base's velocity jumps by up to `speed` m/s in a random direction."""
        angle = self.rng.uniform(-np.pi, np.pi, len(rows))
        size = self.rng.uniform(0, speed, len(rows))
        self.qvel[rows, 0] += size * np.cos(angle)
        self.qvel[rows, 1] += size * np.sin(angle)

    def step(self, action):
        """One policy period. Targets reach the drives `delay` physics steps late."""
        wanted = np.clip(self.default + self.scale * action, *self.joint_range.T)
        late = np.arange(self.substeps) < self.delay[:, None]
        targets = np.where(late[:, :, None], self.target[:, None], wanted[:, None])
        self.target = wanted
        ctrl = np.tile(self.home_ctrl, (self.n, self.substeps, 1))
        ctrl[:, :, self.ctrl_index] = targets
        state, sensors = self.rollout.rollout(self.models, self.datas, self.state, ctrl)
        self.state[:] = state[:, -1]
        self.sensors[:] = sensors[:, -1]

    @property
    def quat(self):
        return self.qpos[:, 3:7]

    @property
    def joint_pos(self):
        return self.qpos[:, self.qpos_index]

    @property
    def joint_vel(self):
        return self.qvel[:, self.qvel_index]

    def gravity(self):
        """Unit vector of gravity in the base frame; (0, 0, -1) when upright."""
        return rotate_inverse(self.quat, self.down)

    def fallen(self):
        return (self.gravity()[:, 2] > -0.6) | (self.qpos[:, 2] < 0.42) | ~np.isfinite(self.state).all(axis=1)

    def sensor(self, name):
        s = self.nominal.sensor(name)
        return self.sensors[:, s.adr[0] : s.adr[0] + s.dim[0]]

    def feet(self, what):
        """`pos`, `vel`, `up` or `force` of both feet, (n, 2, 3)."""
        return np.stack([self.sensor(f"{foot}_{what}") for foot in FEET], axis=1)

    def torques(self):
        start = self.nominal.sensor("left_hip_pitch_joint_torque").adr[0]
        return self.sensors[:, start : start + len(self.default)]

    def terms(self, command, last_action, phase_features):
        """The observation terms of this instant, without noise or history."""
        return {
            "base_ang_vel": self.qvel[:, 3:6].copy(),
            "projected_gravity": self.gravity(),
            "velocity_commands": command,
            "joint_pos_rel": self.joint_pos - self.default,
            "joint_vel": self.joint_vel,
            "last_action": last_action,
            "gait_phase": phase_features,
        }
