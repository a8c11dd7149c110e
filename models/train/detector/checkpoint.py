"""What a training has learnt, on disk: one .npz, arrays in the order of the tree's leaves."""

import jax
import numpy as np
import optax
import optax.contrib

from . import network

DECAY = 0.01


def optimiser():
    """Muon for the convolutions, AdamW for the rest; its steps are still to be scaled by the rate."""

    def shapes(params):
        hidden = lambda name, key: key == "weight" and not name.startswith("out_")
        matrix = optax.contrib.MuonDimensionNumbers(reduction_axis=(0, 1, 2), output_axis=3)
        return {name: {key: matrix if hidden(name, key) else None for key in layer} for name, layer in params.items()}

    return optax.contrib.muon(
        1.0, weight_decay=DECAY, adam_b2=0.99, consistent_rms=0.2, muon_weight_dimension_numbers=shapes
    )


def blank(seed=0):
    """A learner that knows nothing: weights, their means over the last steps, which
    are what it is judged by, and where it is."""
    params, stats = network.create(seed)
    return {
        "params": params,
        "stats": stats,
        "mean_params": params,
        "mean_stats": stats,
        "optimiser": optimiser().init(params),
        "step": np.int64(0),
        "seconds": np.float64(0.0),
    }


def save(learner, path):
    np.savez(path, *[np.asarray(leaf) for leaf in jax.tree.leaves(learner)])


def load(path):
    with np.load(path) as data:
        leaves = [data[name] for name in data.files]
    return jax.tree.unflatten(jax.tree.structure(jax.eval_shape(blank)), leaves)
