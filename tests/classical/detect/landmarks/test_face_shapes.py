"""Shapes: the complex arithmetic against core.geometry's similarity, mirrors and errors by hand."""

import numpy as np

from eigen2arc.classical.detect.landmarks.face_shapes import (
    errors_by_eye_distance,
    mirror,
    scale_rotation,
    to_complex,
    to_points,
)
from eigen2arc.core.align import TEMPLATE_112
from eigen2arc.core.geometry import similarity_transform


def test_scale_and_rotation_are_those_of_the_least_squares_similarity(rng: np.random.Generator) -> None:
    shapes = TEMPLATE_112 * rng.uniform(0.5, 2, (8, 1, 1)) + rng.normal(0, 6, (8, 5, 2))
    for c, shape in zip(scale_rotation(shapes, TEMPLATE_112), shapes, strict=True):
        transform = similarity_transform(TEMPLATE_112, shape)
        np.testing.assert_allclose([c.real, c.imag], transform[:, 0], atol=1e-10)


def test_points_survive_being_numbers(rng: np.random.Generator) -> None:
    points = rng.normal(size=(3, 5, 2))
    np.testing.assert_array_equal(to_points(to_complex(points)), points)


def test_a_mirror_swaps_left_and_right_and_shows_the_same_pixels(rng: np.random.Generator) -> None:
    windows = rng.integers(0, 256, (2, 30, 30), dtype=np.uint8)
    shapes = rng.integers(0, 30, (2, 5, 2)).astype(float)
    seen, points = mirror(windows, shapes)
    for mirrored, original in ((0, 1), (1, 0), (2, 2), (3, 4), (4, 3)):
        for n in range(2):
            x, y = points[n, mirrored].astype(int)
            left, top = shapes[n, original].astype(int)
            assert y == top and x == 29 - left and seen[n, y, x] == windows[n, top, left]
    for twice, once in zip(mirror(seen, points), (windows, shapes), strict=True):
        np.testing.assert_array_equal(twice, once)


def test_errors_are_in_distances_between_the_true_eyes() -> None:
    true = np.array([[[10.0, 10], [30, 10], [20, 20], [12, 30], [28, 30]]])
    found = true + np.array([[3.0, 4], [0, 0], [0, 2], [20, 0], [0, -1]])
    np.testing.assert_allclose(errors_by_eye_distance(found, true), [[0.25, 0, 0.1, 1, 0.05]])
