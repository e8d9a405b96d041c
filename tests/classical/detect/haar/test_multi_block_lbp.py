"""Multi-block LBP against slow loops and scikit-image."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.feature import multiblock_lbp
from skimage.transform import integral_image

from eigen2arc.classical.detect.haar.features import count_features
from eigen2arc.classical.detect.haar.multi_block_lbp import enumerate_patterns, lbp_codes
from eigen2arc.classical.detect.haar.window_integrals import BLOCK, WindowIntegrals


def slow_code(window: np.ndarray, x: int, y: int, w: int, h: int) -> int:
    """Clockwise from the upper left, the first cell giving the highest bit."""
    means = [[window[y + r * h :, x + c * w :][:h, :w].mean() for c in range(3)] for r in range(3)]
    ring = [*means[0], means[1][2], *means[2][::-1], means[1][0]]
    return int("".join("1" if mean >= means[1][1] else "0" for mean in ring), 2)


def test_every_place_and_size_once() -> None:
    cells = enumerate_patterns(11, 10)
    places = product(range(11), range(10), range(1, 12), range(1, 11))
    expected = {(x, y, w, h) for x, y, w, h in places if x + 3 * w <= 11 and y + 3 * h <= 10}
    assert len(cells) == len(expected)
    assert set(map(tuple, cells.tolist())) == expected
    assert len(enumerate_patterns(24, 24)) == 8464 == count_features(24, 24, ["centre"])
    assert len(enumerate_patterns(2, 9)) == 0


@given(st.integers(0, 2**32 - 1), st.integers(3, 12), st.integers(3, 12), st.sampled_from([2, 5, 256]))
def test_slow_codes(seed: int, width: int, height: int, levels: int) -> None:
    # Few grey levels: then many cells are exactly as bright as the middle.
    windows = np.random.default_rng(seed).integers(0, levels, (2, height, width), dtype=np.uint8)
    cells = enumerate_patterns(width, height)
    expected = [[slow_code(window, *cell) for window in windows] for cell in cells.tolist()]
    np.testing.assert_array_equal(lbp_codes(windows, cells), expected)


def test_scikit_image_gives_the_same_codes(rng: np.random.Generator) -> None:
    window = rng.integers(0, 256, (24, 24), dtype=np.uint8)
    cells = enumerate_patterns(24, 24)[::97]
    expected = [multiblock_lbp(integral_image(window), y, x, w, h) for x, y, w, h in cells.tolist()]
    np.testing.assert_array_equal(lbp_codes(window[None], cells)[:, 0], expected)


def test_blocks_change_nothing(rng: np.random.Generator) -> None:
    windows = rng.integers(0, 256, (BLOCK + 3, 9, 12), dtype=np.uint8)
    cells = enumerate_patterns(12, 9)
    codes = lbp_codes(WindowIntegrals.of(windows), cells)
    for i in (0, BLOCK - 1, BLOCK, BLOCK + 2):
        np.testing.assert_array_equal(codes[:, i : i + 1], lbp_codes(windows[i : i + 1], cells))


def test_a_pattern_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="out of the window of 8 x 8"):
        lbp_codes(np.zeros((1, 8, 8), np.uint8), enumerate_patterns(9, 8))
