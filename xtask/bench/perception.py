"""From a camera frame to detections as a Python program does it at its fastest: OpenCV, numpy, onnxruntime.

The peer of `nodes/sinew/examples/bench_perception`: the same frame, the same models, one thread. Arrays are made once,
OpenCV resizes into one, splits it into channels, numpy scales them into the input, whose margins are filled once.
(`cv2.dnn.blobFromImage`, or `transpose().astype()`, of the padded picture takes seven times as long and more.) Prints
medians in microseconds as JSON.
"""

import argparse
import json
import os
import time
from pathlib import Path

import cv2
import numpy as np

# Read when the library is loaded: it tells its maker nothing.
os.environ['ORT_DISABLE_TELEMETRY'] = '1'
import onnxruntime as ort

WIDTH, HEIGHT = 1280, 720
MARGIN = 114
THRESHOLD = 0.25
OVERLAP = 0.7
MOST = 300
WARM_UP = 3


class Preprocessor:
    """Letterbox, 0 to 1, channels first."""

    def __init__(self, side, order=(0, 1, 2)):
        height = side * HEIGHT // WIDTH
        self.offset = (side - height) // 2
        self.input = np.full((1, 3, side, side), MARGIN / 255, np.float32)
        covered = self.input[0, :, self.offset : self.offset + height]
        self.small = np.empty((height, side, 3), np.uint8)
        self.planes = [np.empty((height, side), np.uint8) for _ in range(3)]
        self.targets = [covered[channel] for channel in order]

    def run(self, picture):
        height, side = self.small.shape[:2]
        cv2.resize(picture, (side, height), dst=self.small)
        for plane, target in zip(cv2.split(self.small, self.planes), self.targets):
            np.multiply(plane, np.float32(1 / 255), out=target)
        return self.input


class Detector:
    def __init__(self, file, side):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.preprocessor = Preprocessor(side, order=(2, 1, 0))
        self.scale = WIDTH / side

    def detect(self, bgr):
        """Boxes (left, top, width, height), scores and classes in the picture."""
        output = self.session.run(None, {"images": self.preprocessor.run(bgr)})[0][0]
        best = output[4:].max(0)
        sure = np.flatnonzero(best > THRESHOLD)
        scores, classes = best[sure], output[4:, sure].argmax(0)
        boxes = output[:4, sure].T
        boxes[:, :2] -= boxes[:, 2:] / 2
        boxes[:, 1] -= self.preprocessor.offset
        boxes *= self.scale
        kept = cv2.dnn.NMSBoxesBatched(boxes, scores, classes, THRESHOLD, OVERLAP)[:MOST]
        return boxes[kept], scores[kept], classes[kept]


def median_us(frames, work):
    took_ns = []
    for frame in range(WARM_UP + frames):
        start = time.perf_counter_ns()
        work()
        if frame >= WARM_UP:
            took_ns.append(time.perf_counter_ns() - start)
    return float(np.median(took_ns)) / 1e3


def preprocess(folder, sides, frames):
    rgb = np.fromfile(folder / "frame.rgb", np.uint8).reshape(HEIGHT, WIDTH, 3)
    nv12 = np.fromfile(folder / "frame.nv12", np.uint8).reshape(HEIGHT * 3 // 2, WIDTH)
    yuyv = np.fromfile(folder / "frame.yuyv", np.uint8).reshape(HEIGHT, WIDTH, 2)
    converted = np.empty_like(rgb)
    figures = {}
    for side in sides:
        made = Preprocessor(side)
        work = {
            "rgb8": lambda made=made: made.run(rgb),
            "nv12": lambda made=made: made.run(cv2.cvtColor(nv12, cv2.COLOR_YUV2RGB_NV12, dst=converted)),
            "yuyv": lambda made=made: made.run(cv2.cvtColor(yuyv, cv2.COLOR_YUV2RGB_YUY2, dst=converted)),
        }
        for name, run in work.items():
            figures[f"{name}_{side}_us"] = median_us(frames, run)
    return figures


def frame(folder, side, frames):
    jpeg = np.fromfile(folder / "frame.jpg", np.uint8)
    detector = Detector(folder / f"detector_{side}.onnx", side)
    bgr = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    whole = median_us(frames, lambda: detector.detect(cv2.imdecode(jpeg, cv2.IMREAD_COLOR)))
    return {
        "decode_us": median_us(frames, lambda: cv2.imdecode(jpeg, cv2.IMREAD_COLOR)),
        "perceive_us": median_us(frames, lambda: detector.detect(bgr)),
        "whole_us": whole,
        "things": len(detector.detect(bgr)[0]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["preprocess", "frame"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("sides", type=int, nargs="+")
    parser.add_argument("--frames", type=int, required=True)
    args = parser.parse_args()

    cv2.setNumThreads(1)
    match args.what:
        case "preprocess":
            figures = preprocess(args.folder, args.sides, args.frames)
        case "frame":
            (side,) = args.sides
            figures = frame(args.folder, side, args.frames)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
