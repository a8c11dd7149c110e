"""Average precision: how good boxes are, whatever score one asks for.

As Pascal VOC since 2010 and COCO reckon it, with all points of the curve: boxes are
taken by falling score; each is right if it overlaps a thing of its class that no
better box has found; precision is that of the best box at the same or a higher
recall. Things that need not be found are neither missed nor wrongly found.
"""

import numpy as np


def iou(box, others):
    """Of one box [4] with others [N, 4]: left, top, right, bottom."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), 1)
    both = np.prod(box[2:] - box[:2]) + np.prod(others[:, 2:] - others[:, :2], 1) - shared
    return shared / np.maximum(both, 1e-12)


def suppress(boxes, scores, overlap):
    """Indices of the boxes that no better one overlaps by more than that, best first."""
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order):
        kept.append(order[0])
        order = order[1:][iou(boxes[order[0]], boxes[order[1:]]) <= overlap]
    return np.array(kept, int)


def average_precision(frames, number, overlap=0.5):
    """Of one class. A frame is (found [N, 6], things [M, 6]): found has class, box and
    score; things have class, box and whether they should be found. NaN without things."""
    wanted = sum(int(((things[:, 0] == number) & (things[:, 5] > 0)).sum()) for _, things in frames)
    rows = [
        (box[5], frame, tuple(box[1:5])) for frame, (found, _) in enumerate(frames) for box in found if box[0] == number
    ]
    rows.sort(key=lambda row: -row[0])
    taken = [np.zeros(len(things), bool) for _, things in frames]
    right = []
    for _, frame, box in rows:
        things = frames[frame][1]
        shared = iou(np.array(box), things[:, 1:5]) * (things[:, 0] == number)
        free = np.where(taken[frame] | (things[:, 5] == 0), 0.0, shared)
        if len(free) and free.max() >= overlap:
            taken[frame][free.argmax()] = True
            right.append(True)
        elif not (shared[things[:, 5] == 0] >= overlap).any():
            right.append(False)
    if wanted == 0:
        return float("nan")
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(hits) + 1)
    # From behind: the best that is still to come.
    precision = np.maximum.accumulate(precision[::-1])[::-1] if len(hits) else precision
    return float(precision[np.array(right, bool)].sum() / wanted)
