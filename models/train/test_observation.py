"""The observation, its gait clock and the mirror do what their contract says."""

import numpy as np
import pytest

import contract as contracts
import mirror
from frames import rotate_inverse, to_heading
from observation import GaitPhase, Stack, phase_features

CONTRACT = contracts.strider()
WALK, STAND = np.array([[0.5, 0.0, 0.0]]), np.zeros((1, 3))


def test_the_clock_rests_while_standing_and_starts_at_its_offsets():
    gait = GaitPhase(CONTRACT, 1)
    assert np.allclose(gait.advance(STAND), [[np.pi, np.pi]])
    assert np.allclose(gait.advance(WALK), [[0.0, np.pi]])
    step = 2 * np.pi * CONTRACT["observations"]["gait_phase"]["frequency_hz"] / CONTRACT["policy_rate_hz"]
    assert np.allclose(gait.advance(WALK), [[step, np.pi + step]])
    assert np.allclose(gait.advance(STAND), [[np.pi, np.pi]])
    assert np.allclose(gait.advance(WALK), [[0.0, np.pi]])


def test_the_clock_wraps():
    gait = GaitPhase(CONTRACT, 1)
    for _ in range(200):
        phase = gait.advance(WALK)
        assert (phase >= 0).all() and (phase < 2 * np.pi).all()


def test_a_small_command_is_standing():
    gait = GaitPhase(CONTRACT, 1)
    assert np.allclose(gait.advance(np.array([[0.02, 0.02, 0.03]])), np.pi)
    assert np.allclose(gait.advance(np.array([[0.0, 0.0, 0.06]])), [[0.0, np.pi]])


def test_phase_features_are_cosines_then_sines():
    assert np.allclose(phase_features(np.array([[0.0, np.pi / 2]])), [[1, 0, 0, 1]], atol=1e-12)


def test_history_is_oldest_first_and_filled_by_the_first_observation():
    contract = {
        "observation_names": ["base_ang_vel", "velocity_commands"],
        "observations": {"base_ang_vel": {"history": 3, "scale": 0.5, "clip": [-2, 2]}},
        "joint_names": [],
    }
    stack = Stack(contract, 1)
    command = np.array([[7.0, 8.0, 9.0]])
    seen = [
        stack.push({"base_ang_vel": np.full((1, 3), float(v)), "velocity_commands": command})
        for v in (1, 2, 10)
    ]
    assert np.allclose(seen[0], [[0.5] * 9 + [7, 8, 9]])
    assert np.allclose(seen[1], [[0.5] * 6 + [1.0] * 3 + [7, 8, 9]])
    assert np.allclose(seen[2], [[0.5] * 3 + [1.0] * 3 + [2.0] * 3 + [7, 8, 9]])
    stack.reset([0])
    assert np.allclose(stack.push({"base_ang_vel": np.zeros((1, 3)), "velocity_commands": command})[0, :9], 0)


def test_the_contract_fits_the_robot():
    assert contracts.observation_size(CONTRACT) == 4 * (3 + 3 + 12 + 12 + 12) + 3 + 4
    assert CONTRACT["default_joint_pos"][:6] == pytest.approx([-0.25, 0, 0, 0.5, -0.25, 0])
    assert min(CONTRACT["joint_stiffness"] + CONTRACT["joint_damping"]) > 0


def test_a_contract_survives_its_yaml(tmp_path):
    contracts.save(CONTRACT, tmp_path / "walk.contract.yaml")
    assert contracts.load(tmp_path / "walk.onnx", {}) == CONTRACT


@pytest.mark.parametrize("kind", [mirror.chain([mirror.LEGS]), mirror.observation(CONTRACT)])
def test_two_mirrors_show_the_original(kind):
    index, sign = kind
    x = np.random.default_rng(0).standard_normal(len(index))
    assert np.allclose((x[index] * sign)[index] * sign, x)


def test_rotations_agree_with_their_meaning():
    half = np.pi / 4
    left = np.array([[np.cos(half), 0, 0, np.sin(half)]])  # turned 90 degrees to the left
    assert np.allclose(rotate_inverse(left, np.array([[0.0, 1.0, 0.0]])), [[1, 0, 0]], atol=1e-12)
    assert np.allclose(to_heading(left, np.array([[0.0, 1.0, 2.0]])), [[1, 0, 2]], atol=1e-12)
