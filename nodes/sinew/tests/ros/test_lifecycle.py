"""The five lifecycle services and `~/transition_event`, as ROS tools use them."""

import pytest
from geometry_msgs.msg import Twist
from lifecycle_msgs.msg import State, Transition, TransitionEvent
from lifecycle_msgs.srv import ChangeState, GetAvailableStates, GetAvailableTransitions, GetState
from nodes import HELD
from std_msgs.msg import Float64MultiArray, String
from std_srvs.srv import Trigger


class Life:
    """The lifecycle of one node."""

    def __init__(self, peer, name):
        self.peer = peer
        self.name = name

    def state(self):
        state = self.peer.ask(GetState, f'{self.name}/get_state').current_state
        return state.id, state.label

    def change(self, id=0, label=''):
        request = ChangeState.Request(transition=Transition(id=id, label=label))
        return self.peer.ask(ChangeState, f'{self.name}/change_state', request).success

    def available(self):
        answer = self.peer.ask(GetAvailableTransitions, f'{self.name}/get_available_transitions')
        return {(each.transition.id, each.transition.label) for each in answer.available_transitions}

    def graph(self):
        answer = self.peer.ask(GetAvailableTransitions, f'{self.name}/get_transition_graph')
        return [(t.transition.id, t.start_state.label, t.goal_state.label) for t in answer.available_transitions]


UNCONFIGURED = (State.PRIMARY_STATE_UNCONFIGURED, 'unconfigured')
INACTIVE = (State.PRIMARY_STATE_INACTIVE, 'inactive')
ACTIVE = (State.PRIMARY_STATE_ACTIVE, 'active')
FINALIZED = (State.PRIMARY_STATE_FINALIZED, 'finalized')


@pytest.fixture
def waiting(world):
    """The node course, which waits to be told."""
    world.start('course', {'autostart': False})
    return Life(world.peer, 'course')


def test_a_node_that_waits_goes_where_it_is_told(waiting):
    assert waiting.state() == UNCONFIGURED
    assert waiting.available() == {(1, 'configure'), (5, 'shutdown')}
    assert waiting.change(Transition.TRANSITION_CONFIGURE)
    assert waiting.state() == INACTIVE
    assert waiting.available() == {(2, 'cleanup'), (3, 'activate'), (6, 'shutdown')}
    assert waiting.change(Transition.TRANSITION_ACTIVATE)
    assert waiting.state() == ACTIVE
    assert waiting.available() == {(4, 'deactivate'), (7, 'shutdown')}
    # Tools that send a label leave the id at 0.
    assert waiting.change(label='deactivate')
    assert waiting.state() == INACTIVE
    assert waiting.change(label='cleanup')
    assert waiting.state() == UNCONFIGURED
    assert waiting.change(label='configure')
    assert waiting.change(Transition.TRANSITION_INACTIVE_SHUTDOWN)
    assert waiting.state() == FINALIZED
    assert waiting.available() == set()
    assert not waiting.change(label='configure')


@pytest.mark.parametrize(
    'wrong',
    [
        {'id': Transition.TRANSITION_ACTIVATE},
        {'id': Transition.TRANSITION_DEACTIVATE},
        {'id': 99},
        {'label': 'activate'},
        {'label': 'fly'},
        {'label': 'Configure', 'id': Transition.TRANSITION_CONFIGURE},
        {'label': 'x' * 100_000},
        # The outcome of a transition is not for others to tell.
        {'id': Transition.TRANSITION_ON_CONFIGURE_SUCCESS},
    ],
    ids=lambda wrong: str(wrong)[:40],
)
def test_a_wrong_request_changes_nothing(waiting, wrong):
    assert not waiting.change(**wrong)
    assert waiting.state() == UNCONFIGURED
    assert waiting.change(label='configure')


def test_every_step_is_told(waiting):
    peer = waiting.peer
    with peer.hearing(TransitionEvent, 'course/transition_event') as events:
        # Until the two know each other, nothing arrives.
        while not events:
            assert waiting.change(label='configure')
            assert waiting.change(label='cleanup')
            peer.spin(0.2)
        peer.until('the end of that', lambda: events.last.goal_state.label == 'unconfigured')
        events.clear()
        for label in ('configure', 'activate', 'deactivate', 'cleanup', 'shutdown'):
            assert waiting.change(label=label)
        peer.until('ten events', lambda: len(events) >= 10)
    told = [(event.transition.id, event.start_state.label, event.goal_state.label) for event in events]
    assert told == [
        (1, 'unconfigured', 'configuring'),
        (10, 'configuring', 'inactive'),
        (3, 'inactive', 'activating'),
        (30, 'activating', 'active'),
        (4, 'active', 'deactivating'),
        (40, 'deactivating', 'inactive'),
        (2, 'inactive', 'cleaningup'),
        (20, 'cleaningup', 'unconfigured'),
        (5, 'unconfigured', 'shuttingdown'),
        (50, 'shuttingdown', 'finalized'),
    ]
    stamps = [event.timestamp for event in events]
    assert stamps == sorted(stamps) and stamps[0] > 0


def test_states_and_transitions_are_those_of_ros(waiting):
    answer = waiting.peer.ask(GetAvailableStates, 'course/get_available_states')
    states = {(state.id, state.label) for state in answer.available_states}
    named = {
        (getattr(State, name), name.split('_STATE_')[1].lower()) for name in dir(State) if '_STATE_' in name
    }
    assert states == named
    graph = waiting.graph()
    assert len(graph) == 25
    assert (1, 'unconfigured', 'configuring') in graph
    assert (62, 'errorprocessing', 'finalized') in graph


def test_the_controller_moves_the_robot_only_while_it_is_active(world):
    peer = world.peer
    world.start('sim', HELD)
    world.start('control', HELD | {'control:autostart': False})
    control = Life(peer, 'control')
    with (
        peer.telling(Twist(), 'cmd_vel'),
        peer.hearing(Float64MultiArray, 'joint_impedance_command') as commands,
    ):
        assert control.change(label='configure')
        assert not commands
        assert control.change(label='activate')
        world.until_mode('run')
        assert commands
        assert control.change(label='deactivate')
        world.until_mode('inactive')
        peer.spin(0.2)
        heard = len(commands)
        assert set(commands.last.data[3::5]) == {0.0}
        peer.spin(0.5)
        assert len(commands) == heard
        # The stop in which it ended is not that of the next time.
        assert control.change(label='activate')
        world.until_mode('run')
        assert control.change(label='deactivate')
        assert control.change(label='cleanup')
        peer.until(
            'its services are gone',
            lambda: 'control/stop' not in dict(peer.node.get_service_names_and_types()),
        )
        assert control.change(label='configure')
        assert control.change(label='activate')
        world.until_mode('run')
        assert peer.ask(Trigger, 'control/damp').success
        world.until_mode('damp')


def test_a_node_that_cannot_be_configured_says_why_and_stays(world):
    process = world.start('control', {'control:autostart': False, 'control:policy.path': 'no-such.onnx'})
    control = Life(world.peer, 'control')
    assert not control.change(label='configure')
    assert control.state() == UNCONFIGURED
    world.peer.until('the file in the log', lambda: 'no-such.onnx' in process.said())
    with world.peer.hearing(String, 'control/mode') as modes:
        assert not control.change(label='activate')
        assert not modes
    assert process.end() == 0
