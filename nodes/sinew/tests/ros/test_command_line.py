"""ROS arguments, as `ros2 run` and `ros2 launch` give them."""

import os
import subprocess

import pytest
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from nodes import HELD, PATIENT, ROOT, SINEW, STRIDER, run
from peer import LATCHED, NEWEST
from rcl_interfaces.srv import GetParameters
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray, String
from std_srvs.srv import Trigger


def double(world, node, name):
    request = GetParameters.Request(names=[name])
    return world.peer.ask(GetParameters, f'{node}/get_parameters', request).values[0].double_value


def names(world):
    return {f'{space.rstrip("/")}/{name}' for name, space in world.peer.node.get_node_names_and_namespaces()}


def test_parameters_of_the_command_line_win_over_those_of_files(world, tmp_path):
    more = tmp_path / 'more.yaml'
    more.write_text('sim:\n  ros__parameters: {mass_scale: 1.5, slope_rad: 0.05, friction: 0.5}\n')
    world.start(
        'sim', {'sim:slope_rad': 0.1, 'friction': 0.9, 'control:rate_hz': 7}, '--params-file', str(more)
    )
    found = [double(world, 'sim', name) for name in ('mass_scale', 'slope_rad', 'friction')]
    assert found == [1.5, 0.1, 0.9]


def test_nodes_and_topics_get_other_names(world):
    peer = world.peer
    remapped = ['__node:=physics', '__ns:=/lab', 'joint_states:=drives/state', '/clock:=time']
    world.start('sim', HELD, *(part for rule in remapped for part in ('-r', rule)))
    peer.until('/lab/physics', lambda: '/lab/physics' in names(world))
    assert peer.next(JointState, '/lab/drives/state').name
    assert peer.next(Clock, '/lab/time')
    assert peer.ask(Trigger, '/lab/physics/reset').success
    topics = dict(peer.node.get_topic_names_and_types())
    assert '/lab/joint_states' not in topics and '/clock' not in topics
    assert '/lab/physics/transition_event' in topics


def test_a_node_may_be_renamed_and_still_finds_its_parameters(world):
    world.start('course', {}, '-r', '__node:=route')
    values = world.peer.ask(
        GetParameters, 'route/get_parameters', GetParameters.Request(names=['lin_vel_x'])
    ).values
    assert len(values[0].double_array_value) == 7


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['-p', 'control:rate_hz:=fast'], ['rate_hz', 'double', 'fast']),
        (['-p', 'control:rate_hz:=0.1'], ['rate_hz', '1.0 to 10000.0', '0.1']),
        (['-p', 'control:rate_hertz:=200.0'], ['`rate_hertz`', 'no such parameter']),
        (['-p', 'rate_hz'], ['-p rate_hz', 'NAME:=VALUE']),
        (['-p', 'control:safety:=5'], ['`safety`', 'expected parameters below it']),
        (['-p', 'control:safety.safe_action:=[1'], ['safe_action', 'parse']),
        (['-r', '__ns:=left'], ['__ns:=left', '/left']),
        (['-r', '__ns:=/le ft'], ['le ft']),
        (['-r', '__node:=a b'], ['a b']),
        (['-r', 'cmd_vel'], ['-r cmd_vel', 'NAME:=VALUE']),
        (['-r', 'cmd_vel:=a b'], ['a b']),
        (['--params-file', 'no-such.yaml'], ['no-such.yaml']),
        (['--rate', '5'], ['--rate']),
    ],
    ids=' '.join,
)
def test_what_cannot_be_is_refused_with_a_clear_message_and_2(arguments, said):
    params = [] if '--params-file' in arguments else [STRIDER]
    code, errors = run('up', *params, '--bus', 'ros2', '--nodes', 'control', '--ros-args', *arguments)
    assert code == 2, errors
    assert all(part in errors for part in said), errors
    assert 'panick' not in errors


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['up', STRIDER, '--bus', 'ros2', '--nodes', 'contrl'], ['contrl', 'control, sim, course']),
        (['up', 'no-such.yaml', '--bus', 'ros2'], ['no-such.yaml']),
        (['up', STRIDER, '--bus', 'dds'], ['dds', 'ros2']),
    ],
    ids=' '.join,
)
def test_an_argument_of_sinew_itself_is_refused_likewise(arguments, said):
    code, errors = run(*arguments)
    assert code == 2, errors
    assert all(part in errors for part in said), errors


