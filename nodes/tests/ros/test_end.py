"""SIGINT and SIGTERM end a node with 0, the robot in its safe action first."""

import signal

import pytest
from geometry_msgs.msg import Twist
from nodes import HELD
from peer import LATCHED
from std_msgs.msg import Float64MultiArray, String


@pytest.mark.parametrize('which', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_node_with_0_and_the_robot_is_safe_first(world, which):
    peer = world.peer
    sim, control, course = world.bring_up(HELD, 'sim', 'control', 'course')
    world.until_mode('run')
    with (
        peer.hearing(Float64MultiArray, 'joint_impedance_command') as commands,
        peer.hearing(String, 'control/mode', LATCHED) as modes,
    ):
        peer.until('commands that move the robot', lambda: commands and max(commands.last.data[3::5]) > 0)
        control.send(which)
        peer.until('the end of control', lambda: control.child.poll() is not None)
        # What was sent last may still be on its way.
        peer.until('mode inactive', lambda: modes.last.data == 'inactive')
        peer.until('a command without stiffness', lambda: set(commands.last.data[3::5]) == {0.0})
        assert min(commands.last.data[4::5]) > 0
    assert control.child.returncode == 0
    for process in (course, sim):
        assert process.end(which) == 0, process.said()
    for process in world.processes:
        assert 'panick' not in process.said()
        assert 'ERROR' not in process.said()


def test_a_signal_before_the_robot_was_heard_ends_a_node_just_as_well(world):
    control, course = world.bring_up({}, 'control', 'course')
    world.until_mode('damp')
    with world.peer.telling(Twist(), 'cmd_vel'):
        assert control.end() == 0, control.said()
    assert course.end() == 0, course.said()
