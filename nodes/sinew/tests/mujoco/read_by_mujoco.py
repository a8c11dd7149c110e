"""What MuJoCo reads out of an MJCF file, as JSON: bodies, joints and actuators by their names.

An inertia is the body's about its centre of mass, in its own axes, as six numbers: xx, yy, zz, xy, xz, yz.
"""

import json
import sys

import mujoco
import numpy as np


def inertia(body):
    """A body's inertia about its centre of mass, in its own axes."""
    turned = np.zeros(9)
    mujoco.mju_quat2Mat(turned, body.iquat)
    turned = turned.reshape(3, 3)
    full = turned @ np.diag(body.inertia) @ turned.T
    return [full[row, column] for row, column in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]]


def joint(model, index):
    """A joint, and what its degree of freedom has."""
    dof = model.jnt_dofadr[index]
    return {
        'axis': list(model.jnt_axis[index]),
        'range': list(model.jnt_range[index]) if model.jnt_limited[index] else None,
        'effort': list(model.jnt_actfrcrange[index]) if model.jnt_actfrclimited[index] else None,
        'armature': model.dof_armature[dof],
        'damping': np.ravel(model.dof_damping[dof])[0],
        'friction': model.dof_frictionloss[dof],
    }


def main():
    """Reads the file that is named."""
    model = mujoco.MjModel.from_xml_path(sys.argv[1])
    bodies = [model.body(index) for index in range(1, model.nbody)]
    free = mujoco.mjtJoint.mjJNT_FREE
    joints = [index for index in range(model.njnt) if model.jnt_type[index] != free]
    actuators = [model.actuator(index) for index in range(model.nu)]
    read = {
        'bodies': {
            body.name: {'mass': body.mass[0], 'com': list(body.ipos), 'inertia': inertia(body)} for body in bodies
        },
        'joints': {model.joint(index).name: joint(model, index) for index in joints},
        'actuators': {
            model.joint(actuator.trnid[0]).name: {'gain': actuator.gainprm[0], 'bias': list(actuator.biasprm[:3])}
            for actuator in actuators
        },
        'free_joints': int(np.sum(model.jnt_type == free)),
        'gravity': list(model.opt.gravity),
    }
    print(json.dumps(read))


if __name__ == '__main__':
    main()
