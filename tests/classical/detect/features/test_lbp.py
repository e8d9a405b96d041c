"""LBP of windows: square roots of shares."""

import numpy as np
from skimage.feature import local_binary_pattern

from eigen2arc.core.plugins import build


def test_equals_the_histograms_of_scikit_image(rng: np.random.Generator) -> None:
    windows = rng.integers(0, 256, (3, 14, 14), dtype=np.uint8)
    ours = build("feature", "lbp", size_px=14, grid=2).describe(windows).reshape(3, 2, 2, 59)
    for window, cells in zip(windows, ours, strict=True):
        labels = local_binary_pattern(window, 8, 1.0, method="nri_uniform")[1:-1, 1:-1].astype(int)
        for row in range(2):
            for column in range(2):
                part = labels[6 * row : 6 * row + 6, 6 * column : 6 * column + 6]
                shares = np.bincount(part.ravel(), minlength=59) / 36
                np.testing.assert_allclose(cells[row, column], np.sqrt(shares), atol=1e-6)
