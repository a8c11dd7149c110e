"""What `sim:=gazebo` of the launch file starts, and in which order. Nothing is started here: there is no Gazebo."""

import importlib.util
import os
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import launch_stand_ins
import pytest
from nodes import ROOT, SINEW


@pytest.fixture
def started(monkeypatch, tmp_path):
    """The actions of the launch file with arguments, the robot exported into a folder of its own."""
    launch_stand_ins.install(monkeypatch)
    programs = tmp_path / 'bin'
    programs.mkdir()
    # The program that was built takes the place of an installed one.
    (programs / 'sinew').symlink_to(SINEW)
    monkeypatch.setenv('PATH', f'{programs}{os.pathsep}{os.environ["PATH"]}')
    monkeypatch.delenv('ROS_SECURITY_ENABLE', raising=False)
    spec = importlib.util.spec_from_file_location('strider_launch_gazebo', ROOT / 'launch/strider.launch.py')
    file = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(file)

    def start(**arguments):
        context = {argument.name: argument.default_value for argument in file.ARGUMENTS}
        return file.nodes(context | {'sim': 'gazebo', 'export': str(tmp_path / 'exported')} | arguments)

    return start


def named(actions, executable):
    """The one node of that name."""
    [found] = [action for action in actions if getattr(action, 'executable', None) == executable]
    return found


def parameters(node):
    given = node.ros_arguments
    values = [value for flag, value in pairwise(given) if flag == '-p']
    return dict(value.split(':=', 1) for value in values)


def test_the_server_runs_without_a_window_in_the_exported_world(started, tmp_path):
    simulator = started()[0]
    arguments = dict(simulator.launch_arguments)
    assert arguments['gz_args'] == f'-r -s {tmp_path}/exported/world.sdf'
    assert simulator.positional[0].positional[0][1] == '/launch/gz_sim.launch.py'
    assert dict(started(gui='true')[0].launch_arguments)['gz_args'].startswith('-r /')


def test_the_exported_robot_is_spawned_where_it_touches_the_ground(started):
    actions = started()
    create = named(actions, 'create')
    assert create.arguments[:4] == ['-topic', 'robot_description', '-name', 'strider']
    assert float(create.arguments[create.arguments.index('-z') + 1]) == pytest.approx(0.667, abs=1e-3)
    urdf = parameters(named(actions, 'control'))['control:urdf'].strip('"')
    robot = ElementTree.parse(urdf).getroot()
    assert robot.find('ros2_control') is not None


def test_control_sends_torques_to_joints_that_damp_and_does_not_wait_in_damp(started):
    actions = started()
    given = parameters(named(actions, 'control'))
    assert given['control:topics.command'] == '"forward_effort"'
    assert given['control:drive_damping'] == 'true'
    assert given['control:start.damp_secs'] == '0.0'
    assert given['control:use_sim_time'] == 'true'
    assert ('imu/data', 'imu_sensor_broadcaster/imu') in named(actions, 'control').remappings
    # Gazebo plays the robot, and nobody of Sinew's commands it unless asked to.
    assert not [action for action in actions if getattr(action, 'executable', None) in ('sim', 'course')]


def test_controllers_become_active_together_once_control_waits_in_damp(started):
    actions = started()
    [handler] = [action for action in actions if type(action).__name__ == 'RegisterEventHandler']
    on_exit = handler.positional[0]
    assert 'control/mode' in on_exit.target_action.cmd
    assert on_exit.target_action in actions
    # Who waits for the end of it is there before it can end.
    assert actions.index(handler) < actions.index(on_exit.target_action)
    [spawner] = on_exit.on_exit
    assert spawner.arguments[:4] == [
        'joint_state_broadcaster',
        'imu_sensor_broadcaster',
        'forward_effort_controller',
        '--activate-as-group',
    ]


def test_the_stock_trajectory_controller_holds_after_a_stop(started):
    actions = started(command='joint_trajectory')
    given = parameters(named(actions, 'control'))
    assert given['control:topics.command'] == '"joint_trajectory"'
    assert given['control:safety.safe_action'] == '"hold"'
    [handler] = [action for action in actions if type(action).__name__ == 'RegisterEventHandler']
    assert 'joint_trajectory_controller' in handler.positional[0].on_exit[0].arguments


def test_clock_odometry_and_camera_are_bridged_under_the_names_that_are_asked_for(started):
    actions = started(**{'/clock': 'other_clock', 'robot': 'strider_ball'})
    bridge = named(actions, 'parameter_bridge')
    bridged = [argument.split('@')[0] for argument in bridge.arguments]
    assert bridged == ['/clock', '/odom', '/camera/image_raw', '/camera/camera_info']
    assert ('/clock', 'other_clock') in bridge.remappings
    assert dict(actions[0].launch_arguments)['gz_args'].endswith('launch/worlds/strider_ball.sdf')
    assert {'perception', 'follow'} <= {getattr(action, 'executable', None) for action in actions}


def test_two_robots_in_one_gazebo_are_refused(started):
    with pytest.raises(RuntimeError, match='namespace:= with sim:=gazebo'):
        started(namespace='left')
