"""Haar features: counted by slow loops, placed inside the window, and blind to constant images."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.haar.features import CLASSIC, LIENHART, SHAPES, count_features, enumerate_features
from eigen2arc.core.errors import UserError


def slow_count(width: int, height: int, columns: int, rows: int, grid: int = 1, tilted: bool = False) -> int:
    """Every corner and size tried; grid : corner and cells' sides on multiples of so many pixels."""
    count = 0
    for x, y in product(range(0, width, grid), range(0, height, grid)):
        for w, h in product(range(grid, width + 1, grid), range(grid, height + 1, grid)):
            right, down, left = x + columns * w, y + rows * h, x
            if tilted:
                left, down = x - rows * h, y + columns * w + rows * h
            count += left >= 0 and right <= width and down <= height
    return count


@pytest.mark.parametrize(("side", "classic", "lienhart"), [(20, 78_460, 116_144), (24, 162_336, 242_992)])
def test_known_counts(side: int, classic: int, lienhart: int) -> None:
    assert count_features(side, side) == classic
    assert count_features(side, side, LIENHART) == lienhart
    assert len(enumerate_features(side, side).tilted) == classic


def test_the_documented_smaller_counts() -> None:
    cells = [(SHAPES[name].columns, SHAPES[name].rows) for name in CLASSIC]
    assert sum(slow_count(24, 24, *cell, grid=2) for cell in cells) == 10_344 == count_features(12, 12)
    # With the corner on every second pixel, but all sizes.
    every_second = sum(
        (columns + 1) // 2 * ((rows + 1) // 2) for name in CLASSIC for *_, columns, rows in SHAPES[name].sizes(24, 24)
    )
    assert every_second == 45_396


def test_lienharts_closed_forms() -> None:
    def places(w: int, h: int) -> float:
        x, y = 24 // w, 24 // h
        return x * y * (25 - w * (x + 1) / 2) * (25 - h * (y + 1) / 2)

    upright = {"edge_x": (2, 1), "line_x": (3, 1), "wide_line_x": (4, 1), "centre": (3, 3)}
    for name, cells in upright.items():
        assert places(*cells) == count_features(24, 24, [name])
    # A tilted shape's reach is w + h along either axis.
    formulas = [places(*cells) for cells in upright.values()] + [places(w + h, w + h) for w, h in upright.values()]
    assert formulas == [43_200, 27_600, 19_800, 8_464, 8_464, 4_356, 2_500, 1_600]
    table = [43_200, 27_600, 20_736, 8_464, 8_464, 4_356, 3_600, 1_521]
    assert sum(table) == 117_941


@given(st.integers(3, 11), st.integers(3, 11), st.sampled_from(sorted(SHAPES)))
def test_every_place_and_size_once(width: int, height: int, name: str) -> None:
    shape = SHAPES[name]
    features = enumerate_features(width, height, [name])
    count = slow_count(width, height, shape.columns, shape.rows, tilted=shape.tilted)
    assert len(np.unique(features.rectangles.reshape(-1, 12), axis=0)) == len(features.tilted) == count
    assert (features.tilted == shape.tilted).all()


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_inside_the_window_and_blind_to_constants(name: str) -> None:
    features = enumerate_features(13, 12, [name])
    x, y, w, h = np.moveaxis(features.rectangles, 2, 0)
    left, down = (x - h, y + w + h) if SHAPES[name].tilted else (x, y + h)
    assert (left >= 0).all()
    assert (y >= 0).all()
    assert (x + w <= 13).all()
    assert (down <= 12).all()
    there = features.weights != 0
    assert ((w * h > 0) == there).all()
    np.testing.assert_array_equal((features.weights * w * h).sum(axis=1), 0)


def test_cells_as_drawn() -> None:
    """Each shape at its smallest, painted pixel by pixel."""
    painted = {"edge_x": [[-1, 1]], "line_y": [[-1], [2], [-1]], "diagonal": [[1, -1], [-1, 1]]}
    painted |= {"wide_line_x": [[-1, 1, 1, -1]], "centre": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]}
    for name, expected in painted.items():
        rows, columns = np.shape(expected)
        features = enumerate_features(columns, rows, [name])
        canvas = np.zeros((rows, columns))
        for (x, y, w, h), weight in zip(features.rectangles[0], features.weights[0], strict=True):
            canvas[y : y + h, x : x + w] += weight
        np.testing.assert_array_equal(canvas, expected)


def test_what_is_refused() -> None:
    with pytest.raises(UserError, match=r"'edgy'.*edge_x"):
        enumerate_features(24, 24, ["edgy"])
    with pytest.raises(UserError, match="without a shape"):
        enumerate_features(24, 24, [])
    with pytest.raises(UserError, match="limit"):
        enumerate_features(120, 120)
