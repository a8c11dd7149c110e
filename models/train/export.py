"""From a training checkpoint to `NAME.onnx` and `NAME.contract.yaml`.

The ONNX takes the raw observation: its normalisation is folded into the first
layer. Input `obs` [1, N], output `actions` [1, joints], float32.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import checkpoint
import contract as contracts


def fold(layers, norm):
    """First layer of `layers` with x -> (x - mean) / std put into its weights."""
    mean, var, _ = (np.asarray(a, np.float64) for a in norm)
    std = np.sqrt(var + 1e-4)
    (weight, bias), *rest = [(np.asarray(w, np.float64), np.asarray(b, np.float64)) for w, b in layers]
    weight = weight / std[:, None]
    return [(weight, bias - mean @ weight), *rest]


def graph(layers):
    """Gemm and Elu nodes for `layers`."""
    nodes, weights, name = [], [], "obs"
    for i, (weight, bias) in enumerate(layers):
        last = i == len(layers) - 1
        out = "actions" if last else f"pre{i}"
        for key, value in ((f"w{i}", weight), (f"b{i}", bias)):
            weights.append(numpy_helper.from_array(np.asarray(value, np.float32), key))
        nodes.append(helper.make_node("Gemm", [name, f"w{i}", f"b{i}"], [out]))
        if not last:
            name = f"hidden{i}"
            nodes.append(helper.make_node("Elu", [out], [name]))
    shape = {"obs": len(layers[0][0]), "actions": len(layers[-1][1])}
    info = {k: helper.make_tensor_value_info(k, TensorProto.FLOAT, [1, n]) for k, n in shape.items()}
    return helper.make_graph(nodes, "policy", [info["obs"]], [info["actions"]], weights)


def export(learner, contract, path):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    layers = fold(learner.params["actor"], learner.obs_norm)
    model = helper.make_model(
        graph(layers), opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="sinew"
    )
    onnx.checker.check_model(model)
    onnx.save(model, path)
    contracts.save(contract, path.with_suffix(".contract.yaml"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("onnx")
    args = parser.parse_args()
    export(checkpoint.load(args.checkpoint), contracts.strider(), args.onnx)


if __name__ == "__main__":
    main()
