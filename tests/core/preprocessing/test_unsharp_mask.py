"""Unsharp masking beside scikit-image's, and its laws."""

import numpy as np
import pytest
from skimage.filters import unsharp_mask as peer

from eigen2arc.core.preprocessing.unsharp_mask import SIGMA_PX, unsharp_mask


@pytest.mark.parametrize("amount", [0.3, 1.0, 3.0])
def test_it_is_scikit_images(amount: float) -> None:
    grey = np.random.default_rng(1).integers(60, 190, (40, 50)).astype(np.uint8)
    theirs = np.clip(peer(grey.astype(np.float64), SIGMA_PX, amount, preserve_range=True), 0, 255)
    ours = unsharp_mask(grey, amount).astype(np.float64)
    inside = np.s_[5:-5, 5:-5]  # the two mirror the border differently
    assert np.abs(ours - theirs)[inside].max() <= 0.51


def test_nothing_is_added_by_zero_and_to_what_is_flat() -> None:
    grey = np.random.default_rng(2).integers(0, 256, (20, 30)).astype(np.uint8)
    np.testing.assert_array_equal(unsharp_mask(grey, 0.0), grey)
    flat = np.full((20, 30), 77, np.uint8)
    np.testing.assert_array_equal(unsharp_mask(flat, 3.0), flat)
