"""How a face lies in its photo: measured on faces that were laid there."""

import cv2
import numpy as np
import pytest

from eigen2arc.core.align import TEMPLATE_112
from eigen2arc.core.types import Faces
from eigen2arc.recognize.reading.face_quality import BLURRED, EYES_112, count_rivals, place, sharpness


@pytest.mark.parametrize("turn_deg", [-120, -90, 0, 15, 90, 170])
@pytest.mark.parametrize("scale", [0.2, 1.0, 7.0])
def test_a_face_is_as_large_and_as_turned_as_it_was_laid(turn_deg: float, scale: float) -> None:
    a = np.radians(turn_deg)
    # In an image y points down, so that this turns clockwise.
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    points = scale * TEMPLATE_112 @ turn.T + 300
    lies = place(Faces(np.array([[*points.min(axis=0), *points.max(axis=0)]]), np.ones(1), points[None]))
    assert lies.eyes_px == pytest.approx(scale * EYES_112, rel=1e-4)
    assert lies.roll_deg == pytest.approx(turn_deg, abs=0.01)


def test_a_face_without_points_is_measured_by_its_box() -> None:
    box = np.array([[10, 0, 90, 108]])
    for points in (None, np.full((1, 5, 2), np.nan), np.zeros((1, 5, 2))):
        assert place(Faces(box, np.ones(1), points)) == (pytest.approx(EYES_112), 0)


def test_blur_lowers_sharpness_and_contrast_does_not_change_it(rng: np.random.Generator) -> None:
    cells = rng.integers(60, 200, (7, 7, 3), dtype=np.uint8).repeat(16, axis=0).repeat(16, axis=1)
    values = [sharpness(cells), *(sharpness(cv2.GaussianBlur(cells, (0, 0), sigma)) for sigma in (1, 2, 3))]
    assert values == sorted(values, reverse=True) and values[0] > BLURRED > values[-1]
    pale = (0.5 * cells.astype(float) + 60).round().astype(np.uint8)
    sharp, still = (sharpness(cv2.GaussianBlur(image, (0, 0), 1)) for image in (cells, pale))
    assert still == pytest.approx(sharp, rel=0.15)
    assert sharpness(np.full((112, 112, 3), 90, np.uint8)) == 0


def test_rivals_are_as_large_and_whole() -> None:
    faces = Faces(np.array([[0, 0, 10, 10], [5, 5, 14, 14], [0, 0, 8, 8], [-5, 0, 5, 10]]), np.ones(4))
    assert [count_rivals(faces, faces[[n]], (20, 20, 3)) for n in range(4)] == [1, 2, 2, 2]
    assert count_rivals(faces, faces[[0]], (12, 12, 3)) == 0
    assert count_rivals(faces[[0]], faces[[0]], (20, 20, 3)) == 0
