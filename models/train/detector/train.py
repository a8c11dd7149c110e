"""Teaches a small network to find balls, boxes and people: on the CPU, with JAX.

    python -m detector.train --data .sinew/train/scenes --out .sinew/train/detector

DATA holds scenes rendered by `sim/examples/render_scenes.rs`: `training` to learn
from and `validation` to see how it gets on. For most of the training the network sees
windows of a quarter of a scene, for a thing there costs least time; then whole
scenes. It ends after `--steps` or `--minutes`, whichever comes first; its rate falls
along a cosine until then. All that is drawn comes from `--seed`; where the steps run
out before the time, it repeats itself.

OUT receives log.csv (a row every 50 steps), last.npz (a checkpoint, `--resume` goes on
from it) and detector.onnx, both from time to time and at the end.
"""

import argparse
import csv
import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from . import checkpoint, evaluate, network
from .export import export
from .loss import loss
from .scenes import Scenes

LOG_EVERY = 50
# Share of a step's weights in the means that are judged and shipped.
MEAN_SHARE = 0.004
HIGHEST_RATE, LOWEST_RATE = 1e-2, 5e-5
WARM_UP = 0.02  # share of the training
# Width, height and number of the pictures of a step, and until which share of the training.
COURSE = [((160, 120), 32, 0.65), ((network.WIDTH, network.HEIGHT), 16, 1.0)]


def rate(progress):
    """Up, then down along a cosine."""
    if progress < WARM_UP:
        return HIGHEST_RATE * (progress / WARM_UP + 0.01)
    fall = (progress - WARM_UP) / (1.0 - WARM_UP)
    return LOWEST_RATE + (HIGHEST_RATE - LOWEST_RATE) * (1.0 + math.cos(math.pi * min(fall, 1.0))) / 2.0


@jax.jit
def update(learner, images, things, learning_rate):
    """The learner after a batch, and the two parts of its loss."""

    def off(params):
        boxes, logits, seen = network.apply(params, learner["stats"], images, training=True)
        total, parts = loss(boxes, logits, things, network.cells(*images.shape[1:3]))
        return total, (parts, seen)

    gradient, (parts, seen) = jax.grad(off, has_aux=True)(learner["params"])
    change, state = checkpoint.optimiser().update(gradient, learner["optimiser"], learner["params"])
    change = jax.tree.map(lambda step: step * learning_rate, change)
    step = learner["step"] + 1
    params, stats = optax.apply_updates(learner["params"], change), network.remember(learner["stats"], seen)
    # The first steps are forgotten sooner.
    share = jnp.maximum(MEAN_SHARE, 9.0 / (10.0 + step))
    mean = partial(jax.tree.map, lambda old, new: old + share * (new - old))
    return learner | {
        "params": params,
        "stats": stats,
        "mean_params": mean(learner["mean_params"], params),
        "mean_stats": mean(learner["mean_stats"], stats),
        "optimiser": state,
        "step": step,
    }, parts


@jax.jit
def look(params, stats, images):
    boxes, logits, _ = network.apply(params, stats, images)
    return boxes, jax.nn.sigmoid(logits)


def judge(learner, scenes, count):
    return evaluate.judge(partial(look, learner["mean_params"], learner["mean_stats"]), scenes, count)


def status(text, lasting=False):
    """In a terminal one line that rewrites itself, unless it is `lasting`; in a log file a line each."""
    if sys.stderr.isatty():
        print(f"\x1b[2K{text}", end="\n" if lasting else "\r", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


def keep(learner, seconds, out):
    checkpoint.save(learner | {"seconds": np.float64(seconds)}, out / "last.npz")
    export(learner["mean_params"], learner["mean_stats"], out / "detector.onnx")


def train(args):
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    training, validation = Scenes(args.data, "training"), Scenes(args.data, "validation")
    count = min(args.validation, len(validation.rgb))
    learner = checkpoint.load(args.resume) if args.resume else checkpoint.blank(args.seed)
    step, before = int(learner["step"]), float(learner["seconds"])
    start = time.time()
    elapsed = lambda: before + time.time() - start
    passed = lambda step: min(max(step / args.steps, elapsed() / (60 * args.minutes)), 1.0)
    progress = passed(step)
    log = out / "log.csv"
    names = ["step", "minutes", "class_loss", "box_loss", "rate", *(f"ap50_{c}" for c in network.CLASSES), "map50"]
    if not (args.resume and log.exists()):
        log.write_text(",".join(names) + "\n")
    with open(log, "a", newline="") as file, ThreadPoolExecutor(1) as helper:
        writer = csv.DictWriter(file, names)

        def fetch(step):
            size, count = next((size, count) for size, count, until in COURSE if passed(step) <= until)
            return helper.submit(training.batch, count, size, args.seed, step)

        coming, losses = fetch(step), []
        while progress < 1.0:
            images, things = coming.result()
            coming = fetch(step + 1)
            learner, parts = update(learner, images, things, np.float32(rate(progress)))
            losses.append([float(part) for part in parts])
            step += 1
            progress = passed(step)
            if step % LOG_EVERY and progress < 1.0:
                continue
            of_class, of_box = np.mean(losses, 0)
            losses = []
            row = {"step": step, "minutes": elapsed() / 60, "class_loss": of_class, "box_loss": of_box}
            row["rate"] = rate(progress)
            if step % (LOG_EVERY * args.judge_every) == 0 or progress >= 1.0:
                found = judge(learner, validation, count)
                row |= {f"ap50_{c}": found[c] for c in network.CLASSES} | {"map50": found["mean"]}
                keep(learner, elapsed(), out)
                each = ", ".join(f"{c} {found[c]:.3f}" for c in network.CLASSES)
                status(f"after step {step}: mAP50 {found['mean']:.3f} ({each})", lasting=True)
            writer.writerow({k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()})
            file.flush()
            left = elapsed() * (1.0 / progress - 1.0) / 60
            status(
                f"step {step}, {elapsed() / 60:.1f} min, {left:.1f} min left |"
                f" class loss {of_class:.4f} box loss {of_box:.4f}"
            )
    status(f"{step} steps in {elapsed() / 60:.0f} min; the detector is {out}/detector.onnx", lasting=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=".sinew/train/scenes", help="folder that render_scenes wrote")
    parser.add_argument("--out", default=".sinew/train/detector", help="folder for log, checkpoints and ONNX")
    parser.add_argument("--steps", type=int, default=8000, help="steps to train for (default 8000)")
    parser.add_argument("--minutes", type=float, default=40, help="wall time to end after (default 40)")
    parser.add_argument("--resume", metavar="NPZ", help="go on from this checkpoint")
    parser.add_argument("--validation", type=int, default=200, help="frames to watch it with (default 200)")
    parser.add_argument("--judge-every", type=int, default=20, help="in rows of the log (default 20)")
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
