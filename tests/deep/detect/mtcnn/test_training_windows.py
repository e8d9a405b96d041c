"""What windows show and should make the networks say, against slow loops and the cascade's own arithmetic."""

import numpy as np
import torch

from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.mtcnn.boxes import regress
from eigen2arc.deep.detect.mtcnn.training_windows import (
    NEGATIVE,
    NOTHING_SURE,
    PART,
    POSITIVE,
    TrainingWindows,
    draw_windows,
    label_windows,
)

POINTS = np.array([[4.0, 5], [8, 5], [6, 8], [5, 10], [8, 10]])


def slow_iou(a: np.ndarray, b: np.ndarray) -> float:
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def test_kinds_by_a_slow_loop() -> None:
    faces = Faces(np.array([[10.0, 10, 40, 45], [60, 20, 90, 60]]), np.array([1.0, 1.0]))
    boxes = draw_windows(faces, 100, 120, 12, 200, np.random.default_rng(1))
    found = label_windows(boxes, faces)
    assert len(boxes) == 200 * 5 and {0, 1, 2, 3} == set(found.kind.tolist())
    for box, kind, offsets in zip(boxes, found.kind, found.offsets, strict=True):
        overlaps = [slow_iou(box, face) for face in faces.boxes]
        best = max(overlaps)
        expected = POSITIVE if best >= 0.65 else PART if best >= 0.4 else NEGATIVE if best < 0.3 else NOTHING_SURE
        assert kind == expected
        if best > 0:
            moved = regress(torch.from_numpy(box)[None], torch.from_numpy(offsets)[None], 0)[0]
            np.testing.assert_allclose(moved, faces.boxes[int(np.argmax(overlaps))], atol=1e-3)


def test_drawn_boxes_are_square_and_not_too_small() -> None:
    faces = Faces(np.array([[10.0, 10, 18, 20]]), np.ones(1))
    boxes = draw_windows(faces, 100, 120, 12, 50, np.random.default_rng(2))
    side = boxes[:, 2:] - boxes[:, :2]
    np.testing.assert_allclose(side[:, 0], side[:, 1])
    assert side.min() > 12 - 1e-9 and side.max() <= 50


def test_points_in_sides_of_the_window() -> None:
    faces = Faces(np.array([[2.0, 2, 12, 12]]), np.ones(1), POINTS[None])
    found = label_windows(np.array([[2.0, 2, 12, 12]]), faces)
    np.testing.assert_allclose(found.points[0], (POINTS - 2) / 10, rtol=1e-6)
    assert label_windows(np.array([[2.0, 2, 12, 12]]), Faces(faces.boxes, faces.scores)).points.shape == (1, 5, 2)


def test_a_face_to_be_ignored_is_nothing_sure() -> None:
    faces = Faces(np.array([[0.0, 0, 10, 10]]), np.zeros(1))
    found = label_windows(np.array([[0.0, 0, 10, 10], [30, 30, 40, 40], [2, 2, 14, 14]]), faces)
    assert found.kind.tolist() == [NOTHING_SURE, NEGATIVE, NOTHING_SURE]


def test_pictures_without_faces_have_negatives_only() -> None:
    boxes = draw_windows(Faces.none(), 50, 60, 20, 10, np.random.default_rng(3))
    found = label_windows(boxes, Faces.none())
    assert (found.kind == NEGATIVE).all() and found.points.shape == (10, 5, 2)
    assert len(TrainingWindows.concat([found, found[np.arange(3)]])) == 13
