"""How many steps MuJoCo makes of a scene in a second of CPU time, as JSON.

The robot starts in the scene's first keyframe (or its default pose) and stands there under its own
position drives; it is put back twice a simulated second, as the other side does, so that both
always simulate a robot on its feet. The steps between run in one call, without Python.
"""

import argparse
import json
import time

import mujoco


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene")
    parser.add_argument("--step-secs", type=float, default=0.004)
    parser.add_argument("--seconds", type=float, default=10.0, help="simulated time")
    args = parser.parse_args()

    model = mujoco.MjModel.from_xml_path(args.scene)
    model.opt.timestep = args.step_secs
    # As Sinew steps it, whatever the file says.
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    model.opt.iterations = max(model.opt.iterations, 100)
    model.opt.ls_iterations = max(model.opt.ls_iterations, 50)
    data = mujoco.MjData(model)
    steps = round(0.5 / args.step_secs)

    def stand():
        if model.nkey:
            mujoco.mj_resetDataKeyframe(model, data, 0)
        else:
            mujoco.mj_resetData(model, data)
        mujoco.mj_step(model, data, nstep=steps)

    stand()
    spans = round(args.seconds / 0.5)
    start = time.process_time()
    for _ in range(spans):
        stand()
    print(json.dumps({"steps_per_cpu_sec": spans * steps / (time.process_time() - start)}))


if __name__ == "__main__":
    main()
