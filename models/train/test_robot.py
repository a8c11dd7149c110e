"""Strider's description files are what its generator writes."""

import subprocess
import sys

from contract import SCENE


def test_the_descriptions_are_up_to_date():
    check = [sys.executable, str(SCENE.with_name("generate.py")), "--check"]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
