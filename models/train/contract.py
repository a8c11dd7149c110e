"""The policy contract: what the network is fed, what its outputs mean, at what rate.

The same fields are written as YAML beside the ONNX file and, once packed by
`sinew policy pack`, as JSON in the ONNX metadata under `sinew_contract`.
"""

import json
from pathlib import Path

import mujoco
import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCENE = ROOT / "sim/robots/strider/scene.xml"

LEG_JOINTS = [
    f"{side}_{joint}_joint"
    for side in ("left", "right")
    for joint in ("hip_pitch", "hip_roll", "hip_yaw", "knee", "ankle_pitch", "ankle_roll")
]

# Numbers per robot and time step of each observation term; None: one per joint.
TERM_SIZE = {
    "base_ang_vel": 3,
    "projected_gravity": 3,
    "velocity_commands": 3,
    "joint_pos_rel": None,
    "joint_vel": None,
    "last_action": None,
    "gait_phase": 4,
}


def strider():
    """The contract of Strider's walking policy; pose and gains come from the MJCF."""
    model = mujoco.MjModel.from_xml_path(str(SCENE))
    home = model.key("home")
    joints = [model.joint(name) for name in LEG_JOINTS]
    drives = [model.actuator(name) for name in LEG_JOINTS]
    history = {"history": 4}
    return {
        "sinew_contract": 1,
        "name": "strider_walk",
        "policy_rate_hz": 50,
        "joint_names": LEG_JOINTS,
        "default_joint_pos": [float(home.qpos[j.qposadr[0]]) for j in joints],
        "joint_stiffness": [float(d.gainprm[0]) for d in drives],
        "joint_damping": [float(-d.biasprm[2]) for d in drives],
        "action": {"scale": 2 * [0.4, 0.25, 0.25, 0.5, 0.35, 0.25]},
        "observation_names": list(TERM_SIZE),
        "observations": {
            "base_ang_vel": history,
            "projected_gravity": history,
            "joint_pos_rel": history,
            "joint_vel": history,
            "last_action": history,
            "gait_phase": {
                "frequency_hz": 1.6,
                "offsets": [0.0, 3.141592653589793],
                "standing_phase": 3.141592653589793,
                "standing_below": 0.05,
            },
        },
        "command_ranges": {
            "lin_vel_x": [-0.5, 1.0],
            "lin_vel_y": [-0.3, 0.3],
            "ang_vel_z": [-1.0, 1.0],
        },
    }


def term_size(contract, name):
    size = TERM_SIZE[name]
    return len(contract["joint_names"]) if size is None else size


def observation_size(contract):
    settings = contract["observations"]
    return sum(
        term_size(contract, name) * settings.get(name, {}).get("history", 1)
        for name in contract["observation_names"]
    )


def command_limits(contract):
    """(low, high) of (vx m/s, vy m/s, wz rad/s)."""
    ranges = contract["command_ranges"]
    return np.array([ranges[k] for k in ("lin_vel_x", "lin_vel_y", "ang_vel_z")]).T


def save(contract, path):
    class Dumper(yaml.SafeDumper):
        """Lists on one line, nothing aliased: a contract is read by people."""

        def ignore_aliases(self, data):
            return True

    Dumper.add_representer(
        list, lambda d, v: d.represent_sequence("tag:yaml.org,2002:seq", v, flow_style=True)
    )
    Path(path).write_text(yaml.dump(contract, Dumper=Dumper, sort_keys=False, width=100))


def load(onnx_path, metadata):
    """From the ONNX metadata where packed, else from `<name>.contract.yaml` beside it."""
    if "sinew_contract" in metadata:
        return json.loads(metadata["sinew_contract"])
    return yaml.safe_load(Path(onnx_path).with_suffix(".contract.yaml").read_text())
