"""The descriptor against its definition in words, written out slowly, and against what turning an image does to it."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from eigen2arc.classical.detect.landmarks.sift_at_points import SIZE, sift_at_points


def triangle(distance: np.ndarray) -> np.ndarray:
    """The share of a vote that goes to a place so far away, in cells or bins: linear interpolation."""
    return np.clip(1 - np.abs(distance), 0, None)


def slowly(window: np.ndarray, point: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """One point's 128 numbers, all gradients at once and cell by cell."""
    grid = np.arange(-1, 17) - 7.5
    u, v = np.meshgrid(grid, grid)
    x, y = point[0] + axis[0] * u - axis[1] * v, point[1] + axis[1] * u + axis[0] * v
    patch = map_coordinates(window.astype(float), [y, x], order=1, mode="nearest")
    dx, dy = patch[1:-1, 2:] - patch[1:-1, :-2], patch[2:, 1:-1] - patch[:-2, 1:-1]
    inner = np.arange(16) - 7.5
    weight = np.exp(-(inner[:, None] ** 2 + inner**2) / (2 * 8.0**2)) * np.hypot(dx, dy)
    turn = np.arctan2(dy, dx) / (2 * np.pi) * 8
    values = []
    for cell_y in range(4):
        for cell_x in range(4):
            near = triangle((inner / 4 + 1.5 - cell_y)[:, None]) * triangle(inner / 4 + 1.5 - cell_x)
            for orientation in range(8):
                apart = (turn - orientation + 4) % 8 - 4
                values.append((weight * near * triangle(apart)).sum())
    descriptor = np.array(values)
    descriptor = np.minimum(descriptor / np.sqrt((descriptor**2).sum() + 1e-4), 0.2)
    return descriptor / np.sqrt((descriptor**2).sum() + 1e-4)


def test_equals_the_definition(rng: np.random.Generator) -> None:
    windows = rng.integers(0, 256, (3, 60, 60), dtype=np.uint8)
    points = rng.uniform(-5, 65, (20, 2, 2))  # some patches reach over the border, some points lie outside
    owners = rng.integers(0, 3, 20)
    axes = rng.normal(0, 1.2, (20, 2))
    described = sift_at_points(windows, owners, points, axes)
    for row in range(20):
        for p in range(2):
            expected = slowly(windows[owners[row]], points[row, p], axes[row])
            np.testing.assert_allclose(described[row, p * SIZE : (p + 1) * SIZE], expected, atol=2e-4)


def test_turns_with_the_image(rng: np.random.Generator) -> None:
    window = rng.integers(0, 256, (1, 50, 50), dtype=np.uint8)
    quarter = np.ascontiguousarray(np.rot90(window, k=-1, axes=(1, 2)))  # what was right is now below
    point = np.array([[[20.0, 31.0]]])
    turned_point = np.array([[[49 - 31.0, 20.0]]])
    straight = sift_at_points(window, np.zeros(1, int), point, np.array([[1.3, 0.4]]))
    turned = sift_at_points(quarter, np.zeros(1, int), turned_point, np.array([[-0.4, 1.3]]))
    np.testing.assert_allclose(turned, straight, atol=1e-4)


def test_ignores_brightness_and_contrast(rng: np.random.Generator) -> None:
    window = rng.integers(0, 100, (1, 40, 40), dtype=np.uint8)
    place = np.zeros(1, int), np.array([[[20.0, 20.0]]]), np.array([[1.0, 0.0]])
    np.testing.assert_allclose(sift_at_points(window * 2 + 30, *place), sift_at_points(window, *place), atol=1e-5)


def test_nothing_to_see_is_all_zeros() -> None:
    flat = np.full((1, 40, 40), 77, np.uint8)
    assert not sift_at_points(flat, np.zeros(1, int), np.full((1, 5, 2), 20.0), np.array([[1.0, 0.0]])).any()


def test_wrong_shapes_are_named() -> None:
    windows, points = np.zeros((2, 40, 40), np.uint8), np.zeros((3, 5, 2))
    with pytest.raises(ValueError, match="owners"):
        sift_at_points(windows, np.zeros(2, int), points, np.zeros((3, 2)))
    with pytest.raises(ValueError, match="axes"):
        sift_at_points(windows, np.zeros(3, int), points, np.zeros((2, 2)))
