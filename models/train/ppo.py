"""Proximal policy optimisation: networks, advantages, one update. JAX, float32."""

from functools import partial
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax


class Settings(NamedTuple):
    steps: int = 24  # policy steps of every robot between updates
    epochs: int = 4
    minibatches: int = 4
    gamma: float = 0.99
    lam: float = 0.95
    clip: float = 0.2
    entropy: float = 0.002
    kl_target: float = 0.02
    calm_from: float = 0.5  # share of the training after which entropy and kl_target sink
    calm_kl: float = 0.2  # what is left of kl_target at the end
    max_grad_norm: float = 1.0
    start_std: float = 0.4
    rate_max: float = 1e-3


class Learner(NamedTuple):
    """Everything an update changes."""

    params: dict
    opt_state: tuple
    rate: jax.Array
    obs_norm: tuple  # mean, variance, count
    critic_norm: tuple


def init_mlp(key, sizes, last_gain):
    layers = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        key, sub = jax.random.split(key)
        gain = last_gain if i == len(sizes) - 2 else 2**0.5
        layers.append((jax.nn.initializers.orthogonal(gain)(sub, (a, b)), jnp.zeros(b)))
    return layers


def mlp(layers, x):
    for weight, bias in layers[:-1]:
        x = jax.nn.elu(x @ weight + bias)
    weight, bias = layers[-1]
    return x @ weight + bias


def normalise(norm, x):
    mean, var, _ = norm
    return jnp.clip((x - mean) / jnp.sqrt(var + 1e-4), -8.0, 8.0)


def widen(norm, x):
    """Running mean and variance with `x` taken in."""
    mean, var, count = norm
    n, m, v = x.shape[0], x.mean(0), x.var(0)
    total = count + n
    delta = m - mean
    var = (var * count + v * n + delta**2 * count * n / total) / total
    return mean + delta * n / total, var, total


optimiser = optax.scale_by_adam(eps=1e-5)


def create(key, obs_size, critic_size, actions, settings, hidden=(256, 128, 128)):
    a, c = jax.random.split(key)
    params = {
        "actor": init_mlp(a, (obs_size, *hidden, actions), 0.01),
        "critic": init_mlp(c, (critic_size, *hidden, 1), 1.0),
        "log_std": jnp.full(actions, jnp.log(settings.start_std)),
    }

    def norm(n):
        return jnp.zeros(n), jnp.ones(n), jnp.array(1e-2)

    return Learner(params, optimiser.init(params), jnp.array(3e-4), norm(obs_size), norm(critic_size))


def log_prob(mean, log_std, action):
    z = (action - mean) / jnp.exp(log_std)
    return -0.5 * jnp.sum(z**2 + 2 * log_std + jnp.log(2 * jnp.pi), axis=-1)


@jax.jit
def act(learner, key, obs, critic_obs):
    """Sampled action, its log probability, its mean, the value."""
    p = learner.params
    mean = mlp(p["actor"], normalise(learner.obs_norm, obs))
    action = mean + jnp.exp(p["log_std"]) * jax.random.normal(key, mean.shape)
    value = mlp(p["critic"], normalise(learner.critic_norm, critic_obs))[:, 0]
    return action, log_prob(mean, p["log_std"], action), mean, value


@jax.jit
def values(learner, critic_obs):
    return mlp(learner.params["critic"], normalise(learner.critic_norm, critic_obs))[..., 0]


def advantages(reward, value, last_value, ended, settings):
    """Generalised advantage estimates and returns, (steps, n)."""
    out = np.zeros_like(reward)
    following, running = last_value, 0.0
    for t in reversed(range(len(reward))):
        alive = 1.0 - ended[t]
        delta = reward[t] + settings.gamma * following * alive - value[t]
        running = delta + settings.gamma * settings.lam * alive * running
        out[t] = running
        following = value[t]
    return out, out + value


def loss(params, learner, batch, entropy, settings):
    obs = normalise(learner.obs_norm, batch["obs"])
    mean = mlp(params["actor"], obs)
    new = log_prob(mean, params["log_std"], batch["action"])
    ratio = jnp.exp(new - batch["log_prob"])
    adv = batch["advantage"]
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    policy = -jnp.minimum(ratio * adv, jnp.clip(ratio, 1 - settings.clip, 1 + settings.clip) * adv).mean()

    value = mlp(params["critic"], normalise(learner.critic_norm, batch["critic_obs"]))[:, 0]
    critic = ((value - batch["return"]) ** 2).mean()

    # Of the samples as they were; the mirrored half follows them.
    kl = (ratio - 1 - jnp.log(ratio))[: len(new) // 2].mean()
    return policy + critic - entropy * params["log_std"].sum(), kl


@partial(jax.jit, static_argnames="settings")
def update(learner, key, batch, mirrors, progress, settings):
    """A few epochs over `batch` (one row per robot and step), `progress` of the
    training being over. Every sample is used twice: as it was and in the mirror."""
    size = batch["obs"].shape[0]
    left = jnp.clip((1 - progress) / (1 - settings.calm_from), 0.0, 1.0)
    entropy, kl_target = settings.entropy * left, settings.kl_target * jnp.maximum(left, settings.calm_kl)
    learner = learner._replace(
        obs_norm=widen(learner.obs_norm, jnp.concatenate([batch["obs"], reflect(batch["obs"], mirrors["obs"])])),
        critic_norm=widen(
            learner.critic_norm,
            jnp.concatenate([batch["critic_obs"], reflect(batch["critic_obs"], mirrors["critic_obs"])]),
        ),
    )

    def minibatch(learner, rows):
        part = {k: v[rows] for k, v in batch.items()}
        part = {
            k: jnp.concatenate([v, reflect(v, mirrors[k]) if k in mirrors else v]) for k, v in part.items()
        }
        grads, kl = jax.grad(loss, has_aux=True)(learner.params, learner, part, entropy, settings)
        norm = optax.tree.norm(grads)
        grads = jax.tree.map(lambda g: g * jnp.minimum(1.0, settings.max_grad_norm / (norm + 1e-9)), grads)
        step, opt_state = optimiser.update(grads, learner.opt_state)
        params = jax.tree.map(lambda p, s: p - learner.rate * s, learner.params, step)
        params["log_std"] = jnp.clip(params["log_std"], jnp.log(0.12), jnp.log(1.0))
        # The step size follows how far the policy moved.
        rate = jnp.where(kl > 2 * kl_target, learner.rate / 1.5, learner.rate)
        rate = jnp.where(kl < 0.5 * kl_target, rate * 1.2, rate)
        rate = jnp.clip(rate, 1e-5, settings.rate_max)
        return learner._replace(params=params, opt_state=opt_state, rate=rate), kl

    def epoch(learner, key):
        rows = jax.random.permutation(key, size).reshape(settings.minibatches, -1)
        return jax.lax.scan(minibatch, learner, rows)

    learner, kl = jax.lax.scan(epoch, learner, jax.random.split(key, settings.epochs))
    return learner, kl.mean()


def reflect(x, mirror):
    index, sign = mirror
    return x[:, index] * sign
