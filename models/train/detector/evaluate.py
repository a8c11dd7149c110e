"""Average precision on rendered scenes: of a network in training, or of an ONNX.

    python -m detector.evaluate models/spotter/spotter.onnx --data .sinew/train/scenes --split test
"""

import argparse
import os

import numpy as np

# Read when the library is loaded: it tells its maker nothing.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

from . import network
from .average_precision import average_precision, suppress
from .scenes import Scenes

LEAST_SCORE, MOST_OVERLAP, MOST_BOXES = 0.01, 0.6, 100


def finished(boxes, scores):
    """Rows of class, left, top, right, bottom and score from boxes [N, 4] and scores
    [N, classes]. A box is of its surest class alone, as `sinew perceive` has it."""
    rows = []
    for number in range(scores.shape[1]):
        own = np.flatnonzero((scores.argmax(1) == number) & (scores[:, number] > LEAST_SCORE))
        own = own[np.argsort(-scores[own, number])[:MOST_BOXES]]
        kept = own[suppress(boxes[own], scores[own, number], MOST_OVERLAP)]
        rows.append(np.column_stack([np.full(len(kept), number), boxes[kept], scores[kept, number]]))
    return np.concatenate(rows)


def judge(see, scenes, count):
    """`see` gives boxes [batch, N, 4] and scores [batch, N, classes] for images. The
    average precision of each class and their mean, at an overlap of 0.5."""
    frames = []
    edges = np.array([network.WIDTH, network.HEIGHT] * 2, np.float32)
    for i in range(0, count, 25):
        images = np.asarray(scenes.rgb[i : i + 25], np.float32) / 255.0
        for boxes, scores, things in zip(*map(np.asarray, see(images)), scenes.things[i:], strict=False):
            frames.append((finished(np.clip(boxes, 0.0, edges), scores), things))
    each = {name: average_precision(frames, number) for number, name in enumerate(network.CLASSES)}
    return each | {"mean": float(np.mean(list(each.values())))}


def onnx_eyes(path):
    """What an ONNX sees, for `judge`."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def see(images):
        outputs = [session.run(None, {"images": image.transpose(2, 0, 1)[None]})[0][0].T for image in images]
        centre, size, scores = np.split(np.stack(outputs), [2, 4], 2)
        return np.concatenate([centre - size / 2, centre + size / 2], 2), scores

    return see


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx")
    parser.add_argument("--data", default=".sinew/train/scenes", help="folder that render_scenes wrote")
    parser.add_argument("--split", default="test")
    args = parser.parse_args()
    scenes = Scenes(args.data, args.split)
    found = judge(onnx_eyes(args.onnx), scenes, len(scenes.rgb))
    each = ", ".join(f"{name} {found[name]:.3f}" for name in network.CLASSES)
    print(f"{args.onnx}: mAP50 {found['mean']:.3f} on {len(scenes.rgb)} frames ({each})")


if __name__ == "__main__":
    main()
