"""The training repeats itself, remembers what it learnt and exports just that."""

from argparse import Namespace

import jax
import numpy as np
import pytest

import beginner
import best
import checkpoint
import contract as contracts
import env as envs
import evaluate
import mirror
import ppo
import train
from export import export
from randomise import Ranges

CONTRACT = contracts.strider()


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


def test_difficulty_grows_while_falls_are_rare():
    assert train.harder(0.5, falls_per_min=0.0, progress=0.0) > 0.5
    assert train.harder(0.5, falls_per_min=30.0, progress=0.0) == 0.5
    assert train.harder(1.0, falls_per_min=0.0, progress=0.0) == 1.0


def test_difficulty_grows_with_time_in_any_case():
    start, full = train.DIFFICULTY_BY_TIME
    assert train.harder(0.0, falls_per_min=30.0, progress=start) == 0.0
    assert train.harder(0.0, falls_per_min=30.0, progress=full) == 1.0


def test_a_checkpoint_is_the_learner(tmp_path):
    learner = checkpoint.blank(seed=3)
    checkpoint.save(learner, tmp_path / "learner.npz")
    assert same(checkpoint.load(tmp_path / "learner.npz"), learner)


def test_the_exported_network_is_the_actor(tmp_path):
    rng = np.random.default_rng(0)
    obs = rng.normal(1.0, 2.0, (64, contracts.observation_size(CONTRACT))).astype(np.float32)
    learner = checkpoint.blank(seed=3)
    learner = learner._replace(obs_norm=ppo.widen(learner.obs_norm, obs))
    export(learner, CONTRACT, tmp_path / "policy.onnx")
    expected = ppo.mlp(learner.params["actor"], ppo.normalise(learner.obs_norm, obs))
    assert np.allclose(evaluate.Network(tmp_path / "policy.onnx")(obs), expected, atol=1e-5)


def test_the_critic_sees_what_its_mirror_expects():
    env = envs.Env(CONTRACT, 4, Ranges(), seed=0)
    index, sign = mirror.chain(envs.PRIVILEGED)
    critic_obs = env.observe()[1]
    assert critic_obs.shape == (4, len(index))
    assert np.array_equal((critic_obs[:, index] * sign)[:, index] * sign, critic_obs)


def test_advantages_end_with_the_episode():
    settings = ppo.Settings()
    reward, value = np.ones((3, 1), np.float32), np.zeros((3, 1), np.float32)
    ended = np.array([[0], [1], [0]], np.float32)
    advantage, returns = ppo.advantages(reward, value, np.array([10.0]), ended, settings)
    assert advantage[1, 0] == pytest.approx(1.0)
    assert advantage[0, 0] == pytest.approx(1.0 + settings.gamma * settings.lam)
    assert returns[2, 0] == pytest.approx(1.0 + settings.gamma * 10.0)


def test_a_training_repeats_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(best, "EPISODES", 2)
    monkeypatch.setattr(beginner, "FITS", 5)
    for run in ("first", "second"):
        train.train(Namespace(out=tmp_path / run, envs=16, seed=5, resume=None, updates=2, minutes=1e6))
    first, second = (checkpoint.load(tmp_path / run / "last.npz") for run in ("first", "second"))
    assert same(first, second)
    assert (tmp_path / "first/policy.onnx").read_bytes() == (tmp_path / "second/policy.onnx").read_bytes()
