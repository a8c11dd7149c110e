"""Rendered scenes on disk, as `sim/examples/render_scenes.rs` writes them, and batches of them."""

import json
from pathlib import Path

import cv2
import numpy as np

from . import network

# What is left of a thing when a picture is cut must be as recognisable as render_scenes asks for.
LEAST_SIDE, LEAST_SHARE = 6.0, 0.5


class Scenes:
    """`rgb` [N, height, width, 3] and `things` [N, most, 6], see loss.py."""

    def __init__(self, folder, split):
        path = Path(folder) / split
        about = json.loads(path.with_suffix(".json").read_text())
        assert tuple(about["classes"]) == network.CLASSES, about["classes"]
        assert (about["width"], about["height"]) == (network.WIDTH, network.HEIGHT), about
        shape = (about["frames"], network.HEIGHT, network.WIDTH, 3)
        self.rgb = np.memmap(path.with_suffix(".rgb"), np.uint8, "r", shape=shape)
        things = np.fromfile(path.with_suffix(".boxes"), "<f4")
        self.things = things.reshape(about["frames"], about["most"], 6)

    def batch(self, count, size, seed, step):
        """Images of a size (width, height), 0 to 1, and things: the `step`th batch, whatever came before."""
        random = np.random.default_rng([seed, step])
        drawn = random.integers(0, len(self.rgb), count)
        pairs = [vary(self.rgb[i], self.things[i], np.array(size), random) for i in drawn]
        images, things = zip(*pairs, strict=True)
        return np.stack(images), np.stack(things)


def vary(rgb, things, size, random):
    """The same scene with another camera: mirrored, moved, nearer or farther, sharper or softer, in other light."""
    rgb, things = moved(rgb, things, size, random)
    if random.random() < 0.5:
        rgb = rgb[:, ::-1]
        things[:, [1, 3]] = size[0] - things[:, [3, 1]]
    image = rgb.astype(np.float32) / 255.0
    if random.random() < 0.3:
        image = cv2.GaussianBlur(image, (5, 5), random.uniform(0.3, 1.0))
    gain = random.uniform(0.75, 1.3) * random.uniform(0.9, 1.1, 3).astype(np.float32)
    image = (image * gain) ** np.float32(random.uniform(0.8, 1.25))
    return np.clip(image, 0.0, 1.0, dtype=np.float32), things


def moved(rgb, things, size, random):
    """What a window of that size shows of the scene, enlarged or made smaller. Where it is smaller than the scene,
    something is to be seen in it; what it shows of outside is grey, as a letterbox's margin."""
    scale = np.exp(random.uniform(np.log(0.6), np.log(1.4))) if random.random() < 0.6 else 1.0
    if size[0] < network.WIDTH:
        scale *= random.uniform(0.6, 1.0)
    scene = scale * np.array([network.WIDTH, network.HEIGHT])
    there = things[:, 0] >= 0
    if there.any() and random.random() < 0.9:
        edges = things[random.choice(np.flatnonzero(there)), 1:5]
        shift = size * random.uniform(0.1, 0.9, 2) - scale * (edges[:2] + edges[2:]) / 2
    else:
        shift = (size - scene) * random.uniform(0.0, 1.0, 2)
    shift = np.clip(shift, np.minimum(size - scene, 0.0), np.maximum(size - scene, 0.0))
    # Pixels have their centres at halves.
    matrix = np.array([[scale, 0, shift[0] + (scale - 1) / 2], [0, scale, shift[1] + (scale - 1) / 2]])
    rgb = cv2.warpAffine(rgb, matrix, size.tolist(), borderValue=(114, 114, 114))
    whole = things[:, 1:5] * scale + np.tile(shift, 2)
    cut = np.clip(whole, 0.0, np.tile(size, 2))
    sides, old = cut[:, 2:] - cut[:, :2], whole[:, 2:] - whole[:, :2]
    share = sides.prod(1) / np.maximum(old.prod(1), 1e-6)
    seen = there & (sides > 0).all(1)
    wanted = (things[:, 5] > 0) & (sides.min(1) >= LEAST_SIDE) & (share >= LEAST_SHARE)
    columns = [np.where(seen, things[:, 0], -1.0), *cut.T, wanted]
    return rgb, np.stack(columns, 1).astype(np.float32)
