"""A signal ends a node with 0, the robot in its safe action first; a stop outlives the process."""

import signal

import pytest
from geometry_msgs.msg import Twist
from nodes import HELD
from peer import LATCHED
from std_msgs.msg import Float64MultiArray, String
from std_srvs.srv import Trigger


@pytest.mark.parametrize('which', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
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


def until_it_stays(world, mode):
    """The mode is reached, and nobody leaves it for longer than a start takes."""
    world.until_mode(mode)
    with world.peer.hearing(String, 'control/mode', LATCHED) as modes:
        world.peer.spin(3.0)
        assert {m.data for m in modes} <= {mode}


@pytest.mark.parametrize('how', ['ended', 'killed'])
def test_a_new_start_of_control_is_no_way_round_a_stop(world, how):
    peer = world.peer
    sim, control = world.bring_up(HELD, 'sim', 'control')
    with peer.telling(Twist(), 'cmd_vel'):
        world.until_mode('run')
        assert peer.ask(Trigger, 'control/stop').success
        world.until_mode('stopped')
        peer.spin(0.5)
        if how == 'ended':
            assert control.end() == 0, control.said()
        else:
            control.kill()
        again = world.start('control', HELD)
        until_it_stays(world, 'stopped')
        refused = peer.ask(Trigger, 'control/start')
        assert not refused.success and 'operator_stop' in refused.message
        assert peer.ask(Trigger, 'control/clear_stop').success
        # `start.auto` is set.
        until_it_stays(world, 'damp')
        assert peer.ask(Trigger, 'control/start').success
        world.until_mode('run')
        assert again.end() == 0, again.said()
    assert sim.end() == 0


def test_a_control_that_was_killed_in_motion_begins_stopped(world):
    peer = world.peer
    sim, control = world.bring_up(HELD, 'sim', 'control')
    with peer.telling(Twist(), 'cmd_vel'):
        world.until_mode('run')
        peer.spin(0.5)
        control.kill()
        again = world.start('control', HELD)
        until_it_stays(world, 'stopped')
        refused = peer.ask(Trigger, 'control/start')
        assert not refused.success and 'ended_in_motion' in refused.message
        assert 'without a last safe action' in again.said()
        assert again.end() == 0, again.said()
    assert sim.end() == 0
