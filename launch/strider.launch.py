"""Strider, or another robot, as ROS 2 nodes.

    ros2 launch sinew strider.launch.py                               # simulated, a process for each node
    ros2 launch sinew strider.launch.py composed:=true                # all nodes in one process
    ros2 launch sinew strider.launch.py sim:=none params:=my.yaml     # a real robot
    ros2 launch sinew strider.launch.py robot:=strider_ball           # goes to the ball that it sees
    ros2 launch sinew strider.launch.py namespace:=left cmd_vel:=/joystick/cmd_vel

`sim:=gazebo` starts ros_gz_sim with the world `world:=` and bridges its clock. The world has to spawn the
robot, publish joint_states, imu/data and odom, and follow the joint command.
"""

from pathlib import Path

import yaml
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

# Topics that another name can be given to. All but the clock lie in the robot's namespace.
TOPICS = [
    '/clock',
    'cmd_vel',
    'foot_contacts',
    'imu/data',
    'joint_command',
    'joint_impedance_command',
    'joint_states',
    'odom',
]

ARGUMENTS = [
    DeclareLaunchArgument('robot', default_value='strider', description='name of a parameter file in config/'),
    DeclareLaunchArgument('params', default_value='', description='path of a parameter file, instead of robot:='),
    DeclareLaunchArgument(
        'sim', default_value='embedded', choices=['embedded', 'gazebo', 'none'], description='who plays the robot'
    ),
    DeclareLaunchArgument('world', default_value='empty.sdf', description='world of sim:=gazebo'),
    DeclareLaunchArgument(
        'composed', default_value='false', choices=['true', 'false'], description='all nodes in one process'
    ),
    DeclareLaunchArgument(
        'course',
        default_value='',
        choices=['', 'true', 'false'],
        description='follow the velocities of the parameter file; by default only with sim:=embedded, and not where '
        'the file has a section `follow`',
    ),
    DeclareLaunchArgument('namespace', default_value='', description='of all nodes'),
    DeclareLaunchArgument(
        'respawn',
        default_value='none',
        choices=['none', 'others', 'all'],
        description='processes that are started again when they die: all but control, or all. A control that '
        'died needs a human, who has to ask for the robot to be commanded again without one. One that died in motion, '
        'or stopped, begins stopped (parameter latch_file), unless a simulator plays the robot: ~/clear_stop, then '
        '~/start, lead out of it',
    ),
    DeclareLaunchArgument(
        'use_sim_time',
        default_value='',
        choices=['', 'true', 'false'],
        description='time from /clock; by default unless sim:=none',
    ),
    DeclareLaunchArgument('log_level', default_value='info', description='debug, info, warn or error'),
    *[DeclareLaunchArgument(topic, default_value=topic, description=f'name of {topic}') for topic in TOPICS],
]


def parameter_file(robot, params):
    """Path of the robot's parameter file: installed beside this file's folder, or below it in a checkout."""
    if params:
        found = [Path(params).expanduser()]
    else:
        here = Path(__file__).resolve().parent
        found = [here.parent / 'config' / f'{robot}.yaml', here / 'robots' / f'{robot}.yaml']
    for path in found:
        if path.is_file():
            return str(path.absolute())
    tried = ', '.join(str(path) for path in found)
    raise FileNotFoundError(f'no parameter file of the robot "{robot}": looked for {tried}')


def sections_of(path):
    """The nodes that a parameter file has sections for."""
    with open(path, encoding='utf-8') as file:
        return {str(name).removeprefix('/**').strip('/') for name in yaml.safe_load(file) or {}}


def with_default(text, default):
    """Whether an argument says true, where nothing stands for the default."""
    return {'': default, 'true': True, 'false': False}[text]


def nodes(context):
    """The processes that the arguments ask for."""
    given = {
        argument.name: LaunchConfiguration(argument.name).perform(context) for argument in ARGUMENTS
    }
    params = parameter_file(given['robot'], given['params'])
    sim_time = with_default(given['use_sim_time'], given['sim'] != 'none')
    names = ['control']
    if given['sim'] == 'embedded':
        names.append('sim')
    sections = sections_of(params)
    if 'camera' in sections and given['sim'] == 'none':
        names.append('camera')
    names += [name for name in ('perception', 'follow') if name in sections]
    # Two must not command the robot.
    if with_default(given['course'], given['sim'] == 'embedded' and 'follow' not in sections):
        names.append('course')

    def process(executable, arguments, parameters, respawn):
        return Node(
            package='sinew',
            executable=executable,
            namespace=given['namespace'],
            arguments=arguments,
            # Not as a parameter file: Sinew's parameters are more than ROS 2's own reader understands.
            ros_arguments=[*parameters, '--log-level', given['log_level']],
            remappings=[(topic, given[topic]) for topic in TOPICS if given[topic] != topic],
            respawn=respawn,
            respawn_delay=2.0,
            output='screen',
        )

    def parameters_of(name):
        # The simulator makes the time that the others go by.
        return ['-p', f'{name}:use_sim_time:=true'] if sim_time and name != 'sim' else []

    if given['composed'] == 'true':
        arguments = ['up', params, '--bus', 'ros2', '--nodes', ','.join(names)]
        parameters = [part for name in names for part in parameters_of(name)]
        started = [process('sinew', arguments, parameters, given['respawn'] == 'all')]
    else:
        started = [
            process(
                name,
                [params],
                parameters_of(name),
                given['respawn'] == 'all' or (given['respawn'] == 'others' and name != 'control'),
            )
            for name in names
        ]
    # Gazebo first: where it is not installed, nothing has been started yet.
    return (gazebo(given) if given['sim'] == 'gazebo' else []) + started


def gazebo(given):
    """Gazebo with its world running, and its clock on ROS 2."""
    simulator = IncludeLaunchDescription(
        PythonLaunchDescriptionSource([FindPackageShare('ros_gz_sim'), '/launch/gz_sim.launch.py']),
        launch_arguments={'gz_args': f'-r {given["world"]}', 'on_exit_shutdown': 'true'}.items(),
    )
    bridge = Node(
        package='ros_gz_bridge',
        executable='parameter_bridge',
        arguments=['/clock@rosgraph_msgs/msg/Clock[gz.msgs.Clock'],
        remappings=[('/clock', given['/clock'])],
        output='screen',
    )
    return [simulator, bridge]


def generate_launch_description():
    """What `ros2 launch` runs."""
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=nodes)])
