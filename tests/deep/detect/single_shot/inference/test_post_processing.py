"""The way from predictions to faces, against plain loops."""

import numpy as np
import pytest
import torch

from eigen2arc.core.geometry import nms
from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.single_shot.anchors.anchors import Level, anchors
from eigen2arc.deep.detect.single_shot.anchors.box_codec import CENTRE_AND_SIDES, decode_boxes, decode_points
from eigen2arc.deep.detect.single_shot.inference.post_processing import Candidates, select_candidates, to_faces
from eigen2arc.deep.detect.single_shot.networks.heads import Predictions

GRID = anchors(48, 64, (Level(8, (16, 24)),))


def predictions(seed: int, images: int = 3) -> Predictions:
    generator = torch.Generator().manual_seed(seed)
    return Predictions(*(torch.randn(images, len(GRID), n, generator=generator) for n in (2, 4, 10)))


def looked(p: Predictions, threshold: float, most: int = 100) -> Candidates:
    return select_candidates(p, GRID, CENTRE_AND_SIDES, threshold=threshold, most=most)


def slow(p: Predictions, b: int, threshold: float, nms_threshold: float, most: int, min_size_px: float) -> Faces:
    score = p.logits[b].softmax(dim=1)[:, 1]
    order = [a for a in score.argsort(descending=True, stable=True).tolist() if score[a] >= threshold][:most]
    boxes = decode_boxes(p.boxes[b], GRID)[order].numpy()
    large = (boxes[:, 2:] - boxes[:, :2] >= min_size_px).all(axis=1)
    order, boxes = [a for a, yes in zip(order, large, strict=True) if yes], boxes[large]
    kept = nms(boxes, score[order].numpy(), nms_threshold)
    rows = [order[k] for k in kept]
    return Faces(boxes[kept], score[rows].numpy(), decode_points(p.points[b], GRID)[rows].numpy())


@pytest.mark.parametrize(
    ("threshold", "nms_threshold", "most", "min_size_px"),
    [(0.5, 0.4, 5000, 0), (0.02, 0.4, 9, 0), (0.3, 0.0, 40, 17.0), (0.0, 1.0, 5000, 0), (0.7, 0.4, 0, 0)],
)
def test_faces_equal_those_of_the_loops(threshold: float, nms_threshold: float, most: int, min_size_px: float) -> None:
    p = predictions(1)
    found = to_faces([looked(p, threshold, most)], 3, nms_threshold=nms_threshold, min_size_px=min_size_px)
    assert len(found) == 3
    for b, faces in enumerate(found):
        expected = slow(p, b, threshold, nms_threshold, most, min_size_px)
        np.testing.assert_allclose(faces.boxes, expected.boxes, rtol=1e-5)
        np.testing.assert_allclose(faces.scores, expected.scores, rtol=1e-5)
        np.testing.assert_allclose(faces.landmarks, expected.landmarks, rtol=1e-5, atol=1e-4)


def test_an_image_without_candidates_lies_between_others() -> None:
    p = predictions(2)
    p.logits[1] = torch.tensor([9.0, -9.0])
    found = to_faces([looked(p, 0.5)], 3, nms_threshold=0.4)
    assert len(found[1]) == 0 and len(found[0]) > 0 and len(found[2]) > 0
    (alone,) = to_faces([looked(Predictions(*(part[2:] for part in p)), 0.5)], 1, nms_threshold=0.4)
    np.testing.assert_array_equal(found[2].boxes, alone.boxes)


def test_what_several_looks_find_is_suppressed_together() -> None:
    first, second = looked(predictions(4), 0.5), looked(predictions(5), 0.5).scale(2.0, 3.0)
    found = to_faces([first, second], 3, nms_threshold=0.3)
    for b, faces in enumerate(found):
        boxes, scores, points = (
            torch.cat([getattr(look, part)[look.image == b] for look in (first, second)]).numpy()
            for part in ("boxes", "scores", "points")
        )
        kept = nms(boxes, scores, 0.3)
        assert 0 < len(kept) < len(boxes)
        np.testing.assert_array_equal(faces.boxes, boxes[kept])
        np.testing.assert_array_equal(faces.landmarks, points[kept])


def test_stretched_candidates_lie_where_they_were_in_the_larger_image() -> None:
    found = looked(predictions(6), 0.5)
    large = found.scale(2.0, 3.0)
    np.testing.assert_allclose(large.boxes, found.boxes.numpy() * [2, 3, 2, 3], rtol=1e-6)
    np.testing.assert_allclose(large.points, found.points.numpy() * [2, 3], rtol=1e-6)


def test_scores_that_are_no_numbers_are_no_faces() -> None:
    p = predictions(3, images=1)
    p.logits[:] = torch.nan
    (faces,) = to_faces([looked(p, 0.5)], 1, nms_threshold=0.4)
    assert len(faces) == 0
