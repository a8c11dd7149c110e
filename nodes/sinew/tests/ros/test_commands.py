"""The forms of the joint command, and other publishers of it."""

import math

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist
from nodes import HELD
from peer import NEWEST, STATES
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray, MultiArrayDimension
from std_srvs.srv import Trigger

# The controller stands the robot up and leaves it so.
STANDS = HELD | {'control:start.settle_secs': 60.0}
POSITIONS = 'forward_position_controller/commands'
EFFORTS = 'forward_effort_controller/commands'


def form(name):
    """A form of the joint command; drives with gains of their own cannot damp."""
    return {'control:topics.command': name, 'control:safety.safe_action': 'hold'}


def test_joint_state_commands_name_the_joints_and_the_simulator_follows_them(world):
    peer = world.peer
    world.bring_up(STANDS | form('joint_state'), 'sim', 'control')
    world.until_mode('stand')
    with (
        peer.hearing(JointState, 'joint_command') as commands,
        peer.hearing(JointState, 'joint_states') as states,
    ):
        peer.until('commands', lambda: commands and states)
        assert list(commands.last.name) == list(states.last.name)

        def largest_error():
            return max(abs(c - s) for c, s in zip(commands.last.position, states.last.position))

        # Rest pose and joints meet; the drives' springs give a little under the legs' own weight.
        peer.until(lambda: f'joints at the targets, off by {largest_error():.3f} rad', lambda: largest_error() < 0.1)
    for values in (commands.last.position, commands.last.velocity, commands.last.effort):
        assert len(values) == len(commands.last.name)
    assert commands.last.header.stamp.sec > 0


@pytest.mark.parametrize(('name', 'topic'), [('forward_position', POSITIONS), ('forward_effort', EFFORTS)])
def test_forward_commands_are_a_number_for_each_joint_in_order(world, name, topic):
    peer = world.peer
    world.bring_up(STANDS | form(name), 'sim', 'control')
    world.until_mode('stand')
    names = peer.next(JointState, 'joint_states').name
    with peer.hearing(Float64MultiArray, topic) as heard:
        peer.until('a command that is not zero', lambda: heard and max(map(abs, heard.last.data)) > 0.05)
    assert len(heard.last.data) == len(names)
    assert all(map(math.isfinite, heard.last.data))
    assert dict(peer.node.get_topic_names_and_types())[f'/{topic}'] == ['std_msgs/msg/Float64MultiArray']


def position(states, name):
    return states.last.position[states.last.name.index(name)]


def test_a_publisher_of_one_s_own_moves_the_simulated_joints(world):
    peer = world.peer
    sim = world.start('sim', HELD)
    with peer.hearing(JointState, 'joint_states') as states:
        peer.until('the joints', lambda: states)
        # An arm: the feet stand on the ground.
        name = next(name for name in states.last.name if 'elbow' in name)
        command = JointState(name=[name], position=[position(states, name) + 0.3])
        # The drives want to hear of their target over and over.
        with peer.telling(command, 'joint_command', rate_hz=50.0):
            peer.until(
                lambda: f'{name} at its target {command.position[0]:.3f}, is at {position(states, name):.3f} rad',
                lambda: abs(position(states, name) - command.position[0]) < 0.1,
            )
            command.position[0] -= 0.5
            peer.until('the next target', lambda: abs(position(states, name) - command.position[0]) < 0.1)
            # A joint that the robot does not have makes the whole command one to be refused.
            command.name = [name, 'tail']
            command.position = [command.position[0] + 0.5, 0.0]
            peer.until('the refusal in the log', lambda: 'tail' in sim.said())
    assert sim.end() == 0
    assert 'panick' not in sim.said()


def impedance(names, rows, labels='position,velocity,effort,kp,kd'):
    message = Float64MultiArray(data=[float(value) for row in rows for value in row])
    message.layout.dim = [
        MultiArrayDimension(label=','.join(names), size=len(names), stride=5 * len(names)),
        MultiArrayDimension(label=labels, size=5, stride=5),
    ]
    return message


