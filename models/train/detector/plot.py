"""Draws how a training went, and what the detector sees in the first test scenes.

    python -m detector.plot .sinew/train/detector --data .sinew/train/scenes --out models/spotter

OUT receives training.png and seen.jpg.
"""

import argparse
import csv
from pathlib import Path

import cv2
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from . import evaluate, network
from .scenes import Scenes

COLUMNS, ROWS = 4, 3
LEAST_SCORE = 0.25
COLOURS = {"ball": (255, 140, 0), "box": (0, 230, 60), "person": (255, 0, 255)}


def curves(log, path):
    with open(log) as file:
        rows = list(csv.DictReader(file))
    column = lambda name: np.array([float(row[name]) if row[name] else np.nan for row in rows])
    panels = {"class loss": ["class_loss"], "box loss": ["box_loss"],
              "average precision": ["map50", *(f"ap50_{name}" for name in network.CLASSES)]}
    figure, axes = plt.subplots(1, len(panels), figsize=(10, 2.8), layout="constrained")
    for axis, (title, names) in zip(axes, panels.items(), strict=True):
        for name in names:
            values = column(name)
            there = np.isfinite(values)
            axis.plot(column("step")[there] / 1e3, values[there], label=name, lw=2 if name == "map50" else 1)
        axis.set(title=title, xlabel="thousand steps")
        axis.grid(alpha=0.3)
    axes[-1].legend(fontsize=7)
    figure.savefig(path, dpi=80)


def seen(onnx, scenes, path):
    see = evaluate.onnx_eyes(onnx)
    tiles = []
    for rgb in scenes.rgb[: COLUMNS * ROWS]:
        boxes, scores = see(np.asarray(rgb, np.float32)[None] / 255.0)
        tile = np.array(rgb)
        for number, *box, score in evaluate.finished(boxes[0], scores[0]):
            if score < LEAST_SCORE:
                continue
            name = network.CLASSES[int(number)]
            left, top, right, bottom = (round(edge) for edge in box)
            cv2.rectangle(tile, (left, top), (right - 1, bottom - 1), COLOURS[name], 1)
            place = (max(left, 2), max(top - 3, 10))
            text = f"{name} {score:.2f}"
            cv2.putText(tile, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.35, COLOURS[name], 1, cv2.LINE_AA)
        tiles.append(tile)
    rows = [np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)]
    cv2.imwrite(str(path), np.vstack(rows)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 70])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="folder of the training: log.csv and detector.onnx")
    parser.add_argument("--data", default=".sinew/train/scenes", help="folder that render_scenes wrote")
    parser.add_argument("--out", required=True, help="folder for the pictures")
    args = parser.parse_args()
    run, out = Path(args.run), Path(args.out)
    curves(run / "log.csv", out / "training.png")
    seen(run / "detector.onnx", Scenes(args.data, "test"), out / "seen.jpg")


if __name__ == "__main__":
    main()