def test_two_robots_live_in_two_namespaces(world):
    peer = world.peer
    robots = ('left', 'right')
    for robot in robots:
        for name in ('sim', 'control'):
            remapped = ['-r', f'__ns:=/{robot}', '-r', f'/clock:=/{robot}/clock']
            world.start(name, PATIENT | {'use_sim_time': True}, *remapped)
    stands, walks = Twist(), Twist()
    walks.linear.x = 0.5
    with (
        peer.telling(stands, '/left/cmd_vel'),
        peer.telling(walks, '/right/cmd_vel'),
        peer.hearing(Odometry, '/left/odom', NEWEST) as left,
        peer.hearing(Odometry, '/right/odom', NEWEST) as right,
    ):
        for robot in robots:
            world.until_mode('run', f'/{robot}/control/mode')
        peer.until('the right one a metre ahead', lambda: right and right.last.pose.pose.position.x > 1.0)
        assert abs(left.last.pose.pose.position.x) < 0.3
        assert {f'/{robot}/{name}' for robot in robots for name in ('sim', 'control')} <= names(world)
        assert peer.ask(Trigger, '/left/control/stop').success
        world.until_mode('stopped', '/left/control/mode')
        assert peer.next(String, '/right/control/mode', LATCHED).data == 'run'
    assert '/joint_states' not in dict(peer.node.get_topic_names_and_types())


def test_with_simulated_time_control_waits_for_a_clock_and_stamps_by_it(world):
    peer = world.peer
    form = {'control:topics.command': 'joint_state', 'control:safety.safe_action': 'hold'}
    parameters = HELD | form | {'use_sim_time': True}
    world.start('control', parameters)
    course = world.start('course', parameters)
    with peer.hearing(JointState, 'joint_command') as commands:
        peer.until('the node', lambda: '/control' in names(world))
        peer.spin(1.0)
        assert not commands
        world.start('sim', HELD | {'sim:autostart': True})
        world.until_mode('run')
        # The simulator has just begun; the machine's clock is decades on.
        assert 0 < commands.last.header.stamp.sec < 600
        peer.until('commands that go with the clock', lambda: commands.last.header.stamp.sec > 3)
    stamps = [(message.header.stamp.sec, message.header.stamp.nanosec) for message in commands]
    assert stamps == sorted(stamps)
    assert course.end() == 0


def test_called_by_a_node_s_name_the_program_is_that_node(world, tmp_path):
    # An installation links the nodes' names to `sinew`, for `ros2 run`.
    (tmp_path / 'course').symlink_to(SINEW)
    done = subprocess.run(
        [tmp_path / 'course', STRIDER, '--seconds', '1', '--ros-args', '-r', '__ns:=/alone'],
        cwd=ROOT,
        env=os.environ | {'ROS_DOMAIN_ID': str(world.domain)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_commands_are_heard_only_from_the_own_namespace(world):
    peer = world.peer
    world.start('sim', HELD, '-r', '__ns:=/left')
    peer.until('the simulator', lambda: peer.node.count_subscribers('/left/joint_impedance_command') == 1)
    assert peer.node.count_subscribers('/joint_impedance_command') == 0
    assert peer.next(JointState, '/left/joint_states').name
    with peer.hearing(Float64MultiArray, '/left/joint_impedance_command') as commands:
        peer.spin(0.2)
    assert not commands
