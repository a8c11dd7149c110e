"""Draws the learning curve of one or more log.csv files, in the order they were trained.

    python models/train/plot.py .sinew/train/run/log.csv models/strider/training.png
"""

import argparse
import csv

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

PANELS = {
    "reward": "reward per step",
    "falls_per_min": "falls per robot and minute",
    "velocity_error_mps": "velocity error, m/s",
}


def read(paths):
    """Columns of all logs as one, steps counted through."""
    columns, steps = {name: [] for name in ("steps", *PANELS)}, 0.0
    for path in paths:
        with open(path) as file:
            rows = list(csv.DictReader(file))
        for name in columns:
            columns[name] += [float(row[name]) + (steps if name == "steps" else 0.0) for row in rows]
        steps = columns["steps"][-1]
    return {name: np.array(values) for name, values in columns.items()}


def smooth(values, width=15):
    padded = np.pad(values, (width - 1, 0), mode="edge")
    return np.convolve(padded, np.ones(width) / width, mode="valid")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="+")
    parser.add_argument("png")
    args = parser.parse_args()
    log = read(args.logs)
    figure, axes = plt.subplots(1, len(PANELS), figsize=(10, 2.8), layout="constrained")
    for axis, (name, label) in zip(axes, PANELS.items()):
        axis.plot(log["steps"] / 1e6, smooth(log[name]), color="#1a8c9e")
        axis.set(title=label, xlabel="million policy steps")
        axis.grid(alpha=0.3)
    figure.savefig(args.png, dpi=80)


if __name__ == "__main__":
    main()
