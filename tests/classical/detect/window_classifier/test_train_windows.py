"""Training a window classifier: a planted pattern is learned, files come back, and wrong files are refused."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.classical.detect.window_classifier import model as window_model
from eigen2arc.classical.detect.window_classifier.box_regression import BoxRegression
from eigen2arc.classical.detect.window_classifier.samples import NO_BOXES, AnnotatedImages, Samples, whole_images
from eigen2arc.classical.detect.window_classifier.train_windows import (
    JITTER,
    Round,
    WindowTraining,
    jitter,
    train_boxes,
    train_rcnn,
    train_windows,
)
from eigen2arc.core import model_file
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.plugins import build

FINE = {"min_size_px": 24, "scale_factor": 2.0, "stride": 0.1, "aspects": [1.0]}


def ring(side_px: int) -> np.ndarray:
    """What is to be found: a bright ring on a dark ground."""
    y, x = np.mgrid[:side_px, :side_px] / (side_px - 1) - 0.5
    radius = np.hypot(x, y)
    return np.where((radius > 0.2) & (radius < 0.4), 230, 40)


@cache
def planted(count: int, seed: int = 0) -> AnnotatedImages:
    """Pictures of smooth noise with one ring each."""
    rng = np.random.default_rng(seed)
    pictures, boxes = [], []
    for _ in range(count):
        image = rng.integers(0, 256, (12, 14)).repeat(8, axis=0).repeat(8, axis=1)
        side = int(rng.integers(24, 40))
        y, x = rng.integers(0, 96 - side), rng.integers(0, 112 - side)
        image[y : y + side, x : x + side] = ring(side)
        pictures.append(np.repeat(image[:, :, None], 3, axis=2).astype(np.uint8))
        boxes.append(np.array([[x, y, x + side, y + side]], np.float32))
    return AnnotatedImages(pictures, boxes)


def samples() -> Samples:
    return Samples(planted(20), whole_images([]), planted(20))


def learn(**changes: object) -> tuple[window_model.WindowModel, list[Round]]:
    story: list[Round] = []
    training = WindowTraining(**{"rounds": 2, "first_negatives": 200, "hard_each": 3, "windows_each": 300, **changes})
    return train_windows(training, samples(), build("proposal", "sliding_window", **FINE), story.append), story


def test_what_was_planted_is_found_again(tmp_path: Path) -> None:
    model, _ = learn()
    window_model.save(tmp_path / "model", "windows", model)
    detector = build("detector", "windows", model=tmp_path / "model", proposal_settings={**FINE, "scale_factor": 1.2})
    fresh = planted(12, seed=1)
    found = detector.detect([image for _, image, _ in fresh])
    hits = [len(f) > 0 and iou(f.boxes[:1], boxes)[0, 0] > 0.5 for f, (_, _, boxes) in zip(found, fresh, strict=True)]
    assert sum(hits) >= 11


def test_every_round_adds_hard_negatives_and_is_reported() -> None:
    _, story = learn()
    assert [line.number for line in story] == [0, 1, 2]
    assert [line.faces for line in story] == [80, 80, 80]  # 20 faces, two boxes each, and mirrored
    assert [line.negatives for line in story] == [200, 260, 320]


def test_the_same_seed_gives_the_same_model() -> None:
    first, second = (learn(rounds=1)[0].classifier.tensors() for _ in range(2))
    other = learn(rounds=1, seed=1)[0].classifier.tensors()
    for name, tensor in first.items():
        np.testing.assert_array_equal(tensor, second[name])
    assert not np.array_equal(first["normal"], other["normal"])


@pytest.mark.parametrize("classifier", ["linear_svm", "rbf_svm", "random_forest", "adaboost"])
def test_a_saved_model_decides_as_before(tmp_path: Path, classifier: str, rng: np.random.Generator) -> None:
    settings = {"trees": 5} if classifier == "random_forest" else {"rounds": 5} if classifier == "adaboost" else {}
    model, _ = learn(rounds=0, classifier=classifier, classifier_settings=settings, feature="lbp", context_px=1.5)
    window_model.save(tmp_path / "model", "windows", model)
    loaded = window_model.load(tmp_path / "model", "windows")
    windows = rng.integers(0, 256, (40, 24, 24), dtype=np.uint8)
    np.testing.assert_array_equal(loaded.probability(windows), model.probability(windows))
    grey, boxes = windows[0].repeat(3, axis=0).repeat(3, axis=1), np.array([[3.0, 4.0, 33.0, 41.0]])
    np.testing.assert_array_equal(loaded.crop(grey, boxes), model.crop(grey, boxes))


def test_too_few_samples_and_wrong_settings_are_refused() -> None:
    source = build("proposal", "sliding_window")
    with pytest.raises(UserError, match="training needs faces and others, got 0 windows and 0"):
        train_windows(
            WindowTraining(), Samples(whole_images([]), whole_images([]), whole_images([])), source, lambda _: None
        )
    with pytest.raises(UserError, match="training: copies = 0: expected a whole number"):
        WindowTraining(copies=0)
    with pytest.raises(UserError, match="context_px: 12 on both sides leave nothing of 24"):
        train_windows(WindowTraining(context_px=12), samples(), source, lambda _: None)


def test_jitter_stays_near(rng: np.random.Generator) -> None:
    boxes = np.array([[10.0, 20.0, 50.0, 100.0]]).repeat(500, axis=0)
    moved = jitter(boxes, rng)
    centres = (moved[:, :2] + moved[:, 2:]) / 2 - [30, 60]
    sides = (moved[:, 2:] - moved[:, :2]) / [40, 80]
    assert (np.abs(centres) <= JITTER * np.array([40, 80]) + 1e-9).all() and np.abs(centres).max() > 2
    assert (np.abs(sides - 1) <= 2 * JITTER + 1e-9).all() and np.ptp(sides[:, 0]) > 2 * JITTER
    np.testing.assert_allclose(sides[:, 0], sides[:, 1])


def test_rcnn_moves_its_regions_nearer_to_what_they_show(tmp_path: Path) -> None:
    source = build("proposal", "sliding_window", **{**FINE, "scale_factor": 1.2})
    model = train_rcnn(WindowTraining(rounds=0, first_negatives=200, context_px=2.0), samples(), source, lambda _: None)
    window_model.save(tmp_path / "model", "rcnn", model)
    loaded = window_model.load(tmp_path / "model", "rcnn")
    before, after = [], []
    for _, image, truth in planted(12, seed=1):
        regions = source.propose(image)
        near = regions[iou(regions, truth)[:, 0] > 0.6]
        moved = loaded.refine(image[:, :, 0].copy(), near)
        np.testing.assert_array_equal(moved, model.refine(image[:, :, 0].copy(), near))
        before += iou(near, truth)[:, 0].tolist()
        after += iou(moved, truth)[:, 0].tolist()
    assert np.mean(after) > np.mean(before) + 0.05


def test_without_a_region_near_a_face_no_box_is_moved(tmp_path: Path) -> None:
    model, _ = learn(rounds=0)
    far = AnnotatedImages(planted(2).images, [np.array([[0, 0, 2, 2]], np.float32), NO_BOXES])
    source = build("proposal", "sliding_window", **FINE)
    assert train_boxes(model, far, source) is None
    window_model.save(tmp_path / "model", "rcnn", model)
    regions = np.array([[1.0, 2.0, 30.0, 40.0]])
    assert window_model.load(tmp_path / "model", "rcnn").refine(np.zeros((50, 50), np.uint8), regions) is regions


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"feature": "hogg"}, "no feature is called 'hogg'"),
        ({"feature_settings": {"size_px": 24, "cell_px": 6}}, "is not a window model that can be used"),
        ({"feature_settings": None}, "is not a window model that can be used"),
        ({"sigmoid": [1.0]}, "is not a window model that can be used"),
        ({"sigmoid": ["a", "b"]}, "is not a window model that can be used"),
        ({"context_px": 12}, "is not a window model that can be used"),
        ({"classifier": "rbf_svm", "classifier_settings": {}}, "expected the tensors"),
    ],
)
def test_files_that_do_not_hold_together_are_refused(tmp_path: Path, settings: dict, message: str) -> None:
    window_model.save(tmp_path / "model", "windows", learn(rounds=0)[0])
    whole_settings, tensors = model_file.read(tmp_path / "model", "windows")
    model_file.save(tmp_path / "model", "windows", whole_settings | settings, tensors)
    with pytest.raises(UserError, match=message):
        window_model.load(tmp_path / "model", "windows")


def test_a_regression_for_other_descriptors_is_refused(tmp_path: Path) -> None:
    model, _ = learn(rounds=0)
    boxes = BoxRegression(np.zeros((4, 3), np.float32), np.zeros(4, np.float32))
    window_model.save(tmp_path / "model", "rcnn", replace(model, boxes=boxes))
    with pytest.raises(UserError, match="moves boxes by 3 dimensions, describes by 900"):
        window_model.load(tmp_path / "model", "rcnn")


def test_a_source_of_proposals_is_a_name_or_a_table(tmp_path: Path) -> None:
    window_model.save(tmp_path / "model", "windows", learn(rounds=0)[0])
    table = build("detector", "windows", model=tmp_path / "model", proposal={"name": "sliding_window", **FINE})
    parts = build("detector", "windows", model=tmp_path / "model", proposal="sliding_window", proposal_settings=FINE)
    assert vars(table.proposal) == vars(parts.proposal)
    with pytest.raises(UserError, match="proposal sliding_window has no setting 'strid': did you mean 'stride'"):
        build("detector", "windows", model=tmp_path / "model", proposal={"name": "sliding_window", "strid": 1})


def test_models_of_the_other_kind_are_refused(tmp_path: Path) -> None:
    window_model.save(tmp_path / "model", "windows", learn(rounds=0)[0])
    with pytest.raises(UserError, match="holds a model of 'windows', not of 'rcnn'"):
        build("detector", "rcnn", model=tmp_path / "model")
    with pytest.raises(UserError, match="windows: threshold = 2.0: expected a number from 0 to 1"):
        build("detector", "windows", model=tmp_path / "model", threshold=2.0)
