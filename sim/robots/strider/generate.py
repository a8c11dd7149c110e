"""Writes strider.xml (MJCF) and strider.urdf from the one description below.

    python sim/robots/strider/generate.py            # rewrite both files
    python sim/robots/strider/generate.py --check    # exit 1 if they are stale

Frames follow REP-103: x forward, y left, z up. With every joint at zero all
link frames are parallel, so a joint is a position and an axis. Metres,
kilograms, radians, newton metres. Only the left side is written down; the
right one is its mirror image in the x-z plane.
"""

import argparse
import sys
from dataclasses import dataclass, field, replace
from math import cos, pi, sin
from pathlib import Path

HERE = Path(__file__).parent

X, Y, Z = (1, 0, 0), (0, 1, 0), (0, 0, 1)

BODY = (0.92, 0.93, 0.95, 1)
DARK = (0.16, 0.18, 0.22, 1)
ACCENT = (0.10, 0.55, 0.62, 1)
MOTOR = (0.36, 0.39, 0.44, 1)
VISOR = (0.05, 0.06, 0.08, 1)


@dataclass(frozen=True)
class Motor:
    """One quasi-direct-drive actuator, as seen at the joint."""

    torque: float  # peak, N.m
    velocity: float  # no load, rad/s
    ratio: float
    rotor_inertia: float  # kg.m^2, before the gearbox
    damping: float  # viscous, N.m.s/rad
    friction: float  # Coulomb, N.m

    @property
    def armature(self):
        return self.rotor_inertia * self.ratio**2


LARGE = Motor(torque=120, velocity=18, ratio=18, rotor_inertia=7.5e-5, damping=0.2, friction=0.4)
MEDIUM = Motor(torque=70, velocity=24, ratio=14, rotor_inertia=6.0e-5, damping=0.15, friction=0.3)
SMALL = Motor(torque=40, velocity=22, ratio=16, rotor_inertia=2.0e-5, damping=0.1, friction=0.2)


@dataclass(frozen=True)
class Joint:
    name: str
    axis: tuple
    lower: float
    upper: float
    motor: Motor
    kp: float  # N.m/rad
    kd: float  # N.m.s/rad
    home: float  # rad


@dataclass(frozen=True)
class Geom:
    """A primitive: `box` (half lengths), `sphere` (radius), `capsule` or
    `cylinder` (radius, half length) along `along`."""

    shape: str
    size: tuple
    pos: tuple = (0, 0, 0)
    along: tuple = Z
    rgba: tuple = BODY
    visual: bool = True
    collides: bool = False
    name: str = ""


@dataclass(frozen=True)
class Link:
    """A rigid body. Its inertia is that of a uniform box of size `box`
    centred at `com`; `box` is the size of the parts that carry the mass."""

    name: str
    parent: str
    pos: tuple
    joint: Joint | None
    mass: float
    com: tuple
    box: tuple
    geoms: tuple = field(default_factory=tuple)

    @property
    def inertia(self):
        a, b, c = (s * s for s in self.box)
        return tuple(self.mass / 12 * s for s in (b + c, a + c, a + b))


def hull(shape, size, pos=(0, 0, 0), **kw):
    """A collision shape that is not drawn."""
    return Geom(shape, size, pos, visual=False, collides=True, **kw)


BASE = Link(
    "base_link", "", (0, 0, 0), None, 3.8, (0, 0, 0.0), (0.14, 0.20, 0.12),
    (
        hull("box", (0.065, 0.09, 0.055)),
        Geom("box", (0.06, 0.085, 0.045), rgba=DARK),
        Geom("box", (0.066, 0.05, 0.03), rgba=ACCENT),
        Geom("cylinder", (0.055, 0.02), (0, 0, 0.05), rgba=MOTOR),
    ),
)

