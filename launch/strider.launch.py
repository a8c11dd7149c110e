"""Strider, or another robot, as ROS 2 nodes.

    ros2 launch sinew strider.launch.py                               # simulated, a process for each node
    ros2 launch sinew strider.launch.py composed:=true                # all nodes in one process
    ros2 launch sinew strider.launch.py sim:=none params:=my.yaml     # a real robot
    ros2 launch sinew strider.launch.py robot:=strider_ball           # goes to the ball that it sees
    ros2 launch sinew strider.launch.py namespace:=left cmd_vel:=/joystick/cmd_vel
    ros2 launch sinew strider.launch.py security:=keystore            # obeys only who has a key: docs/security.md
    ros2 launch sinew strider.launch.py sim:=gazebo                   # in Gazebo, with ros2_control: docs/ros2.md

`sim:=gazebo` exports the robot (`sinew robot export`), starts Gazebo's server, spawns the robot from
`robot_description`, bridges clock, odometry and camera, and has the controller manager in it activate the broadcasters
and the controller of `command:=` once `control` waits in damp.
"""

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
)
from launch.event_handlers import OnProcessExit
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

# Where ros2_control's broadcaster publishes the IMU.
IMU_TOPIC = 'imu_sensor_broadcaster/imu'

# What an enclave of a keystore consists of.
ENCLAVE_FILES = [
    'cert.pem',
    'governance.p7s',
    'identity_ca.cert.pem',
    'key.pem',
    'permissions.p7s',
    'permissions_ca.cert.pem',
]

