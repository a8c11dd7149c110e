"""ROS 2 security: what `sinew security grant` allows is what the nodes do, and all who may do it."""

import importlib.util
import os
import re
import subprocess
import xml.etree.ElementTree as xml

import pytest
from geometry_msgs.msg import Twist
from lifecycle_msgs.srv import ChangeState
from nodes import HELD, ROOT, SINEW, STRIDER, run
from peer import LATCHED, Peer
from rcl_interfaces.srv import SetParameters
from std_msgs.msg import Float64MultiArray, String
from std_srvs.srv import Trigger

BALL = 'launch/robots/strider_ball.yaml'
NEEDS_VISION_MSGS = pytest.mark.skipif(
    importlib.util.find_spec('vision_msgs') is None, reason='needs vision_msgs: cargo xtask ros --with-interfaces'
)
NAMES = ['control', 'sim', 'course', 'camera', 'perception', 'follow', 'driver', 'operator', 'monitor']


def grant(keystore, *arguments, file=STRIDER):
    """Makes enclaves in a keystore that is made where it is missing."""
    if not keystore.exists():
        code, said = run('security', 'init', str(keystore), '--domains', ','.join(str(i) for i in range(50, 100)))
        assert code == 0, said
    code, said = run('security', 'grant', str(keystore), file, *arguments)
    assert code == 0, said


def rights(keystore, enclave):
    """The topics of DDS that an enclave may publish, and subscribe to."""
    document = xml.parse(keystore / f'enclaves/{enclave}/permissions.xml')
    return [
        {topic.text for topic in document.iter(rule) for topic in topic.iter('topic')}
        for rule in ('publish', 'subscribe')
    ]


def endpoints(peer, name):
    """The topics of DDS that a running node publishes, and subscribes to."""
    node = peer.node
    published = {f'rt{topic}' for topic, _ in node.get_publisher_names_and_types_by_node(name, '/')}
    heard = {f'rt{topic}' for topic, _ in node.get_subscriber_names_and_types_by_node(name, '/')}
    for service, _ in node.get_service_names_and_types_by_node(name, '/'):
        published.add(f'rr{service}Reply')
        heard.add(f'rq{service}Request')
    for service, _ in node.get_client_names_and_types_by_node(name, '/'):
        published.add(f'rq{service}Request')
        heard.add(f'rr{service}Reply')
    return published, heard


@pytest.mark.parametrize(
    ('name', 'file', 'parameters'),
    [
        *(
            ('control', STRIDER, {'control:topics.command': form, 'control:safety.safe_action': 'hold'})
            for form in ('impedance', 'joint_state', 'forward_effort', 'forward_position', 'joint_trajectory')
        ),
        ('sim', BALL, {}),
        ('course', STRIDER, {'use_sim_time': True}),
        pytest.param('perception', BALL, {'use_sim_time': True}, marks=NEEDS_VISION_MSGS),
        pytest.param('follow', BALL, {'use_sim_time': True}, marks=NEEDS_VISION_MSGS),
    ],
    ids=lambda value: value if isinstance(value, str) else ' '.join(map(str, value.values())) or '-',
)
def test_a_node_is_granted_all_that_it_has_on_its_network(world, tmp_path, name, file, parameters):
    keystore = tmp_path / 'keystore'
    grant(keystore, name, file=file)
    may_publish, may_hear = rights(keystore, name)
    world.start(name, parameters, file=file)
    peer = world.peer

    def configured():
        if name not in peer.node.get_node_names():
            return False
        published, heard = endpoints(peer, name)
        return f'rt/{name}/transition_event' in published and len(heard) > 11

    peer.until(f'the node {name}', configured)
    # What it has to publish comes into being one after the other.
    peer.spin(2.0)
    published, heard = endpoints(peer, name)
    assert published <= may_publish
    assert heard <= may_hear


def enforced(keystore, domain):
    """A process's environment in which ROS 2 security is enforced."""
    return os.environ | {
        'ROS_SECURITY_ENABLE': 'true',
        'ROS_SECURITY_STRATEGY': 'Enforce',
        'ROS_SECURITY_KEYSTORE': str(keystore),
        'ROS_DOMAIN_ID': str(domain),
    }


