"""A first idea of walking: the actor starts as an open-loop march on the spot.

From random weights PPO soon balances but takes millions of steps to find that
feet can be lifted. Lifting them in time with the gait clock is easy to write
down, so the actor is fitted to that and only has to learn not to fall.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax

import ppo
import rewards

STEPS = 60  # of every robot, to see what observations look like
SHARE = 0.6  # of the full lift: enough to leave the floor
FITS = 600


def march(env):
    """Actions that lift each foot while its clock says so."""
    swing = np.where(env.gait.standing[:, None], 0.0, np.maximum(np.sin(env.gait.phase), 0.0))
    lift = (swing[:, :, None] * rewards.MARCH).reshape(env.n, -1)
    return SHARE * lift / env.world.scale


def teach(learner, env, key):
    """`learner` with its normalisation measured and its actor fitted to the march."""
    seen, shown = [], []
    view = env.observe()
    for _ in range(STEPS):
        seen.append(view)
        shown.append(march(env))
        _, fell, _ = env.step(shown[-1] + 0.3 * env.rng.standard_normal(shown[-1].shape))
        if fell.any():
            env.reset(np.flatnonzero(fell))
        view = env.observe()
    env.take_sums()
    obs, critic_obs = (np.concatenate(v) for v in zip(*seen))
    actions = np.concatenate(shown).astype(np.float32)
    learner = learner._replace(
        obs_norm=ppo.widen(learner.obs_norm, obs), critic_norm=ppo.widen(learner.critic_norm, critic_obs)
    )
    adam = optax.adam(1e-3)

    @jax.jit
    def fit(actor, state, key):
        rows = jax.random.randint(key, (1024,), 0, len(obs))
        x, y = ppo.normalise(learner.obs_norm, jnp.asarray(obs)[rows]), jnp.asarray(actions)[rows]
        grads = jax.grad(lambda p: jnp.mean((ppo.mlp(p, x) - y) ** 2))(actor)
        step, state = adam.update(grads, state)
        return optax.apply_updates(actor, step), state

    actor = learner.params["actor"]
    state = adam.init(actor)
    for sub in jax.random.split(key, FITS):
        actor, state = fit(actor, state, sub)
    return learner._replace(params=learner.params | {"actor": actor}), view
