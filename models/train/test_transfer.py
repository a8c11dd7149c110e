"""The shipped policy walks, follows and stands in MuJoCo on seeds training never used."""

import pytest

import contract as contracts
import evaluate

POLICY = contracts.ROOT / "models/strider/walk.onnx"


@pytest.fixture(scope="module")
def report():
    return evaluate.evaluate(POLICY, n=200, seed=20_000)


def test_it_survives_98_of_100_disturbed_episodes(report):
    assert report["survival"] >= 0.98


def test_it_follows_velocity_commands(report):
    assert report["velocity_error_mps"] <= 0.15


def test_it_stands_still(report):
    assert report["standing_survival"] == 1.0
    assert report["standing_drift_m"] < 0.05


def test_a_report_repeats_itself():
    network = evaluate.Network(POLICY)
    first, second = (evaluate.episodes(network, 4, seed=3, seconds=3.0) for _ in range(2))
    assert (first["velocity_error_mps"] == second["velocity_error_mps"]).all()
