"""The loss asks for the right boxes, pictures and their boxes move together, and what is exported is the network."""

import json
from argparse import Namespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from . import average_precision as ap
from . import checkpoint, evaluate, network, scenes, train
from .export import export
from .loss import assign, loss, overlaps

NOTHING = [-1.0, 0, 0, 0, 0, 0]
CELLS = CENTRES, STRIDES = network.cells()


def things(*rows):
    return np.array([*rows, *[NOTHING] * (5 - len(rows))], np.float32)


def perfect(rows):
    """The boxes of a network that puts each thing's box where the thing is, and is sure of them alone."""
    boxes = np.column_stack([CENTRES - 4.0, CENTRES + 4.0])
    scores = np.full((len(boxes), 3), 0.01, np.float32)
    for number, *box, _ in rows:
        near = np.abs(CENTRES - (np.array(box[:2]) + box[2:]) / 2).max(1) < STRIDES[:, 0]
        boxes[near], scores[near, int(number)] = box, 0.9
    return jnp.asarray(boxes), jnp.asarray(scores)


@pytest.fixture(scope="module")
def learner():
    """Unlike a blank one in everything that an export might mix up."""
    random = np.random.default_rng(4)

    def vary(x):
        shift = random.normal(0.0, 0.1, x.shape) if x.ndim == 1 else 0.0
        return (x * random.uniform(0.8, 1.25, x.shape) + shift).astype(np.float32)

    return jax.tree.map(vary, network.create(4))


def test_boxes_share_what_geometry_says():
    iou, giou = overlaps(np.array([0.0, 0, 10, 10]), np.array([[5.0, 0, 15, 10], [20, 0, 30, 10], [0, 0, 10, 10]]))
    assert np.allclose(iou, [1 / 3, 0, 1])
    assert np.allclose(giou, [1 / 3, -1 / 3, 1])


def test_the_cells_that_fit_a_thing_are_for_it_and_no_others():
    rows = [[0, 100, 100, 108, 108, 1], [2, 20, 20, 120, 220, 1]]
    boxes, scores = perfect(rows)
    thing, is_for, quality, matters = assign(boxes, scores, things(*rows), CELLS)
    for index, row in enumerate(rows):
        mine = np.asarray(is_for) & (np.asarray(thing) == index)
        assert 1 <= mine.sum() <= 10
        assert np.allclose(boxes[mine], row[1:5])
        assert np.allclose(quality[mine], 1.0, atol=1e-3)
    assert np.asarray(quality)[~np.asarray(is_for)].max() == 0.0
    assert np.asarray(matters).all()


def test_a_thing_smaller_than_a_cell_is_not_overlooked():
    centre = CENTRES[0] + STRIDES[0] / 2
    row = [0, *(centre - 3), *(centre + 3), 1]
    assert assign(*perfect([row]), things(row), CELLS)[1].any()


def test_what_need_not_be_found_may_be_found_or_not():
    row = [1, 40, 40, 80, 80, 0]
    boxes, scores = perfect([row])
    _, is_for, _, matters = (np.asarray(x) for x in assign(boxes, scores, things(row), CELLS))
    assert not is_for.any()
    assert matters[:, [0, 2]].all() and not matters[:, 1].all()
    found, not_found = (jnp.where(matters, 0.01, score) for score in (0.9, 0.01))
    off = [loss(boxes[None], jnp.log(p / (1 - p))[None], things(row)[None], CELLS)[0] for p in (found, not_found)]
    assert off[0] == pytest.approx(off[1])


def test_the_loss_is_least_where_nothing_is_wrong():
    rows = [[0, 100, 100, 140, 140, 1], [1, 200, 50, 260, 120, 1]]
    boxes, scores = perfect(rows)
    quality = np.asarray(assign(boxes, scores, things(*rows), CELLS)[2])
    classes = np.asarray(scores).argmax(1)[:, None] == np.arange(3)
    target = np.clip(quality[:, None] * classes, 1e-5, 1 - 1e-5)
    logits = jnp.log(target / (1 - target))
    _, (of_class, of_box) = loss(boxes[None], logits[None], things(*rows)[None], CELLS)
    _, (swapped, _) = loss(boxes[None], logits[None][..., [1, 0, 2]], things(*rows)[None], CELLS)
    _, (_, beside) = loss(boxes[None] + 8.0, logits[None], things(*rows)[None], CELLS)
    assert swapped > 10 * of_class and beside > 10 * of_box
    assert of_class < 0.1 and of_box < 0.001


