"""What an operator asks of the controller and the simulator."""

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist
from nodes import HELD
from peer import LATCHED, NEWEST
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Float64MultiArray, String
from std_srvs.srv import Trigger


@pytest.fixture(scope='module')
def running(shared):
    shared.bring_up(HELD, 'sim', 'control')
    with shared.peer.telling(Twist(), 'cmd_vel'):
        shared.until_mode('run')
        yield shared


def ask(world, service):
    answer = world.peer.ask(Trigger, service)
    assert answer.success, answer.message
    return answer.message


def stiffness(peer):
    """kp of every joint in the newest command."""
    return peer.next(Float64MultiArray, 'joint_impedance_command', NEWEST).data[3::5]


def test_a_stop_holds_until_it_is_cleared_and_the_robot_started(running):
    peer = running.peer
    assert max(stiffness(peer)) > 0
    with peer.hearing(DiagnosticArray, '/diagnostics') as reports:
        ask(running, 'control/stop')
        running.until_mode('stopped')

        def stopped():
            gates = [report.status[1] for report in reports]
            return next((gate for gate in gates if gate.level == DiagnosticStatus.ERROR), None)

        gate = peer.until('the reason on /diagnostics', stopped)
    assert gate.message.startswith('stopped: operator_stop')
    assert set(stiffness(peer)) == {0.0}
    # Who stopped it has the last word.
    refused = peer.ask(Trigger, 'control/start')
    assert not refused.success
    assert 'operator_stop' in refused.message and '~/clear_stop' in refused.message
    peer.spin(1.0)
    running.until_mode('stopped')
    ask(running, 'control/clear_stop')
    running.until_mode('damp')
    assert set(stiffness(peer)) == {0.0}
    with peer.hearing(String, 'control/mode', LATCHED) as modes:
        ask(running, 'control/start')
        peer.until('mode run', lambda: modes and modes.last.data == 'run')
    assert [mode.data for mode in modes][-2:] == ['stand', 'run']
    assert max(stiffness(peer)) > 0


def test_damping_is_no_fault(running):
    ask(running, 'control/start')
    running.until_mode('run')
    ask(running, 'control/damp')
    running.until_mode('damp')
    gate = running.peer.next(DiagnosticArray, '/diagnostics').status[1]
    assert (gate.level, gate.message) == (DiagnosticStatus.OK, 'damp')
    ask(running, 'control/start')
    running.until_mode('run')


def test_a_reset_begins_anew_and_the_robot_runs_on(running):
    peer = running.peer
    with peer.hearing(Clock, '/clock') as times:
        peer.until('3 s of simulation', lambda: times and times.last.clock.sec >= 3)
        ask(running, 'sim/reset')
        peer.until('the clock at its beginning', lambda: times.last.clock.sec < 3)
    running.until_mode('run')
    with peer.hearing(Clock, '/clock') as times:
        peer.until('time goes on', lambda: times and times.last.clock.sec >= 3)
    assert peer.next(DiagnosticArray, '/diagnostics').status[1].level == DiagnosticStatus.OK
