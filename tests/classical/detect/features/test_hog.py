"""HOG against scikit-image, and against a loop over the definition with shared votes."""

import math

import numpy as np
import pytest
from skimage.feature import hog

from eigen2arc.core.plugins import build


@pytest.fixture
def windows(rng: np.random.Generator) -> np.ndarray:
    noise = rng.integers(0, 256, (4, 24, 24))
    ramp = np.add.outer(np.arange(24) * 5, np.arange(24) * 3)[None]
    flat = np.full((1, 24, 24), 77)
    return np.concatenate([noise, ramp, flat]).astype(np.uint8)


@pytest.mark.parametrize(("cell_px", "block_cells", "orientations"), [(4, 2, 9), (6, 2, 8), (4, 3, 5), (5, 1, 9)])
def test_without_shared_votes_equals_scikit_image(
    windows: np.ndarray, cell_px: int, block_cells: int, orientations: int
) -> None:
    ours = build(
        "feature", "hog", cell_px=cell_px, block_cells=block_cells, orientations=orientations, interpolate=False
    ).describe(windows)
    # scikit-image cuts off what is no whole cell after the gradient, as we do.
    for window, vector in zip(windows, ours, strict=True):
        theirs = hog(window, orientations, (cell_px, cell_px), (block_cells, block_cells), "L2-Hys")
        np.testing.assert_allclose(vector, theirs, atol=1e-6)


def slow_hog(window: np.ndarray, cell_px: int, bins: int) -> np.ndarray:
    """Cells of one pixel's votes, each shared by tent functions of its distance to the bins' centres; 2 x 2 blocks."""
    grey = window.astype(float)
    cells = len(window) // cell_px
    histograms = np.zeros((cells, cells, bins))
    for y in range(len(window)):
        for x in range(len(window)):
            dx = grey[y, x + 1] - grey[y, x - 1] if 0 < x < len(window) - 1 else 0
            dy = grey[y + 1, x] - grey[y - 1, x] if 0 < y < len(window) - 1 else 0
            angle = math.degrees(math.atan2(dy, dx)) % 180
            for row in range(cells):
                for column in range(cells):
                    for b in range(bins):
                        down = abs(y + 0.5 - (row + 0.5) * cell_px) / cell_px
                        across = abs(x + 0.5 - (column + 0.5) * cell_px) / cell_px
                        turn = abs(angle - (b + 0.5) * 180 / bins)
                        turn = min(turn, 180 - turn) * bins / 180
                        share = max(1 - down, 0) * max(1 - across, 0) * max(1 - turn, 0)
                        histograms[row, column, b] += share * math.hypot(dx, dy) / cell_px**2
    blocks = []
    for row in range(cells - 1):
        for column in range(cells - 1):
            block = histograms[row : row + 2, column : column + 2].ravel()
            block = np.minimum(block / math.sqrt(block @ block + 1e-10), 0.2)
            blocks.append(block / math.sqrt(block @ block + 1e-10))
    return np.concatenate(blocks)


def test_equals_a_loop_over_the_definition(windows: np.ndarray) -> None:
    small = windows[:, :12, :12]
    ours = build("feature", "hog", size_px=12, cell_px=4, orientations=6).describe(small)
    for window, vector in zip(small, ours, strict=True):
        np.testing.assert_allclose(vector, slow_hog(window, 4, 6), atol=1e-6)


def test_from_dark_to_bright_is_as_good_as_back(windows: np.ndarray) -> None:
    hog_ = build("feature", "hog")
    np.testing.assert_allclose(hog_.describe(255 - windows), hog_.describe(windows), atol=1e-6)