def up(environment, *arguments):
    done = subprocess.run(
        [SINEW, 'up', STRIDER, '--bus', 'ros2', '--nodes', 'course', '--seconds', '1', '--ros-args', *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


@pytest.fixture(scope='module')
def with_security(tmp_path_factory):
    """A keystore with an enclave for everybody; skips where the middleware has no security."""
    keystore = tmp_path_factory.mktemp('security') / 'keystore'
    grant(keystore, *NAMES)
    code, said = up(enforced(keystore, 50), '--enclave', '/course')
    if 'built without security' in said:
        pytest.skip(
            'this middleware was built without security, as in the wheels of PyPI: source a ROS 2 installation. '
            'What its plugins make of a keystore is tested in nodes/sinew/tests/security'
        )
    assert code == 0, said
    return keystore


@pytest.mark.parametrize(
    ('changed', 'said'),
    [
        ({'ROS_SECURITY_STRATEGY': 'Permissive'}, ['ROS_SECURITY_STRATEGY', 'expected Enforce', 'Permissive']),
        ({'ROS_SECURITY_ENABLE': '1'}, ['ROS_SECURITY_ENABLE', 'expected true or false', '`1`']),
    ],
    ids=lambda value: ' '.join(value.values()) if isinstance(value, dict) else '',
)
def test_security_that_ros_would_leave_out_in_silence_is_refused(tmp_path, changed, said):
    keystore = tmp_path / 'keystore'
    grant(keystore, 'course')
    code, errors = up(enforced(keystore, 50) | changed, '--enclave', '/course')
    assert code == 2, errors
    assert all(part in errors for part in said), errors


@pytest.mark.parametrize('arguments', [[], ['--enclave', '/nobody']], ids=' '.join)
def test_a_node_without_its_enclave_does_not_start(tmp_path, arguments):
    keystore = tmp_path / 'keystore'
    grant(keystore, 'course')
    code, errors = up(enforced(keystore, 50), *arguments)
    assert code == 2, errors
    assert 'sinew security grant' in errors or 'built without security' in errors, errors


def secure(world, keystore, name):
    """Starts a node in its enclave."""
    # A process takes its environment from this one.
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in enforced(keystore, world.domain).items():
            environment.setenv(variable, value)
        return world.start(name, HELD, '--enclave', f'/{name}')


@pytest.fixture
def guarded(world, with_security):
    """A robot that obeys its operator alone; the world's own peer is a stranger to it."""
    for name in ('sim', 'control', 'course'):
        secure(world, with_security, name)
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in enforced(with_security, world.domain).items():
            environment.setenv(variable, value)
        environment.setenv('ROS_SECURITY_ENCLAVE_OVERRIDE', '/operator')
        operator = Peer(world.domain, name='operator')
    yield world, operator
    operator.close()


def test_a_stranger_can_do_nothing_and_the_operator_can(guarded):
    world, operator = guarded
    stranger = world.peer
    with operator.hearing(String, 'control/mode', LATCHED) as modes:
        operator.until('mode run', lambda: modes and modes.last.data == 'run')
        clients = [
            stranger.node.create_client(kind, service)
            for kind, service in (
                *((Trigger, f'control/{asked}') for asked in ('start', 'stop', 'clear_stop', 'damp', 'promote')),
                *((Trigger, f'perception/{asked}') for asked in ('promote', 'rollback')),
                (Trigger, 'sim/reset'),
                (ChangeState, 'control/change_state'),
                (SetParameters, 'control/set_parameters'),
            )
        ]
        with stranger.telling(Twist(), 'cmd_vel'), stranger.telling(Float64MultiArray(), 'joint_impedance_command'):
            for _ in range(50):
                stranger.spin(0.1)
                operator.spin(0.01)
            assert not any(client.service_is_ready() for client in clients)
            for topic in ('cmd_vel', 'joint_impedance_command'):
                assert stranger.node.count_subscribers(topic) == 0
            assert '/control' not in {
                f'{space.rstrip("/")}/{name}' for name, space in stranger.node.get_node_names_and_namespaces()
            }
        assert modes.last.data == 'run'
        assert operator.ask(Trigger, 'control/stop').success
        operator.until('mode stopped', lambda: modes.last.data == 'stopped')
        assert operator.ask(SetParameters, 'control/set_parameters').results == []


def test_the_keystore_shows_its_enclaves_and_takes_one_back(tmp_path):
    keystore = tmp_path / 'keystore'
    grant(keystore, 'control', 'operator', '--namespace', '/left')
    listed = subprocess.run([SINEW, 'security', 'list', keystore], capture_output=True, text=True, check=True).stdout
    assert re.findall(r'^(\S+) +until 20\d\d-', listed, re.M) == ['/left/control', '/left/operator']
    code, said = run('security', 'grant', str(keystore), STRIDER, 'control', '--namespace', '/left')
    assert code == 2 and '--renew' in said, said
    assert run('security', 'revoke', str(keystore), '/left/operator')[0] == 0
    code, said = run('security', 'revoke', str(keystore), '/left/operator')
    assert code == 2 and '/left/control' in said, said