def test_a_picture_without_things_has_a_loss_that_is_a_number():
    boxes, scores = perfect([])
    logits = jnp.log(scores / (1 - scores))
    of_both = jax.grad(lambda box, logit: loss(box, logit, things()[None], CELLS)[0], argnums=(0, 1))
    gradient = of_both(boxes[None], logits[None])
    assert all(np.isfinite(x).all() for x in gradient)


@pytest.mark.parametrize("size", [(160, 120), (320, 240)])
def test_pictures_and_their_boxes_move_together(size):
    rgb, rows = np.zeros((240, 320, 3), np.uint8), things([1, 90, 60, 190, 140, 1])
    rgb[60:140, 90:190] = 255
    for seed in range(20):
        image, moved = scenes.vary(rgb, rows, np.array(size), np.random.default_rng(seed))
        assert image.shape == (size[1], size[0], 3)
        y, x = np.nonzero(image.mean(2) > 0.6)
        if len(x) == 0:
            assert moved[0, 0] == -1 or not moved[0, 5]
            continue
        found = [x.min(), y.min(), x.max() + 1, y.max() + 1]
        assert np.abs(moved[0, 1:5] - found).max() <= 1.5, (moved[0], found)


def test_average_precision_is_the_area_under_the_curve():
    square = lambda left: [left, 0, left + 10, 10]
    truth = np.array([[0, *square(0), 1], [0, *square(100), 1], [0, *square(200), 1], [0, *square(300), 1]], float)
    found = np.array([[0, *square(0), 0.9], [0, *square(50), 0.8], [0, *square(102), 0.7], [1, *square(0), 1.0]], float)
    assert ap.average_precision([(found, truth)], 0) == pytest.approx((1 + 2 / 3) / 4)
    truth[1, 5] = 0
    assert ap.average_precision([(found, truth)], 0) == pytest.approx(1 / 3)
    assert np.isnan(ap.average_precision([(found, truth)], 2))


def test_the_exported_network_is_the_one_that_was_trained(learner, tmp_path):
    images = np.random.default_rng(1).uniform(0, 1, (2, network.HEIGHT, network.WIDTH, 3)).astype(np.float32)
    export(*learner, tmp_path / "detector.onnx")
    boxes, scores = evaluate.onnx_eyes(tmp_path / "detector.onnx")(images)
    expected_boxes, expected_scores = train.look(*learner, images)
    assert np.allclose(scores, expected_scores, atol=1e-4)
    # This network's boxes are huge; rounding errors grow with them.
    size = np.abs(expected_boxes).max(-1, keepdims=True)
    assert np.abs((boxes - expected_boxes) / size).max() < 1e-4


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A few scenes of noise."""
    folder, random = tmp_path_factory.mktemp("scenes"), np.random.default_rng(0)
    about = {"frames": 3, "width": network.WIDTH, "height": network.HEIGHT, "most": 5, "classes": network.CLASSES}
    for split in ("training", "validation"):
        (folder / f"{split}.json").write_text(json.dumps(about))
        random.integers(0, 256, (3, network.HEIGHT, network.WIDTH, 3), np.uint8).tofile(folder / f"{split}.rgb")
        rows = [things([0, 10, 10, 50, 50, 1], [1, 90, 80, 180, 200, 1], [2, 200, 20, 260, 220, 1])] * 3
        np.stack(rows).astype("<f4").tofile(folder / f"{split}.boxes")
    return folder


def test_a_batch_is_a_function_of_its_number(data):
    batch = scenes.Scenes(data, "training").batch
    first, again, other = (batch(4, (160, 120), 0, number) for number in (7, 7, 8))
    assert np.array_equal(first[0], again[0]) and np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_a_training_repeats_itself(data, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "COURSE", [((96, 64), 2, 1.0)])
    for run in ("first", "second"):
        out = tmp_path / run
        train.train(
            Namespace(data=data, out=out, resume=None, steps=3, minutes=1e6, validation=3, judge_every=1, seed=5)
        )
    first, second = (checkpoint.load(tmp_path / run / "last.npz") for run in ("first", "second"))
    pairs = zip(jax.tree.leaves(first["params"]), jax.tree.leaves(second["params"]), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert (tmp_path / "first/detector.onnx").read_bytes() == (tmp_path / "second/detector.onnx").read_bytes()
    assert first["step"] == 3


def test_a_checkpoint_is_the_learner(tmp_path):
    learner = checkpoint.blank(seed=3)
    checkpoint.save(learner, tmp_path / "learner.npz")
    loaded = checkpoint.load(tmp_path / "learner.npz")
    pairs = zip(jax.tree.leaves(loaded), jax.tree.leaves(learner), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
