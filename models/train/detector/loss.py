"""What the network should have said, and how far it was off.

Cells are assigned to things as in TOOD (Feng et al., «Task-aligned One-stage Object
Detection», 2021): those that are surest and most accurate about a thing learn to be
even more so, the others learn to be silent. Classes have the binary cross-entropy with
that accuracy as its target, boxes the GIoU loss. (The focal loss that TOOD has for classes
was slow to tell balls from boxes: half-way between two targets it hardly pulls.)

A thing is a row: class (-1 for none), left, top, right, bottom, and whether it should
be found. One that need not be found takes no part, and the cells on it may say its
class or not.
"""

from functools import partial

import jax
import jax.numpy as jnp

from .network import CLASSES

CELLS_PER_THING = 10
SCORE_POWER, OVERLAP_POWER = 0.5, 6.0
BOX_WEIGHT = 5.0
TINY = 1e-9


def area(boxes):
    return jnp.maximum(boxes[..., 2] - boxes[..., 0], 0.0) * jnp.maximum(boxes[..., 3] - boxes[..., 1], 0.0)


def overlaps(a, b):
    """Intersection over union, and its generalisation that also tells how far two boxes are apart."""
    shared = area(jnp.concatenate([jnp.maximum(a[..., :2], b[..., :2]), jnp.minimum(a[..., 2:], b[..., 2:])], -1))
    both = area(a) + area(b) - shared
    hull = area(jnp.concatenate([jnp.minimum(a[..., :2], b[..., :2]), jnp.maximum(a[..., 2:], b[..., 2:])], -1))
    iou = shared / (both + TINY)
    return iou, iou - (hull - both) / (hull + TINY)


def on(boxes, cells):
    """[things, N]: which cells lie on which box; around its middle at least those next to it."""
    centres, strides = cells
    middle = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    reach = jnp.maximum((boxes[:, None, 2:] - boxes[:, None, :2]) / 2, strides)
    return (jnp.abs(centres - middle) < reach).all(-1)


def assign(boxes, scores, things, cells):
    """For one image: which thing each cell is for (and whether for any), how sure of
    its class it should be, and [N, classes] where that matters."""
    number, wanted = things[:, 0].astype(int), (things[:, 0] >= 0) & (things[:, 5] > 0)
    truth, near = things[:, 1:5], on(things[:, 1:5], cells)
    iou = overlaps(truth[:, None], boxes)[0]
    score = scores.T[jnp.maximum(number, 0)]
    metric = score**SCORE_POWER * iou**OVERLAP_POWER * (near & wanted[:, None])
    least = jax.lax.top_k(metric, CELLS_PER_THING)[0][:, -1:]
    chosen = (metric >= least) & (metric > 0.0)
    # A cell that several things want goes to the one that it fits best.
    thing = jnp.argmax(jnp.where(chosen, iou, -1.0), 0)
    mine = jnp.arange(len(things))[:, None] == thing
    chosen &= mine
    best = jnp.max(jnp.where(chosen, metric, 0.0), 1, keepdims=True)
    best_iou = jnp.max(jnp.where(chosen, iou, 0.0), 1, keepdims=True)
    quality = jnp.where(chosen, metric / (best + TINY) * best_iou, 0.0).sum(0)
    excused = near & ((things[:, 0] >= 0) & (things[:, 5] == 0))[:, None]
    classes = jnp.arange(len(CLASSES))
    matters = ~(excused[:, :, None] & (number[:, None, None] == classes)).any(0)
    is_for = chosen.any(0)
    return thing, is_for, quality, matters | is_for[:, None]


def loss(boxes, logits, things, cells):
    """Over a batch; and its two parts."""
    scores = jax.nn.sigmoid(logits)
    found = jax.vmap(partial(assign, cells=cells))(*jax.lax.stop_gradient((boxes, scores)), things)
    thing, is_for, quality, matters = jax.lax.stop_gradient(found)
    mine = jnp.take_along_axis(things, thing[:, :, None], 1)
    target = quality[..., None] * (mine[..., :1] == jnp.arange(len(CLASSES)))
    entropy = jnp.maximum(logits, 0.0) - logits * target + jnp.log1p(jnp.exp(-jnp.abs(logits)))
    total = jnp.maximum(quality.sum(), 1.0)
    of_class = (entropy * matters).sum() / total
    giou = overlaps(boxes, mine[..., 1:5])[1]
    of_box = jnp.where(is_for, (1.0 - giou) * quality, 0.0).sum() / total
    return of_class + BOX_WEIGHT * of_box, (of_class, of_box)
