"""Teaches Strider to walk: PPO on two CPU cores, MuJoCo for physics.

    python models/train/train.py --minutes 60 --out .sinew/train/run
    python models/train/train.py --resume .sinew/train/run/last.npz --minutes 20 --out .sinew/train/more

OUT receives log.csv (a row per update), last.npz (a checkpoint, every minute)
and policy.onnx with policy.contract.yaml. Then judge it:

    python models/train/evaluate.py .sinew/train/run/policy.onnx
"""

import argparse
import csv
import sys
import time
from pathlib import Path

import jax
import numpy as np

import beginner
import checkpoint
import contract as contracts
import env as envs
import mirror
import ppo
from export import export
from randomise import Ranges

# Pushes and costs grow while robots fall less often than this.
GOOD_FALLS_PER_MIN = 3.0
DIFFICULTY_STEP = 0.002  # per update


def collect(learner, env, view, key, settings):
    """`settings.steps` steps of every robot: a batch for the update, what was
    measured on the way, and the view the next call starts from."""
    rows = {k: [] for k in ("obs", "critic_obs", "action", "log_prob", "value")}
    reward, ended = np.zeros((2, settings.steps, env.n), np.float32)
    falls, errors = 0, 0.0
    for t in range(settings.steps):
        key, sub = jax.random.split(key)
        obs, critic_obs = view
        action, logp, _, value = (np.asarray(a) for a in ppo.act(learner, sub, obs, critic_obs))
        for name, data in zip(rows, (obs, critic_obs, action, logp, value)):
            rows[name].append(data)
        reward[t], fell, timed_out = env.step(action.astype(np.float64))
        errors += env.velocity_error.mean()
        falls += fell.sum()
        over = np.flatnonzero(timed_out)
        if len(over):
            # The clock ends the episode, not the walk: add what was still to come.
            reward[t, over] += settings.gamma * np.asarray(ppo.values(learner, env.outlook()))[over]
        done = fell | timed_out
        ended[t] = done
        if done.any():
            env.reset(np.flatnonzero(done))
        view = env.observe()
    value = np.stack(rows["value"])
    last = np.asarray(ppo.values(learner, view[1]))
    advantage, returns = ppo.advantages(reward, value, last, ended, settings)
    batch = {k: np.concatenate(v) for k, v in rows.items()}
    batch |= {"advantage": advantage.reshape(-1), "return": returns.reshape(-1)}
    seconds = settings.steps * env.n / env.rate_hz
    stats = {
        "reward": float(reward.mean()),
        "falls_per_min": 60 * falls / seconds,
        "velocity_error_mps": errors / settings.steps,
    }
    return batch, stats, view


def status(text):
    """One line that rewrites itself in a terminal, a line each in a log file."""
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"\x1b[2K{text}" if end == "\r" else text, end=end, file=sys.stderr, flush=True)


def train(args):
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    contract, settings = contracts.strider(), ppo.Settings()
    env = envs.Env(contract, args.envs, Ranges(), args.seed)
    learner = checkpoint.load(args.resume) if args.resume else checkpoint.blank(args.seed)
    mirrors = {
        "obs": mirror.observation(contract),
        "critic_obs": mirror.chain(envs.PRIVILEGED),
        "action": mirror.chain([mirror.LEGS]),
    }
    key = jax.random.key(args.seed + 1)
    start, saved, updates = time.time(), time.time(), 0
    if args.resume:
        env.difficulty, view = args.difficulty, env.observe()
    else:
        learner, view = beginner.teach(learner, env, jax.random.key(args.seed + 2))
    with open(out / "log.csv", "w", newline="") as file:
        writer = None
        while (elapsed := time.time() - start) < 60 * args.minutes:
            key, a, b = jax.random.split(key, 3)
            batch, stats, view = collect(learner, env, view, a, settings)
            collected = time.time() - start - elapsed
            learner, kl = ppo.update(learner, b, batch, mirrors, settings)
            updates += 1
            if stats["falls_per_min"] < GOOD_FALLS_PER_MIN:
                env.difficulty = min(1.0, env.difficulty + DIFFICULTY_STEP)
            row = {
                "update": updates,
                "minutes": round((time.time() - start) / 60, 3),
                "steps": updates * settings.steps * env.n,
                **stats,
                "kl": float(kl),
                "rate": float(learner.rate),
                "std": float(np.exp(learner.params["log_std"]).mean()),
                "difficulty": env.difficulty,
            }
            seconds = settings.steps / env.rate_hz
            row |= {k: v / seconds for k, v in env.take_sums().items()}
            if writer is None:
                writer = csv.DictWriter(file, row)
                writer.writeheader()
            writer.writerow({k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()})
            file.flush()
            left = 60 * args.minutes - (time.time() - start)
            if sys.stderr.isatty() or updates % 25 == 1:
                status(
                    f"update {updates} {row['steps'] / 1e6:.2f} M steps, {collected:.2f}+"
                    f"{time.time() - start - elapsed - collected:.2f} s | reward {stats['reward']:.4f}"
                    f" falls/min {stats['falls_per_min']:.2f} error {stats['velocity_error_mps']:.3f} m/s"
                    f" std {row['std']:.2f} | {left / 60:.1f} min left"
                )
            if time.time() - saved > 60:
                checkpoint.save(learner, out / "last.npz")
                saved = time.time()
    checkpoint.save(learner, out / "last.npz")
    export(learner, contract, out / "policy.onnx")
    print(f"wrote {out}/policy.onnx after {updates} updates", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="wall time to train for (default 60)")
    parser.add_argument("--out", default=".sinew/train/run", help="folder for log, checkpoints and policy")
    parser.add_argument("--resume", metavar="NPZ", help="go on from this checkpoint")
    parser.add_argument("--difficulty", type=float, default=1.0, help="where to go on (0 to 1, default 1)")
    parser.add_argument("--envs", type=int, default=512, help="robots stepped together (default 512)")
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