@pytest.mark.parametrize('name', ['forward_position', 'forward_effort'])
def test_the_robot_walks_by_forward_commands(world, name):
    world.bring_up(HELD | form(name), 'sim', 'control')
    with world.peer.telling(Twist(), 'cmd_vel'):
        world.until_mode('run')
        world.peer.spin(1.0)
        world.until_mode('run')


def test_a_form_that_cannot_damp_is_refused(world):
    control = world.start('control', HELD | {'control:topics.command': 'forward_position'})
    assert control.child.wait(60) == 2
    for part in ['`safety.safe_action`', '`hold`', 'topics.safe_stop', 'topics.command: forward_position']:
        assert part in control.said(), control.said()


def test_the_driver_s_own_stop_is_called_until_it_succeeds(world):
    peer = world.peer
    own = {'control:safety.safe_action': 'own', 'control:topics.safe_stop': 'driver/stop'}
    world.bring_up(HELD | form('forward_position') | own, 'sim', 'control')
    calls = []

    def stop(request, response):
        calls.append(request)
        response.success = len(calls) >= 3
        return response

    service = peer.node.create_service(Trigger, 'driver/stop', stop)
    with peer.telling(Twist(), 'cmd_vel'):
        world.until_mode('run')
        assert not calls
        assert peer.ask(Trigger, 'control/stop').success
        peer.until('three calls', lambda: len(calls) == 3)
        with peer.hearing(Float64MultiArray, POSITIONS, NEWEST) as heard:
            peer.spin(1.0)
        assert not heard
    assert len(calls) == 3
    peer.node.destroy_service(service)


def test_a_second_publisher_of_the_joint_command_is_a_stop(world):
    peer = world.peer
    world.bring_up(HELD, 'sim', 'control')
    with peer.telling(Twist(), 'cmd_vel'), peer.hearing(DiagnosticArray, '/diagnostics') as reports:
        world.until_mode('run')
        second = peer.node.create_publisher(Float64MultiArray, 'joint_impedance_command', 1)
        # It has not said a word.
        world.until_mode('stopped')
        errors = peer.until(
            'the reason on /diagnostics', lambda: [r for r in reports if 'other_commander' in r.status[1].message]
        )
        assert errors[-1].status[1].level == DiagnosticStatus.ERROR
        peer.node.destroy_publisher(second)


def test_efforts_that_are_nan_are_absent(world):
    peer = world.peer
    world.start('sim', HELD, '-r', 'joint_states:=joint_states/raw')
    world.start('control', HELD)
    relay = peer.node.create_publisher(JointState, 'joint_states', 10)

    def without_efforts(state):
        state.effort = [math.nan] * len(state.name)
        relay.publish(state)

    subscription = peer.node.create_subscription(JointState, 'joint_states/raw', without_efforts, STATES)
    with peer.telling(Twist(), 'cmd_vel'):
        world.until_mode('run')
    peer.node.destroy_subscription(subscription)


def test_garbage_as_a_joint_command_moves_no_drive_and_stops_the_controller(world):
    peer = world.peer
    sim, control = world.bring_up(HELD, 'sim', 'control')
    with peer.telling(Twist(), 'cmd_vel'):
        world.until_mode('run')
        names = peer.next(JointState, 'joint_states').name
        row = [0.0, 0.0, 0.0, 50.0, 1.0]
        for garbage, said in [
            (Float64MultiArray(), 'expected the joints'),
            (Float64MultiArray(data=[1e300] * 95), None),
            (impedance(names[::-1], [row] * len(names)), None),
            (impedance(names, [row] * (len(names) - 1)), None),
            (impedance(names, [row] * len(names), labels='a,b,c,d,e'), None),
            (impedance(names, [[math.nan] * 5] * len(names)), 'not finite'),
            (impedance(names, [[math.inf] * 5] * len(names)), None),
        ]:
            with peer.telling(garbage, 'joint_impedance_command', rate_hz=200.0):
                if said:
                    peer.until(f'«{said}» in the log', lambda said=said: said in sim.said())
                peer.spin(0.3)
        world.until_mode('stopped')
    for process in (control, sim):
        assert process.end() == 0
        assert 'panick' not in process.said()