TORSO = Link(
    "torso_link", "base_link", (0, 0, 0.06),
    Joint("waist_yaw_joint", Z, -1.2, 1.2, MEDIUM, 100, 4, 0.0),
    8.6, (0.02, 0, 0.17), (0.16, 0.24, 0.32),
    (
        hull("box", (0.08, 0.115, 0.13), (0, 0, 0.17)),
        hull("sphere", (0.085,), (0.01, 0, 0.40)),
        Geom("box", (0.065, 0.10, 0.035), (0, 0, 0.045), rgba=DARK),
        Geom("box", (0.08, 0.115, 0.11), (0, 0, 0.19)),
        Geom("box", (0.012, 0.07, 0.05), (0.075, 0, 0.21), rgba=ACCENT),
        Geom("box", (0.02, 0.085, 0.085), (-0.09, 0, 0.19), rgba=DARK),
        Geom("cylinder", (0.035, 0.03), (0, 0, 0.32), rgba=MOTOR),
        Geom("capsule", (0.075, 0.02), (0.01, 0, 0.40)),
        Geom("box", (0.03, 0.055, 0.022), (0.062, 0, 0.41), rgba=VISOR),
    ),
)

LEFT = (
    Link(
        "left_hip_pitch_link", "base_link", (0, 0.06, -0.04),
        Joint("left_hip_pitch_joint", Y, -2.0, 0.9, LARGE, 250, 6, -0.25),
        1.4, (0, 0.01, 0), (0.09, 0.06, 0.09),
        (Geom("cylinder", (0.048, 0.025), (0, 0.005, 0), Y, MOTOR),),
    ),
    Link(
        "left_hip_roll_link", "left_hip_pitch_link", (0, 0.03, 0),
        Joint("left_hip_roll_joint", X, -0.5, 1.0, MEDIUM, 200, 6, 0.0),
        1.0, (0, 0, -0.02), (0.08, 0.07, 0.08),
        (
            Geom("cylinder", (0.04, 0.04), (0, 0.01, 0), X, DARK),
            Geom("box", (0.03, 0.03, 0.03), (0, 0.005, -0.035), rgba=DARK),
        ),
    ),
    Link(
        "left_thigh_link", "left_hip_roll_link", (0, 0, -0.06),
        Joint("left_hip_yaw_joint", Z, -0.8, 0.8, MEDIUM, 120, 4, 0.0),
        2.7, (0.005, 0, -0.13), (0.09, 0.09, 0.24),
        (
            hull("capsule", (0.05, 0.085), (0, 0, -0.12)),
            Geom("cylinder", (0.045, 0.02), (0, 0, -0.01), rgba=MOTOR),
            Geom("capsule", (0.05, 0.065), (0, 0, -0.12)),
            Geom("cylinder", (0.05, 0.045), (0, 0, -0.24), Y, MOTOR),
            Geom("cylinder", (0.03, 0.05), (0, 0, -0.24), Y, ACCENT),
        ),
    ),
    Link(
        "left_shank_link", "left_thigh_link", (0, 0, -0.24),
        Joint("left_knee_joint", Y, 0.0, 2.3, LARGE, 250, 6, 0.50),
        1.6, (0, 0, -0.11), (0.07, 0.07, 0.22),
        (
            hull("capsule", (0.038, 0.11), (0, 0, -0.14)),
            Geom("capsule", (0.04, 0.08), (-0.005, 0, -0.13)),
            Geom("box", (0.014, 0.028, 0.08), (0.03, 0, -0.13), rgba=ACCENT),
            Geom("cylinder", (0.026, 0.05), (0, 0, -0.24), rgba=DARK),
        ),
    ),
    Link(
        "left_ankle_link", "left_shank_link", (0, 0, -0.28),
        Joint("left_ankle_pitch_joint", Y, -0.9, 0.6, SMALL, 180, 4, -0.25),
        0.25, (0, 0, 0), (0.04, 0.05, 0.04),
        (Geom("cylinder", (0.028, 0.034), (0, 0, 0), Y, MOTOR),),
    ),
    Link(
        "left_foot_link", "left_ankle_link", (0, 0, -0.02),
        Joint("left_ankle_roll_joint", X, -0.4, 0.4, SMALL, 100, 3, 0.0),
        0.65, (0.015, 0, -0.025), (0.20, 0.09, 0.03),
        (
            hull("box", (0.10, 0.045, 0.012), (0.016, 0, -0.033), name="left_foot"),
            Geom("box", (0.10, 0.045, 0.010), (0.016, 0, -0.035), rgba=DARK),
            Geom("box", (0.07, 0.035, 0.012), (0.015, 0, -0.013), rgba=BODY),
            Geom("cylinder", (0.024, 0.035), (0, 0, 0), X, MOTOR),
        ),
    ),
    Link(
        "left_shoulder_link", "torso_link", (0, 0.135, 0.25),
        Joint("left_shoulder_pitch_joint", Y, -2.8, 1.4, SMALL, 60, 2, 0.15),
        0.7, (0, 0.02, 0), (0.07, 0.07, 0.07),
        (Geom("cylinder", (0.042, 0.03), (0, 0.01, 0), Y, MOTOR),),
    ),
    Link(
        "left_upper_arm_link", "left_shoulder_link", (0, 0.05, 0),
        Joint("left_shoulder_roll_joint", X, -0.3, 2.2, SMALL, 60, 2, 0.18),
        1.0, (0, 0, -0.09), (0.06, 0.06, 0.20),
        (
            hull("capsule", (0.036, 0.075), (0, 0, -0.09)),
            Geom("sphere", (0.046,), rgba=DARK),
            Geom("capsule", (0.036, 0.06), (0, 0, -0.10)),
            Geom("cylinder", (0.034, 0.04), (0, 0, -0.19), Y, MOTOR),
        ),
    ),
    Link(
        "left_forearm_link", "left_upper_arm_link", (0, 0, -0.19),
        Joint("left_elbow_joint", Y, -2.2, 0.1, SMALL, 60, 2, -0.50),
        0.7, (0, 0, -0.09), (0.05, 0.05, 0.18),
        (
            hull("capsule", (0.03, 0.085), (0, 0, -0.10)),
            Geom("capsule", (0.03, 0.05), (0, 0, -0.09)),
            Geom("cylinder", (0.032, 0.012), (0, 0, -0.155), rgba=ACCENT),
            Geom("sphere", (0.036,), (0, 0, -0.195), rgba=DARK),
        ),
    ),
)


