"""Nodes of Sinew, each a process, seen from rclpy."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
# Nobody else on the network is to hear what the tests say.
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'

pytest.importorskip('rclpy', reason='needs rclpy: run `cargo xtask test`, or source a ROS 2 installation')

from nodes import SINEW, World

if not Path(SINEW).is_file():
    pytest.exit(f'{SINEW} is not there: run `cargo xtask ros build`', returncode=2)

WORLDS = []


def opened(folder):
    world = World(folder)
    WORLDS.append(world)
    yield world
    WORLDS.remove(world)
    world.close()


@pytest.fixture
def world(tmp_path):
    """A domain of the test's own."""
    yield from opened(tmp_path)


@pytest.fixture(scope='module')
def shared(tmp_path_factory):
    """A domain for all tests of a module."""
    yield from opened(tmp_path_factory.mktemp('shared'))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the nodes said belongs to a failure."""
    report = (yield).get_result()
    if report.failed:
        report.sections += [('nodes', world.last_words()) for world in WORLDS]
