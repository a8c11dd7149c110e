"""What the nodes publish, as ROS tools and their users see it."""

import math
from itertools import pairwise

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from nav_msgs.msg import Odometry
from nodes import PATIENT, ROOT
from peer import LATCHED
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Float64MultiArray, String, UInt8MultiArray

# The physics step of the shipped parameters, s.
STEP_SECS = 0.004

# Publisher, topic, type, and whether late joiners get the last message.
PUBLISHED = [
    ('sim', '/clock', 'rosgraph_msgs/msg/Clock', False),
    ('sim', '/joint_states', 'sensor_msgs/msg/JointState', False),
    ('sim', '/imu/data', 'sensor_msgs/msg/Imu', False),
    ('sim', '/odom', 'nav_msgs/msg/Odometry', False),
    ('sim', '/ground_truth/odom', 'nav_msgs/msg/Odometry', False),
    ('sim', '/foot_contacts', 'std_msgs/msg/UInt8MultiArray', False),
    ('control', '/joint_impedance_command', 'std_msgs/msg/Float64MultiArray', False),
    ('control', '/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray', False),
    ('control', '/robot_description', 'std_msgs/msg/String', True),
    ('control', '/control/mode', 'std_msgs/msg/String', True),
    ('course', '/cmd_vel', 'geometry_msgs/msg/Twist', False),
] + [
    (node, topic, kind, False)
    for node in ('control', 'sim', 'course')
    for topic, kind in [
        ('/parameter_events', 'rcl_interfaces/msg/ParameterEvent'),
        ('/interventions', 'diagnostic_msgs/msg/DiagnosticArray'),
        (f'/{node}/transition_event', 'lifecycle_msgs/msg/TransitionEvent'),
    ]
]

# Listener, topic, type.
HEARD = [
    ('control', '/cmd_vel', 'geometry_msgs/msg/Twist'),
    ('control', '/joint_states', 'sensor_msgs/msg/JointState'),
    ('control', '/imu/data', 'sensor_msgs/msg/Imu'),
    ('sim', '/joint_impedance_command', 'std_msgs/msg/Float64MultiArray'),
    ('sim', '/joint_command', 'sensor_msgs/msg/JointState'),
    ('course', '/control/mode', 'std_msgs/msg/String'),
]

PARAMETERS = 'rcl_interfaces/srv/'
LIFECYCLE = 'lifecycle_msgs/srv/'
OF_EVERY_NODE = {
    'change_state': LIFECYCLE + 'ChangeState',
    'get_state': LIFECYCLE + 'GetState',
    'get_available_states': LIFECYCLE + 'GetAvailableStates',
    'get_available_transitions': LIFECYCLE + 'GetAvailableTransitions',
    'get_transition_graph': LIFECYCLE + 'GetAvailableTransitions',
    'list_parameters': PARAMETERS + 'ListParameters',
    'get_parameters': PARAMETERS + 'GetParameters',
    'get_parameter_types': PARAMETERS + 'GetParameterTypes',
    'describe_parameters': PARAMETERS + 'DescribeParameters',
    'set_parameters': PARAMETERS + 'SetParameters',
    'set_parameters_atomically': PARAMETERS + 'SetParametersAtomically',
}
TRIGGERS = {'control': ['stop', 'clear_stop', 'start', 'damp', 'promote', 'rollback'], 'sim': ['reset'], 'course': []}


# Ahead all the time, m/s.
AHEAD = 0.4
STRAIGHT = {'at_secs': [0.0], 'lin_vel_x': [AHEAD], 'lin_vel_y': [0.0], 'ang_vel_z': [0.0]}


@pytest.fixture(scope='module')
def peer(shared):
    course = {f'course:{name}': values for name, values in STRAIGHT.items()}
    shared.bring_up(PATIENT | course, 'sim', 'control', 'course')
    shared.until_mode('run')
    return shared.peer


def seconds(stamp):
    return stamp.sec + 1e-9 * stamp.nanosec


