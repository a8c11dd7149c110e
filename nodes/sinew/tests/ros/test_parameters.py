"""The parameter services, for all types and for values that cannot be."""

import math

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Twist
from nodes import HELD
from peer import LATCHED, STATES
from rcl_interfaces.msg import Parameter, ParameterEvent, ParameterType, ParameterValue
from rcl_interfaces.srv import (
    DescribeParameters,
    GetParameters,
    GetParameterTypes,
    ListParameters,
    SetParameters,
    SetParametersAtomically,
)
from rclpy.parameter import Parameter as RclpyParameter
from rclpy.parameter import parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient
from std_msgs.msg import String


def parameter(name, value):
    """As rclpy itself makes one from a Python value."""
    return RclpyParameter(name, value=value).to_parameter_msg()


class Parameters:
    """The parameters of one node."""

    def __init__(self, peer, node):
        self.peer = peer
        self.node = node

    def ask(self, kind, service, **request):
        return self.peer.ask(kind, f'{self.node}/{service}', kind.Request(**request))

    def get(self, name):
        value = self.ask(GetParameters, 'get_parameters', names=[name]).values[0]
        return parameter_value_to_python(value)

    def set(self, *parameters):
        return self.ask(SetParameters, 'set_parameters', parameters=list(parameters)).results

    def set_one(self, name, value):
        (result,) = self.set(parameter(name, value))
        return result

    def set_all(self, *parameters):
        return self.ask(SetParametersAtomically, 'set_parameters_atomically', parameters=list(parameters)).result

    def describe(self, *names):
        return self.ask(DescribeParameters, 'describe_parameters', names=list(names)).descriptors

    def names(self, prefixes=(), depth=0):
        return self.ask(ListParameters, 'list_parameters', prefixes=list(prefixes), depth=depth).result


@pytest.fixture(scope='module')
def world(shared):
    """A controller and a simulator that are not configured, and a course at work."""
    shared.start('control', {'autostart': False})
    shared.start('sim', {'autostart': False})
    shared.start('course', {})
    return shared


@pytest.fixture
def control(world):
    return Parameters(world.peer, 'control')


@pytest.fixture
def sim(world):
    return Parameters(world.peer, 'sim')


@pytest.fixture
def course(world):
    return Parameters(world.peer, 'course')


def test_all_parameters_are_listed_with_their_prefixes(control):
    listed = control.names()
    assert {'rate_hz', 'policy.path', 'safety.stale_secs', 'start.auto', 'use_sim_time', 'autostart'} <= set(
        listed.names
    )
    assert {'policy', 'safety', 'start', 'realtime', 'topics'} <= set(listed.prefixes)
    below = control.names(prefixes=['safety']).names
    assert below and all(name.startswith('safety.') for name in below)
    assert 'safety.stale_secs' not in control.names(depth=1).names
    assert control.names(prefixes=['no_such']).names == []


def test_parameters_have_the_values_of_the_file(control, course):
    assert control.get('rate_hz') == 200.0
    assert control.get('safety.max_tilt_rad') == 0.7
    assert control.get('policy.path').endswith('walk.onnx')
    assert list(course.get('at_secs')) == [0.0, 1.0, 6.0, 10.0, 13.0, 16.0, 19.0]
    assert control.get('no_such') is None


def test_types_are_those_of_the_values(control, sim, course):
    def types(node, *names):
        return list(node.ask(GetParameterTypes, 'get_parameter_types', names=list(names)).types)

    assert types(
        control, 'start.auto', 'realtime.priority', 'rate_hz', 'policy.path', 'realtime.cores', 'topics.feet', 'no_such'
    ) == [
        ParameterType.PARAMETER_BOOL,
        ParameterType.PARAMETER_INTEGER,
        ParameterType.PARAMETER_DOUBLE,
        ParameterType.PARAMETER_STRING,
        ParameterType.PARAMETER_INTEGER_ARRAY,
        ParameterType.PARAMETER_STRING_ARRAY,
        ParameterType.PARAMETER_NOT_SET,
    ]
    assert types(course, 'at_secs') == [ParameterType.PARAMETER_DOUBLE_ARRAY]


def test_descriptions_tell_purpose_range_and_flags(control):
    stale, priority, action, sim_time, unknown = control.describe(
        'safety.stale_secs', 'realtime.priority', 'safety.safe_action', 'use_sim_time', 'no_such'
    )
    assert stale.type == ParameterType.PARAMETER_DOUBLE
    assert 'Oldest sensor reading' in stale.description
    assert (stale.floating_point_range[0].from_value, stale.floating_point_range[0].to_value) == (1e-4, 10.0)
    assert not stale.read_only
    assert (priority.integer_range[0].from_value, priority.integer_range[0].to_value) == (0, 99)
    assert 'damp, hold, own' in action.additional_constraints
    assert sim_time.read_only
    assert (unknown.name, unknown.type, unknown.description) == ('no_such', ParameterType.PARAMETER_NOT_SET, '')


