"""`security:=` of the launch file. Needs `launch_ros`, which a ROS 2 installation has and PyPI's wheels have not."""

import importlib.util
import os

import pytest
from nodes import ROOT, SINEW

launch = pytest.importorskip('launch', reason='needs launch: source a ROS 2 installation')
pytest.importorskip('launch_ros', reason='needs launch_ros: source a ROS 2 installation')

FILES = ['cert.pem', 'governance.p7s', 'identity_ca.cert.pem', 'key.pem', 'permissions.p7s', 'permissions_ca.cert.pem']


@pytest.fixture
def started(monkeypatch, tmp_path_factory):
    """What the launch file would start with arguments: environment variables, and ROS arguments by node."""
    # The program that was built takes the place of an installed one.
    programs = tmp_path_factory.mktemp('bin')
    (programs / 'sinew').symlink_to(SINEW)
    monkeypatch.setenv('PATH', f'{programs}{os.pathsep}{os.environ["PATH"]}')
    for name in ('ENABLE', 'STRATEGY', 'KEYSTORE'):
        monkeypatch.delenv(f'ROS_SECURITY_{name}', raising=False)
    spec = importlib.util.spec_from_file_location('strider_launch', ROOT / 'launch/strider.launch.py')
    file = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(file)

    def start(**arguments):
        context = launch.LaunchContext()
        for argument in file.ARGUMENTS:
            default = ''.join(part.perform(context) for part in argument.default_value)
            context.launch_configurations[argument.name] = arguments.get(argument.name, default)
        text = lambda parts: ''.join(part.perform(context) for part in parts)
        variables, nodes = {}, {}
        for action in file.nodes(context):
            if isinstance(action, launch.actions.SetEnvironmentVariable):
                variables[text(action.name)] = text(action.value)
            else:
                nodes[action.node_executable] = [str(part) for part in action._Node__ros_arguments]
        return variables, nodes

    return start


def test_a_robot_of_two_files_is_planned_and_each_node_gets_what_follows_from_the_rest(started):
    _, nodes = started(robot='strider_ball', namespace='left')
    assert {'control', 'sim', 'perception', 'follow'} == set(nodes)
    _, alone = started()
    assert {'control', 'sim', 'course'} == set(alone)


def keystore(folder, *enclaves):
    for enclave in enclaves:
        (folder / 'enclaves' / enclave).mkdir(parents=True)
        for file in FILES:
            (folder / 'enclaves' / enclave / file).touch()
    return str(folder)


def test_every_node_gets_its_enclave_and_security_is_enforced(started, tmp_path):
    at = keystore(tmp_path, 'left/control', 'left/sim', 'left/course')
    variables, nodes = started(security=at, namespace='left')
    assert variables == {
        'ROS_SECURITY_ENABLE': 'true',
        'ROS_SECURITY_STRATEGY': 'Enforce',
        'ROS_SECURITY_KEYSTORE': at,
    }
    for name in ('control', 'sim', 'course'):
        assert nodes[name][-2:] == ['--enclave', f'/left/{name}']


def test_without_security_nothing_is_said_of_it(started):
    variables, nodes = started()
    assert not variables
    assert not any('--enclave' in arguments for arguments in nodes.values())


def test_a_keystore_that_lacks_an_enclave_is_refused_with_the_command_that_makes_it(started, tmp_path):
    at = keystore(tmp_path, 'control', 'sim')
    with pytest.raises(FileNotFoundError, match=r'course.* is missing.*sinew security grant \S+ \S+ course$'):
        started(security=at)
    with pytest.raises(FileNotFoundError, match=r'grant \S+ \S+ control sim course --composed --remap cmd_vel:=/joy$'):
        started(security=at, composed='true', cmd_vel='/joy')
    with pytest.raises(FileNotFoundError, match=r'sinew security init \S+ && sinew security grant'):
        started(security=str(tmp_path / 'none'))


def test_what_would_leave_security_out_in_silence_is_refused(started, tmp_path, monkeypatch):
    with pytest.raises(RuntimeError, match='gazebo'):
        started(security=keystore(tmp_path, 'control'), sim='gazebo')
    monkeypatch.setenv('ROS_SECURITY_ENABLE', 'true')
    with pytest.raises(RuntimeError, match='ROS_SECURITY_KEYSTORE is not set'):
        started()
    with pytest.raises(RuntimeError, match='security:=off'):
        started(security='off')