def test_the_nodes_are_seen(peer):
    names = {'/control', '/sim', '/course'}

    def found():
        return {f'{space.rstrip("/")}/{name}' for name, space in peer.node.get_node_names_and_namespaces()}

    peer.until(lambda: f'nodes {names}, found {found()}', lambda: names <= found())


@pytest.mark.parametrize(('node', 'topic', 'kind', 'latched'), PUBLISHED)
def test_a_topic_has_its_name_type_and_quality_of_service(peer, node, topic, kind, latched):
    def publisher():
        infos = peer.node.get_publishers_info_by_topic(topic)
        return next((info for info in infos if info.node_name == node), None)

    info = peer.until(f'a publisher of {topic} in {node}', publisher)
    assert info.topic_type == kind
    # Reliable publishers suit every listener.
    assert info.qos_profile.reliability == ReliabilityPolicy.RELIABLE
    durability = DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE
    assert info.qos_profile.durability == durability
    assert dict(peer.node.get_topic_names_and_types())[topic] == [kind]


@pytest.mark.parametrize(('node', 'topic', 'kind'), HEARD)
def test_a_node_listens(peer, node, topic, kind):
    def listener():
        infos = peer.node.get_subscriptions_info_by_topic(topic)
        return next((info for info in infos if info.node_name == node), None)

    assert peer.until(f'a listener to {topic} in {node}', listener).topic_type == kind


@pytest.mark.parametrize('node', ['control', 'sim', 'course'])
def test_services_have_their_names_and_types(peer, node):
    expected = {f'/{node}/{name}': [kind] for name, kind in OF_EVERY_NODE.items()}
    expected |= {f'/{node}/{name}': ['std_srvs/srv/Trigger'] for name in TRIGGERS[node]}

    def found():
        return dict(peer.node.get_service_names_and_types_by_node(node, '/'))

    peer.until(f'the services of {node}', lambda: expected.keys() <= found().keys())
    assert {name: found()[name] for name in expected} == expected


@pytest.mark.parametrize(
    ('kind', 'topic'),
    [(Clock, '/clock'), (JointState, 'joint_states'), (Imu, 'imu/data'), (Odometry, 'odom')],
)
def test_the_robot_is_told_of_after_every_physics_step(peer, kind, topic):
    with peer.hearing(kind, topic) as heard:
        peer.until(f'500 messages on {topic}', lambda: len(heard) > 500)
    stamps = [seconds(message.clock if kind is Clock else message.header.stamp) for message in heard]
    steps = [b - a for a, b in pairwise(stamps)]
    assert min(steps) > STEP_SECS - 1e-6
    # A busy listener may miss some.
    exact = sum(step < STEP_SECS + 1e-6 for step in steps)
    assert exact > 0.8 * len(steps), f'{exact} of {len(steps)}'


def test_joint_states_name_every_joint_of_the_urdf(peer):
    message = peer.next(JointState, 'joint_states')
    urdf = peer.next(String, 'robot_description', LATCHED).data
    assert len(message.name) == 19
    assert all(f'name="{name}"' in urdf for name in message.name)
    for values in (message.position, message.velocity, message.effort):
        assert len(values) == len(message.name)
        assert all(map(math.isfinite, values))


def test_the_imu_feels_gravity_upwards_in_the_base_frame(peer):
    with peer.hearing(Imu, 'imu/data') as heard:
        # Steps shake it: two seconds of them even out.
        peer.until('500 readings', lambda: len(heard) > 500)
    upwards = [message.linear_acceleration.z for message in heard]
    # An upright body: 9.81 m/s² less what a lean of 0.2 rad hides.
    assert sum(upwards) / len(upwards) == pytest.approx(9.81, abs=0.5)
    odom = peer.next(Odometry, 'odom')
    assert heard.last.header.frame_id == odom.child_frame_id != ''
    q = heard.last.orientation
    assert math.hypot(q.x, q.y, q.z, q.w) == pytest.approx(1.0, abs=1e-6)