def test_every_parameter_is_described(control, sim, course):
    for node in (control, sim, course):
        names = node.names().names
        descriptors = node.describe(*names)
        assert [descriptor.name for descriptor in descriptors] == names
        assert all(descriptor.description for descriptor in descriptors)


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('start.auto', False),
        ('realtime.priority', 42),
        ('rate_hz', 400.0),
        ('safety.safe_action', 'hold'),
        ('keyframe', 'home'),
        ('realtime.cores', [0, 1]),
        ('topics.feet', ['left_foot', 'right_foot']),
    ],
)
def test_a_parameter_of_each_type_is_set_and_read_back(control, name, value):
    before = control.get(name)
    result = control.set_one(name, value)
    assert (result.successful, result.reason) == (True, '')
    found = control.get(name)
    assert (found.tolist() if hasattr(found, 'tolist') else found) == value
    if before is None:
        assert control.set(Parameter(name=name))[0].successful
    elif hasattr(before, '__len__') and len(before) == 0:
        # An array without elements has no type in Python: any array type says the same.
        empty = ParameterValue(type=ParameterType.PARAMETER_BYTE_ARRAY)
        assert control.set(Parameter(name=name, value=empty))[0].successful
    else:
        assert control.set_one(name, before).successful


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [
        ('rate_hz', 'fast', ['`rate_hz`', 'expected double', 'fast']),
        ('rate_hz', 400, ['`rate_hz`', 'integer 400', '400.0']),
        ('rate_hz', 0.5, ['`rate_hz`', '1.0 to 10000.0', '0.5']),
        ('rate_hz', math.nan, ['`rate_hz`', 'NaN']),
        ('rate_hz', math.inf, ['`rate_hz`', 'inf']),
        ('realtime.priority', 100, ['`realtime.priority`', '0 to 99', '100']),
        ('realtime.priority', 1.5, ['`realtime.priority`', 'integer', '1.5']),
        ('realtime.cores', [0, 5000], ['`realtime.cores`', '1023', '5000']),
        ('realtime.cores', [0.5], ['`realtime.cores`', 'integer array']),
        ('start.auto', 'yes', ['`start.auto`', 'boolean', 'yes']),
        ('start.auto', [True, False], ['`start.auto`', 'boolean']),
        ('safety.safe_action', 'jump', ['`safety.safe_action`', 'damp, hold, own', 'jump']),
        ('policy.path', [b'a', b'b'], ['`policy.path`', 'string']),
        ('safty.stale_secs', 0.1, ['`safty.stale_secs`', 'no such parameter', '`safety.stale_secs`']),
        ('use_sim_time', True, ['`use_sim_time`', 'read-only']),
        ('robot_description', 'x.xml', ['`robot_description`', 'read-only']),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_reason(control, name, value, reason):
    before = control.get(name)
    result = control.set_one(name, value)
    assert not result.successful
    assert all(part in result.reason for part in reason), result.reason
    assert control.get(name) == before


def test_values_that_no_honest_client_sends_are_refused(control):
    for value in [
        ParameterValue(type=77, double_value=1.0),
        ParameterValue(type=ParameterType.PARAMETER_NOT_SET),
    ]:
        result = control.set(Parameter(name='rate_hz', value=value))[0]
        assert not result.successful and '`rate_hz`' in result.reason, result
    for name in ('', 'x' * 50_000, '..', 'rate_hz.', 'a\nb'):
        assert not control.set_one(name, 1.0).successful
    assert control.get('rate_hz') == 200.0


def test_each_of_several_is_set_or_refused_by_itself(control):
    results = control.set(
        parameter('safety.stale_secs', 0.25), parameter('rate_hz', -1.0), parameter('safety.overrun_secs', 0.25)
    )
    assert [result.successful for result in results] == [True, False, True]
    assert (control.get('safety.stale_secs'), control.get('rate_hz')) == (0.25, 200.0)
    assert control.set_one('safety.stale_secs', 0.05).successful


def test_atomically_all_are_set_or_none(control):
    result = control.set_all(parameter('safety.stale_secs', 0.3), parameter('rate_hz', -1.0))
    assert not result.successful and '`rate_hz`' in result.reason
    assert control.get('safety.stale_secs') == 0.05
    assert control.set_all(parameter('safety.stale_secs', 0.3), parameter('safety.damp_kd', 1.0)).successful
    assert (control.get('safety.stale_secs'), control.get('safety.damp_kd')) == (0.3, 1.0)
    assert control.set_all(parameter('safety.stale_secs', 0.05), parameter('safety.damp_kd', 0.0)).successful


def test_a_node_at_work_changes_only_what_it_may(shared):
    peer = shared.peer
    with peer.telling(Twist(), 'cmd_vel'):
        shared.start('control', HELD, '-r', '__ns:=/busy')
        control = Parameters(peer, 'busy/control')
        shared.until_mode('damp', 'busy/control/mode')
        result = control.set_one('safety.stale_secs', 0.1)
    assert not result.successful
    assert '`safety.stale_secs`' in result.reason and 'deactivate it' in result.reason
    assert control.get('safety.stale_secs') == 0.5


def test_a_course_at_work_follows_its_new_parameters(world, course):
    peer = world.peer
    # A course that knows nothing of a robot says zero; what it commands shows once a mode is `run`.
    together = {'at_secs': [0.0], 'lin_vel_x': [0.25], 'lin_vel_y': [-0.5], 'ang_vel_z': [0.125]}
    lonely = course.set_one('at_secs', [0.0])
    assert not lonely.successful and 'lin_vel_x' in lonely.reason
    for bad in ([0.0, 0.0], [1.0, 2.0], [math.nan]):
        assert not course.set_all(parameter('at_secs', bad), parameter('lin_vel_x', [0.0] * len(bad))).successful
    assert not course.set_one('lin_vel_x', [math.inf] * 7).successful
    assert course.set_all(*(parameter(name, value) for name, value in together.items())).successful
    with peer.telling(String(data='run'), 'control/mode', qos=LATCHED), peer.hearing(Twist, 'cmd_vel') as heard:
        peer.until(
            lambda: f'the new velocity, found {heard.last}',
            lambda: heard
            and (heard.last.linear.x, heard.last.linear.y, heard.last.angular.z) == (0.25, -0.5, 0.125),
        )
        assert course.set_one('lin_vel_x', [0.75]).successful
        peer.until('the next velocity', lambda: heard.last.linear.x == 0.75)


def test_parameter_events_tell_what_has_changed(world, sim):
    peer = world.peer
    with peer.hearing(ParameterEvent, '/parameter_events', STATES) as heard:

        def changes():
            own = [event for event in heard if event.node == '/sim']
            return [(each.name, each.value.double_value) for event in own for each in event.changed_parameters]

        value = 0.5
        # Until the two know each other, nothing arrives.
        while not changes():
            value += 0.01
            assert sim.set_one('mass_scale', value).successful
            peer.spin(0.2)
        assert changes()[-1] == ('mass_scale', pytest.approx(value))
        known = len(heard)
        assert not sim.set_one('mass_scale', -1.0).successful
        assert sim.set_one('mass_scale', 1.0).successful
        peer.until('one event', lambda: len(heard) > known)
        assert changes()[-1] == ('mass_scale', 1.0)
        assert len(heard) == known + 1
        # One that had no value is new, then deleted.
        assert sim.set_one('friction', 0.7).successful
        assert sim.set(Parameter(name='friction'))[0].successful
        peer.until('two events', lambda: len(heard) >= known + 3)
        assert [each.name for each in heard[-2].new_parameters] == ['friction']
        assert [each.name for each in heard[-1].deleted_parameters] == ['friction']


def test_interventions_tell_who_asked_for_a_change(world, sim):
    peer = world.peer
    with peer.hearing(DiagnosticArray, '/interventions', STATES) as heard:

        def told():
            return [array.status[0] for array in heard if array.status[0].name == '/sim']

        # Until the two know each other, nothing arrives.
        while not told():
            assert sim.set_one('mass_scale', 1.0).successful
            peer.spin(0.2)
        peer.spin(0.5)
        known = len(told())
        assert not sim.set_one('mass_scale', -1.0).successful
        peer.until('what was refused, too', lambda: len(told()) > known)
        last = told()[-1]
        values = {pair.key: pair.value for pair in last.values}
        assert values['service'] == '~/set_parameters' and values['asked'] == 'mass_scale'
        assert values['caller'] == f'/{peer.node.get_name()}'
        assert len(bytes.fromhex(values['origin'])) == 16 and last.hardware_id == values['origin']
        # Who only looks changes nothing.
        peer.spin(0.5)
        known = len(told())
        assert sim.get('mass_scale') == 1.0
        peer.spin(0.5)
        assert len(told()) == known


def test_the_client_of_rclpy_finds_all_it_needs(world):
    peer = world.peer
    client = AsyncParameterClient(peer.node, 'sim')
    peer.until('its services', client.services_are_ready)
    listed = peer.result(client.list_parameters()).result.names
    assert 'seed' in listed and 'harness_secs' in listed
    assert peer.result(client.set_parameters([RclpyParameter('seed', value=7)])).results[0].successful
    (value,) = peer.result(client.get_parameters(['seed'])).values
    assert value.integer_value == 7
    result = peer.result(client.set_parameters_atomically([RclpyParameter('seed', value=0)])).result
    assert result.successful
    assert peer.result(client.get_parameter_types(['seed'])).types[0] == ParameterType.PARAMETER_INTEGER
    (descriptor,) = peer.result(client.describe_parameters(['seed'])).descriptors
    assert descriptor.name == 'seed' and 'random' in descriptor.description


def test_the_client_of_rclpy_loads_a_parameter_file(world, tmp_path):
    file = tmp_path / 'sim.yaml'
    file.write_text('sim:\n  ros__parameters:\n    slope_rad: 0.1\n    feet: [left, right]\n')
    peer = world.peer
    client = AsyncParameterClient(peer.node, 'sim')
    peer.until('its services', client.services_are_ready)
    results = peer.result(client.load_parameter_file(str(file))).results
    assert all(result.successful for result in results), results
    sim = Parameters(peer, 'sim')
    assert (sim.get('slope_rad'), sim.get('feet')) == (0.1, ['left', 'right'])
