"""Placed SIFT: descriptors and places put together by hand."""

import numpy as np
import pytest

from eigen2arc.classical.descriptors.dense_sift import dense_sift, patch_centres
from eigen2arc.classical.descriptors.dense_sift_pca import PlacedSIFT


@pytest.fixture
def sift(rng: np.random.Generator) -> PlacedSIFT:
    mean, axes = rng.uniform(0, 0.1, 128), np.linalg.qr(rng.normal(size=(128, 6)))[0].T
    return PlacedSIFT(40, 4, 2, mean.astype(np.float32), axes.astype(np.float32))


def test_components_first_then_the_place(sift: PlacedSIFT, rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (3, 40, 40), dtype=np.uint8)
    placed = sift.describe(images)
    assert placed.dtype == np.float32 and placed.shape == (3, 29, sift.dimensions)
    expected = np.einsum("ntd,kd->ntk", dense_sift(images, 4, 2).astype(float) - sift.mean, sift.axes)
    np.testing.assert_allclose(placed[..., :6], expected, atol=1e-5)
    np.testing.assert_array_equal(placed[..., 6:], np.broadcast_to(patch_centres(40, 4, 2), (3, 29, 2)))


def test_an_image_of_another_size_is_refused(sift: PlacedSIFT) -> None:
    with pytest.raises(ValueError, match="fitted on 40 x 40 pixels, got 48 x 48"):
        sift.describe(np.zeros((1, 48, 48), np.uint8))