ARGUMENTS = [
    DeclareLaunchArgument('robot', default_value='strider', description='name of a parameter file in config/'),
    DeclareLaunchArgument('params', default_value='', description='path of a parameter file, instead of robot:='),
    DeclareLaunchArgument(
        'sim', default_value='embedded', choices=['embedded', 'gazebo', 'none'], description='who plays the robot'
    ),
    DeclareLaunchArgument(
        'world',
        default_value='',
        description='world of sim:=gazebo; by default that of the robot in worlds/, else level ground',
    ),
    DeclareLaunchArgument(
        'gui', default_value='false', choices=['true', 'false'], description='whether sim:=gazebo shows its window'
    ),
    DeclareLaunchArgument(
        'command',
        default_value='forward_effort',
        choices=['forward_effort', 'joint_trajectory'],
        description='form of the joint command in sim:=gazebo, and with it the controller',
    ),
    DeclareLaunchArgument(
        'export',
        default_value='',
        description='folder that sim:=gazebo exports the robot into; by default sinew/ROBOT in $ROS_HOME or ~/.ros',
    ),
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
    DeclareLaunchArgument(
        'security',
        default_value='',
        description='keystore of `sinew security` (docs/security.md): only who has an enclave in it takes part; `off` '
        'for none; by default as ROS_SECURITY_ENABLE and ROS_SECURITY_KEYSTORE say',
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


def program():
    """Path of `sinew`: that of the installed package, or where there is none, as in a checkout, the one on PATH."""
    try:
        return str(Path(get_package_prefix('sinew')) / 'lib' / 'sinew' / 'sinew')
    except PackageNotFoundError as error:
        found = shutil.which('sinew')
        if not found:
            raise FileNotFoundError(
                'the package sinew is not installed (cargo xtask install, then source its local_setup.bash), and no '
                'program sinew is on PATH'
            ) from error
        return found


def plan_of(files, sim, namespace):
    """What the parameter files mean, as `sinew plan` has it: nodes, who commands the robot, what follows from what."""
    command = [program(), 'plan', *files, '--json', '--sim', 'embedded' if sim == 'embedded' else 'none']
    if namespace:
        command += ['--namespace', '/' + namespace.strip('/')]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RuntimeError(made.stderr.strip())
    return json.loads(made.stdout)


def with_default(text, default):
    """Whether an argument says true, where nothing stands for the default."""
    return {'': default, 'true': True, 'false': False}[text]


def keystore_of(security, environment):
    """The keystore that is enforced, or none: that of the argument, else that of the environment."""
    enabled = environment.get('ROS_SECURITY_ENABLE') == 'true'
    if security == 'off':
        if enabled:
            raise RuntimeError('security:=off, but ROS_SECURITY_ENABLE=true in the environment: unset it')
        return None
    if security:
        return Path(security).expanduser().absolute()
    if not enabled:
        return None
    if not environment.get('ROS_SECURITY_KEYSTORE'):
        raise RuntimeError('ROS_SECURITY_ENABLE=true, but ROS_SECURITY_KEYSTORE is not set: say security:=KEYSTORE')
    return Path(environment['ROS_SECURITY_KEYSTORE']).absolute()


def require_enclaves(keystore, given, params, names):
    """Refuses a keystore that lacks an enclave, with the command that makes it; gives the enclaves by name.

    ROS 2 itself would let each process fail with a message about a folder.
    """
    if given['sim'] == 'gazebo':
        raise RuntimeError(
            'security:= with sim:=gazebo: Gazebo\'s own transport has no keys, so this would protect nothing'
        )
    namespace = given['namespace'].strip('/')
    composed = given['composed'] == 'true'
    enclaves = {
        name: f'/{namespace}/{name}' if namespace else f'/{name}' for name in (['composed'] if composed else names)
    }
    missing = {
        name: keystore / 'enclaves' / enclave.lstrip('/') / file
        for name, enclave in enclaves.items()
        for file in ENCLAVE_FILES
        if not (keystore / 'enclaves' / enclave.lstrip('/') / file).is_file()
    }
    if not missing:
        return enclaves
    grant = ['sinew', 'security', 'grant', str(keystore), params]
    grant += [*names, '--composed'] if composed else missing
    if namespace:
        grant += ['--namespace', f'/{namespace}']
    for topic in TOPICS:
        if given[topic] != topic:
            grant += ['--remap', f'{topic}:={given[topic]}']
    commands = [grant]
    if not (keystore / 'enclaves').is_dir():
        commands.insert(0, ['sinew', 'security', 'init', str(keystore)])
    said = ' && '.join(shlex.join(command) for command in commands)
    raise FileNotFoundError(f'security:={keystore}: {next(iter(missing.values()))} is missing; make it with: {said}')


def nodes(context):
    """The processes that the arguments ask for."""
    given = {
        argument.name: LaunchConfiguration(argument.name).perform(context) for argument in ARGUMENTS
    }
    params = parameter_file(given['robot'], given['params'])
    plan = plan_of([params], given['sim'], given['namespace'])
    sim_time = with_default(given['use_sim_time'], given['sim'] != 'none')
    names = [node['name'] for node in plan['nodes']]
    # Two must not command the robot.
    course = with_default(given['course'], plan['commander'] == 'course')
    names = [name for name in names if name != 'course'] + (['course'] if course else [])
    follows_from_others = {node['name']: node['parameters'] for node in plan['nodes']}

    composed = given['composed'] == 'true'
    keystore = keystore_of(given['security'], os.environ)
    enclaves = require_enclaves(keystore, given, params, names) if keystore else {}

    remapped = {topic: given[topic] for topic in TOPICS if given[topic] != topic}
    world = None
    if given['sim'] == 'gazebo':
        world = Gazebo(given, params)
        # Gazebo's camera is the robot's.
        names = [name for name in names if name != 'camera']
        follows_from_others['control'] = world.parameters | follows_from_others.get('control', {})
        remapped = {'imu/data': IMU_TOPIC} | remapped

    def process(executable, arguments, parameters, respawn):
        enclave = enclaves.get('composed' if composed else executable)
        return Node(
            package='sinew',
            executable=executable,
            namespace=given['namespace'],
            arguments=arguments,
            # Not as a parameter file: Sinew's parameters are more than ROS 2's own reader understands.
            ros_arguments=[
                *parameters,
                '--log-level',
                given['log_level'],
                *(['--enclave', enclave] if enclave else []),
            ],
            remappings=list(remapped.items()),
            respawn=respawn,
            respawn_delay=2.0,
            output='screen',
        )

    def parameters_of(name):
        values = {key: json.dumps(value) for key, value in follows_from_others.get(name, {}).items()}
        # The simulator makes the time that the others go by.
        values['use_sim_time'] = 'true' if sim_time and name != 'sim' else None
        return [part for key, value in values.items() if value for part in ('-p', f'{name}:{key}:={value}')]

    if composed:
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
    return secured(keystore) + (world.actions() if world else []) + started


def secured(keystore):
    """ROS 2's variables for a keystore: who has no enclave in it is not started, nor heard."""
    if not keystore:
        return []
    variables = {
        'ROS_SECURITY_ENABLE': 'true',
        'ROS_SECURITY_STRATEGY': 'Enforce',
        'ROS_SECURITY_KEYSTORE': str(keystore),
    }
    return [SetEnvironmentVariable(name, value) for name, value in variables.items()]


class Gazebo:
    """Gazebo with the robot in it, and ros2_control between the two."""

    def __init__(self, given, params):
        if given['namespace']:
            raise RuntimeError('namespace:= with sim:=gazebo: the controllers of one robot have no namespace')
        self.given = given
        folder = Path(given['export'] or Path(os.environ.get('ROS_HOME', '~/.ros')) / 'sinew' / Path(params).stem)
        self.folder = folder.expanduser().absolute()
        # The joints damp by themselves: a damping that is held from one command to the next shakes light limbs.
        command = [program(), 'robot', 'export', '--for', 'gazebo', params, '--out', str(self.folder)]
        made = subprocess.run([*command, '--drive-damping', 'true'], capture_output=True, text=True, check=False)
        if made.returncode:
            raise RuntimeError(made.stderr.strip())
        print(made.stderr.strip())
        self.spawn = json.loads((self.folder / 'spawn.json').read_text())
        self.urdf = made.stdout.splitlines()[0]

    @property
    def parameters(self):
        """What `control` is to know of it."""
        parameters = {
            'urdf': self.urdf,
            'topics.command': self.given['command'],
            'drive_damping': True,
            # It hangs in its joints until the controllers are active, and would sag in damp.
            'start.damp_secs': 0.0,
        }
        if self.given['command'] == 'joint_trajectory':
            # The controller's gains hold the joints whatever is sent.
            parameters['safety.safe_action'] = 'hold'
        return parameters

    def world(self):
        """The world's file: that of the argument, that of the robot beside this file, or level ground."""
        if self.given['world']:
            return self.given['world']
        here = Path(__file__).resolve().parent
        for folder in (here / 'worlds', here.parent / 'worlds'):
            if (folder / f'{self.given["robot"]}.sdf').is_file() and not self.given['params']:
                return str(folder / f'{self.given["robot"]}.sdf')
        return str(self.folder / 'world.sdf')

    def actions(self):
        """Server, robot, bridge, and controllers as soon as somebody commands them."""
        server = '-r' if self.given['gui'] == 'true' else '-r -s'
        simulator = IncludeLaunchDescription(
            PythonLaunchDescriptionSource([FindPackageShare('ros_gz_sim'), '/launch/gz_sim.launch.py']),
            launch_arguments={'gz_args': f'{server} {self.world()}', 'on_exit_shutdown': 'true'}.items(),
        )
        place = [part for key, value in self.spawn['pose'].items() for part in (f'-{key}', str(value))]
        create = Node(
            package='ros_gz_sim',
            executable='create',
            arguments=['-topic', 'robot_description', '-name', self.spawn['name'], *place],
            output='screen',
        )
        bridged = ['/clock@rosgraph_msgs/msg/Clock[gz.msgs.Clock', '/odom@nav_msgs/msg/Odometry[gz.msgs.Odometry']
        if self.spawn['cameras']:
            bridged += [
                '/camera/image_raw@sensor_msgs/msg/Image[gz.msgs.Image',
                '/camera/camera_info@sensor_msgs/msg/CameraInfo[gz.msgs.CameraInfo',
            ]
        bridge = Node(
            package='ros_gz_bridge',
            executable='parameter_bridge',
            arguments=bridged,
            remappings=[(f'/{topic.lstrip("/")}', self.given[topic]) for topic in ('/clock', 'odom')],
            output='screen',
        )
        # `control` says its mode, which is kept for who comes later, once it hears the clock: then it waits in damp.
        commanded = ExecuteProcess(
            cmd=[
                *('ros2', 'topic', 'echo', '--once', '--qos-durability', 'transient_local'),
                *('--qos-reliability', 'reliable', 'control/mode', 'std_msgs/msg/String'),
            ],
            output='log',
        )
        # All at once: a robot whose joints are let go before anybody commands them falls.
        controllers = Node(
            package='controller_manager',
            executable='spawner',
            arguments=[
                'joint_state_broadcaster',
                'imu_sensor_broadcaster',
                f'{self.given["command"]}_controller',
                '--activate-as-group',
                *('--controller-manager', '/controller_manager'),
            ],
            output='screen',
        )
        then = RegisterEventHandler(OnProcessExit(target_action=commanded, on_exit=[controllers]))
        return [simulator, bridge, create, then, commanded]


def generate_launch_description():
    """What `ros2 launch` runs."""
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=nodes)])
