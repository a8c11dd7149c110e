"""Teaches Strider to walk: PPO on two CPU cores, MuJoCo for physics.

    python models/train/train.py
    python models/train/train.py --resume .sinew/train/run/last.npz --minutes 20 --out .sinew/train/more

One run is the whole course: the actor is shown a march on the spot, learns
balance, then velocity, then pushes and economy; towards the end exploration and
steps of the policy shrink, and the best of the last policies is kept. It ends
after `--updates` or `--minutes`, whichever comes first. All that is drawn comes
from `--seed`; where the updates run out before the time, a run repeats itself.

OUT receives log.csv (a row per update), last.npz (a checkpoint, every minute),
and the best policy: policy.onnx with policy.contract.yaml, best.npz, best.json.
Then judge it on seeds that did not choose it:

    python models/train/evaluate.py .sinew/train/run/policy.onnx --seed 20000
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
from best import Best
from randomise import Ranges

# Pushes and costs grow while robots fall less often than this.
GOOD_FALLS_PER_MIN = 3.0
DIFFICULTY_STEP = 0.003  # per update
DIFFICULTY_BY_TIME = (0.25, 0.6)  # shares of the training when time makes it grow, to 1

# Shares of the training when policies are judged for the best of them to be kept.
JUDGE_FROM, JUDGE_EVERY = 0.7, 0.05


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
        errors += np.linalg.norm(env.error[:, :2], axis=1).mean()
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


def status(text, lasting=False):
    """In a terminal one line that rewrites itself, unless it is `lasting`; in a
    log file a line each."""
    if sys.stderr.isatty():
        print(f"\x1b[2K{text}", end="\n" if lasting else "\r", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


def harder(difficulty, falls_per_min, progress):
    """The next update's difficulty: it grows while falls are rare, and with time
    in any case, so that every training ends with all disturbances."""
    difficulty += DIFFICULTY_STEP * (falls_per_min < GOOD_FALLS_PER_MIN)
    start, full = DIFFICULTY_BY_TIME
    return float(np.clip(max(difficulty, (progress - start) / (full - start)), 0.0, 1.0))


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
    if args.resume:
        env.difficulty, view = args.difficulty, env.observe()
    else:
        learner, view = beginner.teach(learner, env, jax.random.key(args.seed + 2))
    best = Best(out, contract)
    start = saved = time.time()
    updates, progress, judge_at = 0, 0.0, JUDGE_FROM
    with open(out / "log.csv", "w", newline="") as file:
        writer = None
        while progress < 1.0:
            key, a, b = jax.random.split(key, 3)
            batch, stats, view = collect(learner, env, view, a, settings)
            learner, kl = ppo.update(learner, b, batch, mirrors, progress, settings)
            updates += 1
            elapsed = time.time() - start
            progress = max(updates / args.updates, elapsed / (60 * args.minutes))
            env.difficulty = harder(env.difficulty, stats["falls_per_min"], progress)
            row = {
                "update": updates,
                "minutes": round(elapsed / 60, 3),
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
            if sys.stderr.isatty() or updates % 25 == 1:
                left = elapsed * (1 / progress - 1) / 60
                status(
                    f"update {updates}, {elapsed / 60:.1f} min, {left:.1f} min left |"
                    f" reward {stats['reward']:.4f} falls/min {stats['falls_per_min']:.2f}"
                    f" error {stats['velocity_error_mps']:.3f} m/s std {row['std']:.2f}"
                    f" difficulty {env.difficulty:.2f}"
                )
            if time.time() - saved > 60:
                checkpoint.save(learner, out / "last.npz")
                saved = time.time()
            if progress >= judge_at:
                judge_at = min(judge_at + JUDGE_EVERY, 1.0)
                report, better = best.judge(learner)
                status(
                    f"judged after update {updates}: survival {report['survival']:.3f},"
                    f" error {report['velocity_error_mps']:.3f} m/s, standing drift"
                    f" {report['standing_drift_m']:.3f} m{', the best so far' if better else ''}",
                    lasting=True,
                )
    checkpoint.save(learner, out / "last.npz")
    minutes = (time.time() - start) / 60
    status(f"{updates} updates in {minutes:.0f} min; the best policy is {out}/policy.onnx", lasting=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=2400, help="updates to train for (default 2400)")
    parser.add_argument("--minutes", type=float, default=75, help="wall time to end after (default 75)")
    parser.add_argument("--out", default=".sinew/train/run", help="folder for log, checkpoints and policy")
    parser.add_argument("--resume", metavar="NPZ", help="go on from this checkpoint")
    parser.add_argument("--difficulty", type=float, default=1.0, help="where to go on (0 to 1, default 1)")
    parser.add_argument("--envs", type=int, default=512, help="robots stepped together (default 512)")
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
