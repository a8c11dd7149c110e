"""What `cargo xtask bench perception` works on, made anew each time, with fixed seeds, into a folder:

- `frame.jpg`, 1280x720, quality 90: a sky, a floor, coloured shapes, camera noise;
- the same decoded, as raw bytes: `frame.rgb`, `frame.nv12`, `frame.yuyv`;
- `detector_SIDE.onnx` for each side: the layers of YOLOv8n (3.2 M weights; 8.7 GFLOP at 640) as its
  exporter writes them, output `[1, 84, boxes]`. The weights are random: it costs what a real one costs and
  sees nothing that is there. Its last layers are scaled so that in this frame some 200 boxes score above
  0.25, which is work for the suppression.
"""

import argparse
import os
from pathlib import Path

import cv2
import numpy as np
import onnx

# Read when the library is loaded: it tells its maker nothing.
os.environ['ORT_DISABLE_TELEMETRY'] = '1'
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEIGHT = 1280, 720
MARGIN = 114
CLASSES = 80
BINS = 16
CANDIDATES = 200
THRESHOLD = 0.25


def frame(random):
    """A picture (BGR) that a JPEG of takes about as many bytes as one from a camera."""
    ramp = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    image = np.where(ramp < 0.45, 220 - 120 * ramp, 60 + 100 * ramp) * np.array([1.0, 0.95, 0.85], np.float32)
    image = np.ascontiguousarray(np.broadcast_to(image, (HEIGHT, WIDTH, 3)), np.float32)
    for _ in range(60):
        x, y = int(random.integers(0, WIDTH)), int(random.integers(HEIGHT // 4, HEIGHT))
        size = int(random.integers(10, 120))
        colour = [int(level) for level in random.integers(0, 256, 3)]
        if random.random() < 0.5:
            cv2.circle(image, (x, y), size // 2, colour, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(image, (x, y), (x + size, y + size // 2), colour, -1)
    texture = random.normal(0, 14, (HEIGHT // 4, WIDTH // 4, 3)).astype(np.float32)
    image += cv2.resize(texture, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    image += random.normal(0, 3, image.shape).astype(np.float32)
    return np.clip(image, 0, 255).astype(np.uint8)


def nv12(rgb):
    planar = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
    chroma = planar[HEIGHT:].reshape(2, -1)
    return np.concatenate((planar[:HEIGHT].reshape(-1), np.stack(chroma, -1).reshape(-1)))


def yuyv(rgb):
    planar = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
    u, v = (plane.reshape(HEIGHT // 2, WIDTH // 2).repeat(2, 0) for plane in planar[HEIGHT:].reshape(2, -1))
    luma = planar[:HEIGHT]
    return np.stack((luma[:, 0::2], u, luma[:, 1::2], v), -1)


class Graph:
    """ONNX nodes and weights, in order."""

    def __init__(self, random):
        self.random = random
        self.nodes = []
        self.weights = {}

    def add(self, operator, inputs, **attributes):
        name = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def constant(self, values):
        name = f"constant_{len(self.weights)}"
        self.weights[name] = np.asarray(values)
        return name

    def convolution(self, x, ins, outs, kernel, stride=1):
        """Without an activation; its weights' name comes along."""
        deviation = 1.7 / np.sqrt(ins * kernel * kernel)
        weights = self.constant(self.random.normal(0, deviation, (outs, ins, kernel, kernel)).astype(np.float32))
        bias = self.constant(np.zeros(outs, np.float32))
        pad = [kernel // 2] * 4
        y = self.add("Conv", [x, weights, bias], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pad)
        return y, (weights, bias)

    def conv(self, x, ins, outs, kernel, stride=1):
        y, _ = self.convolution(x, ins, outs, kernel, stride)
        return self.add("Mul", [y, self.add("Sigmoid", [y])])

    def c2f(self, x, ins, outs, repeats, shortcut):
        half = outs // 2
        y = self.conv(x, ins, outs, 1)
        sizes = self.constant(np.array([half, half], np.int64))
        first, second = f"{y}_a", f"{y}_b"
        self.nodes.append(helper.make_node("Split", [y, sizes], [first, second], axis=1))
        parts = [first, second]
        for _ in range(repeats):
            inner = self.conv(self.conv(parts[-1], half, half, 3), half, half, 3)
            parts.append(self.add("Add", [parts[-1], inner]) if shortcut else inner)
        return self.conv(self.concat(parts), half * len(parts), outs, 1)

    def sppf(self, x, channels):
        pools = [self.conv(x, channels, channels // 2, 1)]
        for _ in range(3):
            pools.append(self.add("MaxPool", [pools[-1]], kernel_shape=[5, 5], strides=[1, 1], pads=[2] * 4))
        return self.conv(self.concat(pools), 2 * channels, channels, 1)

    def concat(self, parts, axis=1):
        return self.add("Concat", parts, axis=axis)

    def upsample(self, x):
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        return self.add("Resize", [x, "", scales], mode="nearest", coordinate_transformation_mode="asymmetric",
                        nearest_mode="floor")

    def reshape(self, x, shape):
        return self.add("Reshape", [x, self.constant(np.array(shape, np.int64))])


def detector(side, random):
    """The graph, and the names of the weights that make scores of what was seen."""
    g = Graph(random)
    x = g.conv("images", 3, 16, 3, 2)
    x = g.c2f(g.conv(x, 16, 32, 3, 2), 32, 32, 1, True)
    fine = g.c2f(g.conv(x, 32, 64, 3, 2), 64, 64, 2, True)
    middle = g.c2f(g.conv(fine, 64, 128, 3, 2), 128, 128, 2, True)
    coarse = g.sppf(g.c2f(g.conv(middle, 128, 256, 3, 2), 256, 256, 1, True), 256)
    middle_up = g.c2f(g.concat([g.upsample(coarse), middle]), 384, 128, 1, False)
    fine = g.c2f(g.concat([g.upsample(middle_up), fine]), 192, 64, 1, False)
    middle = g.c2f(g.concat([g.conv(fine, 64, 64, 3, 2), middle_up]), 192, 128, 1, False)
    coarse = g.c2f(g.concat([g.conv(middle, 128, 128, 3, 2), coarse]), 384, 256, 1, False)

    distances, scores, scoring, centres, strides = [], [], [], [], []
    for level, channels, stride in ((fine, 64, 8), (middle, 128, 16), (coarse, 256, 32)):
        box = g.conv(g.conv(level, channels, 64, 3), 64, 64, 3)
        distances.append(g.reshape(g.convolution(box, 64, 4 * BINS, 1)[0], [1, 4 * BINS, -1]))
        score = g.conv(g.conv(level, channels, CLASSES, 3), CLASSES, CLASSES, 3)
        score, weights = g.convolution(score, CLASSES, CLASSES, 1)
        scores.append(g.reshape(score, [1, CLASSES, -1]))
        scoring.append(weights)
        cells = np.arange(side // stride, dtype=np.float32) + 0.5
        centres.append(np.stack(np.meshgrid(cells, cells), 0).reshape(2, -1))
        strides.append(np.full(centres[-1].shape[1], stride, np.float32))

    bins = g.add("Softmax", [g.reshape(g.concat(distances, 2), [1, 4, BINS, -1])], axis=2)
    expected = g.add("Mul", [bins, g.constant(np.arange(BINS, dtype=np.float32).reshape(1, 1, BINS, 1))])
    edges = g.add("ReduceSum", [expected, g.constant(np.array([2], np.int64))], keepdims=0)
    halves = g.constant(np.array([2, 2], np.int64))
    near, far = f"{edges}_near", f"{edges}_far"
    g.nodes.append(helper.make_node("Split", [edges, halves], [near, far], axis=1))
    centre = g.constant(np.concatenate(centres, 1)[None])
    low, high = g.add("Sub", [centre, near]), g.add("Add", [centre, far])
    middle = g.add("Mul", [g.add("Add", [low, high]), g.constant(np.float32(0.5))])
    box = g.concat([middle, g.add("Sub", [high, low])])
    box = g.add("Mul", [box, g.constant(np.concatenate(strides)[None, None])])
    g.nodes.append(helper.make_node("Sigmoid", [g.concat(scores, 2)], ["scores"]))
    g.nodes.append(helper.make_node("Concat", [box, "scores"], ["output0"], axis=1))
    return g, scoring


def model(g, side, boxes):
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side, side])
    output = helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 4 + CLASSES, boxes])
    weights = [numpy_helper.from_array(values, name) for name, values in g.weights.items()]
    graph = helper.make_graph(g.nodes, "random_detector", [images], [output], weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made


def letterboxed(rgb, side):
    small = cv2.resize(rgb, (side, side * HEIGHT // WIDTH))
    tensor = np.full((1, 3, side, side), MARGIN / 255, np.float32)
    top = (side - small.shape[0]) // 2
    tensor[0, :, top : top + small.shape[0]] = small.transpose(2, 0, 1) / np.float32(255)
    return tensor


def write_detector(file, side, rgb):
    g, scoring = detector(side, np.random.default_rng(1))
    boxes = sum((side // stride) ** 2 for stride in (8, 16, 32))
    session = ort.InferenceSession(model(g, side, boxes).SerializeToString(), providers=["CPUExecutionProvider"])
    scores = session.run(None, {"images": letterboxed(rgb, side)})[0][0, 4:].astype(np.float64)
    best = np.sort(np.log(scores / (1 - scores)).max(0))
    factor = 1 / best.std()
    shift = np.log(THRESHOLD / (1 - THRESHOLD)) - factor * best[-CANDIDATES]
    for weights, bias in scoring:
        g.weights[weights] = (g.weights[weights] * factor).astype(np.float32)
        g.weights[bias] = (g.weights[bias] * factor + shift).astype(np.float32)
    onnx.save(model(g, side, boxes), file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sides", type=int, nargs="+")
    args = parser.parse_args()

    args.folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(args.folder / "frame.jpg"), frame(np.random.default_rng(0)), [cv2.IMWRITE_JPEG_QUALITY, 90])
    rgb = cv2.imread(str(args.folder / "frame.jpg"))[:, :, ::-1].copy()
    for name, pixels in (("rgb", rgb), ("nv12", nv12(rgb)), ("yuyv", yuyv(rgb))):
        (args.folder / f"frame.{name}").write_bytes(pixels.tobytes())
    for side in args.sides:
        write_detector(args.folder / f"detector_{side}.onnx", side, rgb)


if __name__ == "__main__":
    main()