def right(name):
    return name.replace("left_", "right_")


def flip(p):
    return (p[0], -p[1], p[2])


def mirrored(link):
    """The right-hand twin: positions flip in y; a rotation about x or z
    changes sign, one about y does not."""
    j = link.joint
    if j.axis != Y:
        j = replace(j, lower=-j.upper, upper=-j.lower, home=-j.home or 0.0)
    return replace(
        link, name=right(link.name), parent=right(link.parent), pos=flip(link.pos),
        joint=replace(j, name=right(j.name)), com=flip(link.com),
        geoms=tuple(replace(g, pos=flip(g.pos), name=right(g.name)) for g in link.geoms),
    )


LEG, ARM = LEFT[:6], LEFT[6:]
LINKS = (
    BASE, *LEG, *(mirrored(k) for k in LEG), TORSO, *ARM, *(mirrored(k) for k in ARM),
)
JOINTS = tuple(k.joint for k in LINKS if k.joint)

IMU_POS = (0.0, 0.0, 0.03)  # in base_link
CAMERA_POS = (0.095, 0.0, 0.41)  # in torso_link, in front of the visor
CAMERA_PITCH = 0.6  # rad, looking down
CAMERA_FOVY = 78  # degrees from the image's upper edge to the lower
SOLE_POS = (0.016, 0.0, -0.045)  # centre of the sole, in left_foot_link


def home_height():
    """Height of base_link above the floor with the feet flat at `home`."""
    pitch, height = 0.0, 0.0
    for link in LEG:
        height -= link.pos[2] * cos(pitch)
        if link.joint.axis == Y:
            pitch += link.joint.home
    return height - SOLE_POS[2]


def num(*values):
    return " ".join(f"{v:.7g}" for v in values)


# MJCF

MJCF_QUAT = {X: (0.70710678, 0, 0.70710678, 0), Y: (0.70710678, -0.70710678, 0, 0)}