def test_odometry_moves_as_the_course_commands(peer):
    with peer.hearing(Odometry, 'odom') as heard:
        # The first second is for finding into the gait.
        peer.until('4 s of odometry', lambda: len(heard) > 1000)
    first, last = heard[250], heard.last
    truth = peer.next(Odometry, 'ground_truth/odom')
    assert (last.header.frame_id, truth.header.frame_id) == ('odom', 'world')
    assert last.child_frame_id == truth.child_frame_id
    lasted = seconds(last.header.stamp) - seconds(first.header.stamp)
    speed = (last.pose.pose.position.x - first.pose.pose.position.x) / lasted
    # The policy's own error is 0.07 m/s on average (docs/benchmarks.md); the gait sways.
    assert speed == pytest.approx(AHEAD, abs=0.2)
    # The twist is in the base's own frame.
    ahead = [message.twist.twist.linear.x for message in heard[250:]]
    assert sum(ahead) / len(ahead) == pytest.approx(speed, abs=0.1)


def test_feet_are_named_and_touch_the_ground(peer):
    with peer.hearing(UInt8MultiArray, 'foot_contacts') as heard:
        peer.until('a foot on the ground', lambda: heard and any(heard.last.data))
    names = heard.last.layout.dim[0].label.split(',')
    assert len(names) == len(heard.last.data) == 2
    assert heard.last.layout.dim[0].size == 2


def test_joint_commands_name_joints_and_columns(peer):
    names = peer.next(JointState, 'joint_states').name
    command = peer.next(Float64MultiArray, 'joint_impedance_command')
    rows, columns = command.layout.dim
    assert (rows.label.split(','), rows.size) == (list(names), len(names))
    assert (columns.label, columns.size) == ('position,velocity,effort,kp,kd', 5)
    assert len(command.data) == rows.stride == rows.size * columns.stride == 5 * len(names)


def test_a_late_listener_gets_description_and_mode(peer):
    description = peer.next(String, 'robot_description', LATCHED).data
    assert description == (ROOT / 'sim/robots/strider/strider.urdf').read_text()
    assert peer.next(String, '/control/mode', LATCHED).data == 'run'


def test_diagnostics_tell_rates_timing_and_verdicts(peer):
    with peer.hearing(DiagnosticArray, '/diagnostics') as heard:
        peer.until('two reports', lambda: len(heard) >= 2)
    assert seconds(heard[1].header.stamp) - seconds(heard[0].header.stamp) > 0.9
    loop, gate, robot, policy = heard.last.status
    parts = ['loop', 'safety gate', 'robot', 'policy']
    assert [status.name for status in (loop, gate, robot, policy)] == [f'control: {part}' for part in parts]
    assert loop.hardware_id == gate.hardware_id == robot.hardware_id == 'strider'
    values = {pair.key: pair.value for pair in loop.values}
    # Under load it is less, which the level says.
    assert 0 < float(values['rate_hz']) < 201
    assert int(values['ticks']) > 200
    for name in ('tick', 'jitter', 'inference'):
        p50, p99, most = (float(values[f'{name}_{q}_us']) for q in ('p50', 'p99', 'max'))
        assert 0 < p50 <= p99 <= most
    assert gate.level == DiagnosticStatus.OK
    values = {pair.key: pair.value for pair in gate.values}
    assert (gate.message, values['mode'], values['cmd_vel_publishers']) == ('run', 'run', '1')
    assert 'verdicts.operator_stop' not in values


def test_transforms_come_where_the_build_knows_them(peer):
    tf2 = pytest.importorskip('tf2_msgs.msg', reason='the wheels have no tf2_msgs')
    transform = peer.next(tf2.TFMessage, '/tf').transforms[0]
    odom = peer.next(Odometry, 'odom')
    assert (transform.header.frame_id, transform.child_frame_id) == ('odom', odom.child_frame_id)
