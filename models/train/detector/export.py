"""From a training checkpoint to an ONNX that says itself what it sees.

Input `images` [1, 3, 240, 320], red, green and blue, 0 to 1. Output `output0`
[1, 4 + classes, boxes]: centre x and y, width and height in pixels, then how sure of
each class: the layout, and the metadata, that ultralytics gives to YOLOv8, so that
whatever reads those reads this. The statistics are folded into the weights.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from . import checkpoint, network

OPSET, IR_VERSION = 17, 8


class Graph:
    """Writes nodes; a value is its name and shape (channels, height, width)."""

    def __init__(self, params, stats):
        self.params, self.stats = params, stats
        self.nodes, self.weights = [], []

    def weight(self, name, values):
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def conv(self, x, name, width, kernel, stride=1, plain=False):
        source, (_, *sizes) = x
        weight, shift = folded(self.params[name], None if plain else self.stats[name])
        begins, ends = zip(*(network.pads(size, kernel, stride) for size in sizes), strict=True)
        inputs = [
            source,
            self.weight(f"{name}.weight", weight.transpose(3, 2, 0, 1)),
            self.weight(f"{name}.bias", shift),
        ]
        shape = {"kernel_shape": [kernel, kernel], "strides": [stride, stride], "pads": [*begins, *ends]}
        out = self.node("Conv", inputs, f"{name}.conv", **shape)
        out = out if plain else self.node("Relu", [out], name)
        return out, (width, *(-(-size // stride) for size in sizes))

    def add(self, x, y):
        name = f"{x[0]}+{y[0]}".replace("+", "_and_")[-60:] + f"_{len(self.nodes)}"
        return self.node("Add", [x[0], y[0]], name), x[1]

    def enlarge(self, x, like):
        name, (channels, height, width) = x
        scales = self.weight(f"{name}.scales", np.array([1, 1, 2, 2], np.float32))
        out = self.node("Resize", [name, "", scales], f"{name}.enlarged", mode="nearest",
                        coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        shape = (channels, *like[1][1:])
        if shape[1:] != (2 * height, 2 * width):
            ranges = {"starts": [0, 0], "ends": shape[1:], "axes": [2, 3]}
            limits = [self.weight(f"{name}.{key}", np.array(value, np.int64)) for key, value in ranges.items()]
            out = self.node("Slice", [out, *limits], f"{name}.cut")
        return out, shape

    def boxes(self, maps):
        """From the maps to the finished output."""
        rows = 4 + len(network.CLASSES)
        shape = self.weight("rows", np.array([1, rows, -1], np.int64))
        flat = [self.node("Reshape", [name, shape], f"{name}.rows") for name, _ in maps]
        self.node("Concat", flat, "raw", axis=2)
        parts = self.weight("parts", np.array([2, 2, len(network.CLASSES)], np.int64))
        self.nodes.append(helper.make_node("Split", ["raw", parts], ["place", "size", "logits"], name="split", axis=1))
        centres, strides = (values.T[None] for values in network.cells())
        self.node("Mul", ["place", self.weight("strides", strides)], "from_centre")
        self.node("Add", ["from_centre", self.weight("centres", centres)], "xy")
        largest = self.weight("largest", np.array(network.LARGEST_LOG_SIZE, np.float32))
        self.node("Min", ["size", largest], "bounded")
        self.node("Exp", ["bounded"], "cells")
        self.node("Mul", ["cells", self.weight("sizes", strides * np.float32(network.CELLS))], "wh")
        self.node("Sigmoid", ["logits"], "scores")
        self.node("Concat", ["xy", "wh", "scores"], "output0", axis=1)


def folded(params, stats):
    """Weight and bias of a convolution that does its normalisation as well."""
    weight, shift = (np.asarray(params[key], np.float64) for key in ("weight", "shift"))
    if stats is not None:
        mean, var = (np.asarray(stats[key], np.float64) for key in ("mean", "var"))
        scale = np.asarray(params["scale"], np.float64) / np.sqrt(var + network.EPSILON)
        weight, shift = weight * scale, shift - mean * scale
    return weight.astype(np.float32), shift.astype(np.float32)


def export(params, stats, path):
    graph = Graph(params, stats)
    image = (3, network.HEIGHT, network.WIDTH)
    graph.boxes(network.forward(graph, ("images", image)))
    shapes = {"images": [1, *image], "output0": [1, 4 + len(network.CLASSES), len(network.cells()[0])]}
    info = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()}
    model = helper.make_model(
        helper.make_graph(graph.nodes, "detector", [info["images"]], [info["output0"]], graph.weights),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="sinew",
    )
    helper.set_model_props(model, {
        "names": str(dict(enumerate(network.CLASSES))),
        "task": "detect",
        "imgsz": str([network.HEIGHT, network.WIDTH]),
        "stride": str(max(network.STRIDES)),
        "description": "Balls, boxes and people in pictures of Sinew's simulated camera",
    })
    onnx.checker.check_model(model, full_check=True)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("onnx")
    args = parser.parse_args()
    learner = checkpoint.load(args.checkpoint)
    export(learner["mean_params"], learner["mean_stats"], args.onnx)


if __name__ == "__main__":
    main()
