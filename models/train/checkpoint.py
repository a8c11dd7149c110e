"""Learners on disk: one .npz, arrays in the order of the tree's leaves."""

import jax
import numpy as np

import contract as contracts
import env
import mirror
import ppo


def blank(seed=0):
    """An untrained learner for Strider's walking task."""
    contract = contracts.strider()
    critic_size = len(mirror.chain(env.PRIVILEGED)[0])
    return ppo.create(
        jax.random.key(seed), contracts.observation_size(contract), critic_size,
        len(contract["joint_names"]), ppo.Settings(),
    )


def save(learner, path):
    np.savez(path, *[np.asarray(leaf) for leaf in jax.tree.leaves(learner)])


def load(path):
    with np.load(path) as data:
        leaves = [jax.numpy.asarray(data[name]) for name in data.files]
    return jax.tree.unflatten(jax.tree.structure(jax.eval_shape(blank)), leaves)
