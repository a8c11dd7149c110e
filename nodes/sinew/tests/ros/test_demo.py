"""The demo, which is an example of how nodes are started and a robot is steered."""

import os
import subprocess
import sys

from nodes import PATIENT, ROOT, SINEW, free_domain, ros_arguments


def test_the_robot_of_the_demo_goes_where_it_is_told(tmp_path):
    done = subprocess.run(
        ['launch/demo/walk.sh', *ros_arguments(PATIENT)],
        cwd=ROOT,
        env=os.environ
        | {
            'SINEW': str(SINEW),
            'SINEW_ROS_PYTHON': sys.executable,
            'ROS_DOMAIN_ID': str(free_domain()),
            'TMPDIR': str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'FAIL' not in done.stdout
    # Logs stay only where something went wrong.
    assert not list(tmp_path.glob('sinew-demo*'))