def mjcf_geom(g):
    kind = "collision" if g.collides else "visual"
    name = f' name="{g.name}"' if g.name else ""
    quat = f' quat="{num(*MJCF_QUAT[g.along])}"' if g.along != Z else ""
    rgba = f' rgba="{num(*g.rgba)}"' if g.visual else ""
    return (
        f'<geom{name} class="{kind}" type="{g.shape}" size="{num(*g.size)}"'
        f' pos="{num(*g.pos)}"{quat}{rgba}/>'
    )


def mjcf_body(link, depth):
    pad = "  " * depth
    pos = (0, 0, home_height()) if link is BASE else link.pos
    out = [f'{pad}<body name="{link.name}" pos="{num(*pos)}">']
    out.append(
        f'{pad}  <inertial pos="{num(*link.com)}" mass="{num(link.mass)}"'
        f' diaginertia="{num(*link.inertia)}"/>'
    )
    if link is BASE:
        out.append(f'{pad}  <freejoint name="root"/>')
        out.append(f'{pad}  <site name="imu" pos="{num(*IMU_POS)}"/>')
    else:
        j = link.joint
        out.append(
            f'{pad}  <joint name="{j.name}" axis="{num(*j.axis)}" range="{num(j.lower, j.upper)}"'
            f' actuatorfrcrange="{num(-j.motor.torque, j.motor.torque)}"'
            f' armature="{num(j.motor.armature)}" damping="{num(j.motor.damping)}"'
            f' frictionloss="{num(j.motor.friction)}"/>'
        )
    out += [f"{pad}  {mjcf_geom(g)}" for g in link.geoms]
    if link is TORSO:
        # MuJoCo's cameras look along -z with y up.
        up = (sin(CAMERA_PITCH), 0, cos(CAMERA_PITCH))
        out.append(
            f'{pad}  <camera name="head" pos="{num(*CAMERA_POS)}" xyaxes="{num(0, -1, 0, *up)}"'
            f' fovy="{num(CAMERA_FOVY)}"/>'
        )
    if link.name.endswith("foot_link"):
        out.append(f'{pad}  <site name="{link.name[:-5]}" pos="{num(*SOLE_POS)}"/>')
    for child in LINKS:
        if child.parent == link.name:
            out += mjcf_body(child, depth + 1)
    out.append(f"{pad}</body>")
    return out


def mjcf():
    home = [j.home for j in JOINTS]
    actuators = [
        f'    <position name="{j.name}" joint="{j.name}" kp="{num(j.kp)}" kv="{num(j.kd)}"'
        f' ctrlrange="{num(j.lower, j.upper)}"/>'
        for j in JOINTS
    ]
    lines = [
        '<mujoco model="strider">',
        "  <!-- Written by generate.py; edit that. -->",
        '  <compiler angle="radian"/>',
        '  <option timestep="0.004" integrator="implicitfast"/>',
        "",
        "  <default>",
        '    <default class="visual">',
        '      <geom contype="0" conaffinity="0" group="2"/>',
        "    </default>",
        '    <default class="collision">',
        '      <geom contype="1" conaffinity="0" condim="3" friction="0.8 0.005 0.0001" group="3"/>',
        "    </default>",
        "  </default>",
        "",
        "  <worldbody>",
        *mjcf_body(BASE, 2),
        "  </worldbody>",
        "",
        "  <actuator>",
        *actuators,
        "  </actuator>",
        "",
        "  <sensor>",
        '    <framequat name="orientation" objtype="site" objname="imu"/>',
        '    <gyro name="gyro" site="imu"/>',
        '    <accelerometer name="accelerometer" site="imu"/>',
        "  </sensor>",
        "",
        "  <keyframe>",
        f'    <key name="home" qpos="{num(0, 0, home_height(), 1, 0, 0, 0, *home)}"'
        f' ctrl="{num(*home)}"/>',
        "  </keyframe>",
        "</mujoco>",
        "",
    ]
    return "\n".join(lines)


# URDF

URDF_RPY = {X: (0, 1.5707963, 0), Y: (1.5707963, 0, 0), Z: (0, 0, 0)}


