"""The network, once: `forward` describes it to whoever counts its weights, runs it
or writes it as ONNX.

An image of 320x240 becomes three maps of 8, 16 and 32 pixels to a cell. Each cell
gives one box: how far its centre is from the cell's, its size, and a logit per
class.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

WIDTH, HEIGHT = 320, 240
CLASSES = ("ball", "box", "person")
STRIDES = (8, 16, 32)
WIDTHS = (40, 64, 72)  # channels of the maps
DEPTHS = (2, 3, 2)  # convolutions on each
# A box is this many cells wide and high before anything is learnt.
CELLS = 4.0
LARGEST_LOG_SIZE = 4.0
# Before anything is learnt, a cell is this sure of each class.
FIRST_SCORE = 0.01
EPSILON = 1e-3
# Share of a batch's mean and variance in those that are kept.
MOMENTUM = 0.03


def forward(ops, image):
    """The maps [..., 4 + classes] of each stride."""
    x = ops.conv(image, "stem", 16, 8, 4)
    x = ops.add(x, ops.conv(x, "stem_1", 16, 3))
    maps = []
    for stride, width, depth in zip(STRIDES, WIDTHS, DEPTHS, strict=True):
        x = ops.conv(x, f"down_{stride}", width, 2, 2)
        for i in range(depth):
            x = ops.add(x, ops.conv(x, f"body_{stride}_{i}", width, 3))
        maps.append(x)
    # What is seen at large helps to tell what is seen near by.
    for i in (1, 0):
        wider = ops.conv(maps[i + 1], f"wider_{STRIDES[i]}", WIDTHS[i], 1)
        maps[i] = ops.add(maps[i], ops.enlarge(wider, maps[i]))
    outputs = []
    for stride, width, x in zip(STRIDES, WIDTHS, maps, strict=True):
        for i in range(2):
            x = ops.add(x, ops.conv(x, f"head_{stride}_{i}", width, 3))
        outputs.append(ops.conv(x, f"out_{stride}", 4 + len(CLASSES), 1, plain=True))
    return outputs


def pads(size, kernel, stride):
    """Rows of zeros before and after `size` rows, so that ceil(size / stride) come out."""
    total = (-(-size // stride) - 1) * stride + kernel - size
    return total // 2, total - total // 2


def cells(height=HEIGHT, width=WIDTH):
    """Centres [N, 2] and strides [N, 1] of all cells of a picture, in pixels, in the order of the boxes."""
    centres, strides = [], []
    for stride in STRIDES:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = np.mgrid[:rows, :columns]
        centres.append((np.stack([x.ravel(), y.ravel()], 1) + 0.5) * stride)
        strides.append(np.full((rows * columns, 1), stride))
    return np.concatenate(centres).astype(np.float32), np.concatenate(strides).astype(np.float32)


class Blank:
    """Draws the weights."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.params, self.stats = {}, {}

    def conv(self, channels, name, width, kernel, stride=1, plain=False):
        inputs = kernel * kernel * channels
        deviation = 0.01 if plain else (2.0 / inputs) ** 0.5
        weight = self.random.normal(0.0, deviation, (kernel, kernel, channels, width))
        self.params[name] = {"weight": weight.astype(np.float32), "shift": np.zeros(width, np.float32)}
        if plain:
            self.params[name]["shift"][4:] = -np.log(1.0 / FIRST_SCORE - 1.0)
        else:
            self.params[name]["scale"] = np.ones(width, np.float32)
            self.stats[name] = {"mean": np.zeros(width, np.float32), "var": np.ones(width, np.float32)}
        return width

    def add(self, x, y):
        assert x == y
        return x

    def enlarge(self, x, like):
        return x


def create(seed):
    """Parameters, and statistics of what they have seen."""
    blank = Blank(seed)
    forward(blank, 3)
    return jax.tree.map(jnp.asarray, (blank.params, blank.stats))


class Run:
    """Computes on arrays [batch, height, width, channels]; with the statistics of
    the batch, which it leaves in `seen`, or with those that were kept."""

    def __init__(self, params, stats, training):
        self.params, self.stats, self.training = params, stats, training
        self.seen = {}

    def conv(self, x, name, width, kernel, stride=1, plain=False):
        params = self.params[name]
        x = convolve(x, params["weight"], stride)
        if plain:
            return x + params["shift"]
        stats = self.stats[name]
        if self.training:
            stats = {"mean": x.mean((0, 1, 2)), "var": x.var((0, 1, 2))}
            self.seen[name] = stats
        scale = params["scale"] * lax.rsqrt(stats["var"] + EPSILON)
        return jax.nn.relu((x - stats["mean"]) * scale + params["shift"])

    def add(self, x, y):
        return x + y

    def enlarge(self, x, like):
        x = jnp.repeat(jnp.repeat(x, 2, 1), 2, 2)
        return x[:, : like.shape[1], : like.shape[2]]


def convolve(x, weight, stride):
    """A convolution; with a stride, as one of patches with stride 1, which is much
    faster to differentiate on a CPU."""
    kernel, _, channels, width = weight.shape
    rows, columns = (pads(size, kernel, stride) for size in x.shape[1:3])
    if stride > 1:
        x = jnp.pad(x, ((0, 0), rows, columns, (0, 0)))
        batch, height, long, _ = x.shape
        x = x.reshape(batch, height // stride, stride, long // stride, stride, channels)
        x = x.transpose(0, 1, 3, 2, 4, 5).reshape(batch, height // stride, long // stride, -1)
        patches = kernel // stride
        weight = weight.reshape(patches, stride, patches, stride, channels, width)
        weight = weight.transpose(0, 2, 1, 3, 4, 5).reshape(patches, patches, -1, width)
        rows = columns = (0, 0)
    return lax.conv_general_dilated(x, weight, (1, 1), (rows, columns), dimension_numbers=("NHWC", "HWIO", "NHWC"))


def apply(params, stats, images, training=False):
    """Boxes [batch, N, 4] (left, top, right, bottom in pixels), logits
    [batch, N, classes], and the statistics of the batch. Images are floats, 0 to 1."""
    run = Run(params, stats, training)
    maps = forward(run, images)
    raw = jnp.concatenate([x.reshape(x.shape[0], -1, x.shape[3]) for x in maps], 1)
    centres, strides = cells(*images.shape[1:3])
    centre = centres + raw[..., :2] * strides
    size = jnp.exp(jnp.minimum(raw[..., 2:4], LARGEST_LOG_SIZE)) * (CELLS * strides)
    return jnp.concatenate([centre - size / 2, centre + size / 2], -1), raw[..., 4:], run.seen


def remember(stats, seen):
    """The kept statistics after a batch."""
    return jax.tree.map(lambda old, new: old + MOMENTUM * (new - old), stats, seen)
