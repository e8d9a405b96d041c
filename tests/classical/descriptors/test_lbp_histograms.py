"""Histograms of labels in cells: cells that share out the labels, and counts by numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.descriptors.lbp import local_binary_patterns
from eigen2arc.classical.descriptors.lbp_histograms import BLOCK, count_labels, grid_cells, lbp_cell_histograms


@given(side_px=st.integers(1, 60), grid=st.integers(1, 60))
def test_every_pixel_lies_in_the_cell_of_its_share(side_px: int, grid: int) -> None:
    if grid > side_px:
        with pytest.raises(ValueError, match="regions do not fit"):
            grid_cells(side_px, grid)
        return
    number = np.full((side_px, side_px), -1)
    for cell, (top, bottom, left, right) in enumerate(grid_cells(side_px, grid)):
        assert (number[top:bottom, left:right] == -1).all()
        number[top:bottom, left:right] = cell
    line = np.arange(side_px) * grid // side_px
    np.testing.assert_array_equal(number, line[:, None] * grid + line)


def test_counts_as_numpy_counts(rng: np.random.Generator) -> None:
    """Cells may overlap; places before and after theirs are left as they are."""
    labels = rng.integers(0, 59, (3, 20, 24), dtype=np.uint8)
    cells = np.array([[0, 20, 0, 24], [3, 4, 5, 6], [2, 12, 4, 19]])
    histograms = np.full((3, 5, 59), -7, np.float32)
    count_labels(labels, cells, 1, histograms)
    for image, counted in zip(labels, histograms, strict=True):
        for (top, bottom, left, right), shares in zip(cells, counted[1:4], strict=True):
            part = image[top:bottom, left:right].ravel()
            np.testing.assert_allclose(shares, np.bincount(part, minlength=59) / len(part), rtol=1e-6)
    assert (histograms[:, [0, 4]] == -7).all()


def test_more_images_than_a_block(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (BLOCK + 3, 12, 12), dtype=np.uint8)
    labels = local_binary_patterns(images, neighbours=4, radius_px=1.0)
    wanted = [np.bincount(picture.ravel(), minlength=15) / 100 for picture in labels]
    np.testing.assert_allclose(lbp_cell_histograms(images, 4, 1.0, 1), wanted, rtol=1e-6)