def urdf_shape(g, tag):
    """The elements for one geom; URDF has no capsule, so that one becomes a
    cylinder and two spheres."""
    radius, half = g.size[0], g.size[-1]
    if g.shape == "box":
        parts = [(g.pos, f'<box size="{num(*(2 * s for s in g.size))}"/>')]
    elif g.shape == "sphere":
        parts = [(g.pos, f'<sphere radius="{num(radius)}"/>')]
    else:
        parts = [(g.pos, f'<cylinder radius="{num(radius)}" length="{num(2 * half)}"/>')]
    if g.shape == "capsule":
        for sign in (1, -1):
            end = tuple(p + sign * half * a for p, a in zip(g.pos, g.along))
            parts.append((end, f'<sphere radius="{num(radius)}"/>'))
    rgba = f'<material name=""><color rgba="{num(*g.rgba)}"/></material>' if tag == "visual" else ""
    return [
        f'    <{tag}><origin xyz="{num(*pos)}" rpy="{num(*URDF_RPY[g.along])}"/>'
        f"<geometry>{shape}</geometry>{rgba}</{tag}>"
        for pos, shape in parts
    ]


def urdf():
    out = [
        '<?xml version="1.0"?>',
        "<!-- Written by generate.py; edit that. -->",
        '<robot name="strider">',
    ]
    for link in LINKS:
        ixx, iyy, izz = link.inertia
        out += [
            f'  <link name="{link.name}">',
            f'    <inertial><origin xyz="{num(*link.com)}" rpy="0 0 0"/><mass value="{num(link.mass)}"/>'
            f'<inertia ixx="{num(ixx)}" ixy="0" ixz="0" iyy="{num(iyy)}" iyz="0" izz="{num(izz)}"/></inertial>',
        ]
        for g in link.geoms:
            if g.visual:
                out += urdf_shape(g, "visual")
            if g.collides:
                out += urdf_shape(g, "collision")
        out.append("  </link>")
    for link in LINKS:
        j = link.joint
        if j is None:
            continue
        out += [
            f'  <joint name="{j.name}" type="revolute">',
            f'    <origin xyz="{num(*link.pos)}" rpy="0 0 0"/>',
            f'    <parent link="{link.parent}"/><child link="{link.name}"/>',
            f'    <axis xyz="{num(*j.axis)}"/>',
            f'    <limit lower="{num(j.lower)}" upper="{num(j.upper)}" effort="{num(j.motor.torque)}"'
            f' velocity="{num(j.motor.velocity)}"/>',
            f'    <dynamics damping="{num(j.motor.damping)}" friction="{num(j.motor.friction)}"/>',
            "  </joint>",
        ]
    level = (0, 0, 0)
    fixed = [("imu_link", "base_link", IMU_POS, level)]
    fixed += [
        (f"{side}_sole", f"{side}_foot_link", SOLE_POS, level) for side in ("left", "right")
    ]
    fixed += [
        ("head_camera_link", "torso_link", CAMERA_POS, (0, CAMERA_PITCH, 0)),
        ("head_camera_optical_frame", "head_camera_link", level, (-pi / 2, 0, -pi / 2)),
    ]
    for name, parent, pos, rpy in fixed:
        out += [
            f'  <link name="{name}"/>',
            f'  <joint name="{name}_joint" type="fixed">',
            f'    <origin xyz="{num(*pos)}" rpy="{num(*rpy)}"/>',
            f'    <parent link="{parent}"/><child link="{name}"/>',
            "  </joint>",
        ]
    return "\n".join([*out, "</robot>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    stale = []
    for name, text in (("strider.xml", mjcf()), ("strider.urdf", urdf())):
        path = HERE / name
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if not check:
                path.write_text(text)
    print(f"mass {sum(k.mass for k in LINKS):.2f} kg, home height {home_height():.4f} m, "
          f"{'stale' if check else 'written'}: {', '.join(stale) or 'none'}")
    sys.exit(bool(check and stale))


if __name__ == "__main__":
    main()
