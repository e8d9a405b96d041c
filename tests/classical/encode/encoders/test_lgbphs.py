"""LGBPHS against a loop over pictures and regions of scikit-image's patterns."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.feature import local_binary_pattern

from eigen2arc.classical.descriptors.gabor_bank import GaborBank
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


def slow_histograms(picture: np.ndarray, neighbours: int, radius_px: float, bins: int, grid: int) -> list[float]:
    """Region by region and bin by bin; a pattern's bin is the range of numbers that it lies in."""
    margin = int(np.ceil(radius_px))
    side = len(picture) - 2 * margin
    inside = slice(margin, margin + side)
    if bins:
        labels = local_binary_pattern(picture, neighbours, radius_px, "default")[inside, inside] // (
            2**neighbours / bins
        )
    else:
        labels = local_binary_pattern(picture, neighbours, radius_px, "nri_uniform")[inside, inside]
    edges = [-(-side * k // grid) for k in range(grid + 1)]
    return [
        float(np.mean(labels[top:bottom, left:right] == label))
        for top, bottom in pairwise(edges)
        for left, right in pairwise(edges)
        for label in range(bins or neighbours * (neighbours - 1) + 3)
    ]


@pytest.mark.filterwarnings("ignore:Applying `local_binary_pattern` to floating-point")
@pytest.mark.parametrize(("neighbours", "radius_px", "bins"), [(8, 1.0, 16), (8, 2.0, 0), (4, 1.0, 0), (6, 1.5, 64)])
def test_equals_a_loop_over_scikit_images_patterns(
    crops: np.ndarray, neighbours: int, radius_px: float, bins: int
) -> None:
    encoder = build(
        "encoder", "lgbphs", scales=2, directions=3, neighbours=neighbours, radius_px=radius_px, bins=bins, grid=3
    )
    pictures = GaborBank(32, range(0, 32, 2), range(0, 32, 2), 2, 3, encoder.sigma_rad).moduli(grey(crops))
    for vector, moduli in zip(encoder.encode(crops), pictures.reshape(3, 6, 16, 16), strict=True):
        slow = [slow_histograms(picture.astype(float), neighbours, radius_px, bins, 3) for picture in moduli]
        np.testing.assert_allclose(vector, np.concatenate(slow), atol=1e-6)


def test_each_histogram_sums_to_one(crops: np.ndarray) -> None:
    vectors = build("encoder", "lgbphs").encode(crops)
    assert vectors.shape == (3, 40 * 64 * 16) and vectors.shape[1] <= 60_000
    np.testing.assert_allclose(vectors.reshape(3, 40 * 64, 16).sum(axis=2), 1, rtol=1e-5)


@given(
    scales=st.integers(1, 2),
    directions=st.integers(1, 3),
    step_px=st.integers(1, 3),
    neighbours=st.integers(2, 6),
    grid=st.integers(1, 4),
    few=st.booleans(),
)
def test_any_settings_give_histograms(
    scales: int, directions: int, step_px: int, neighbours: int, grid: int, few: bool
) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (2, 24, 24, 3), dtype=np.uint8)
    bins = 3 if few else 0
    vectors = build(
        "encoder",
        "lgbphs",
        scales=scales,
        directions=directions,
        step_px=step_px,
        neighbours=neighbours,
        bins=bins,
        grid=grid,
    ).encode(crops)
    each = vectors.reshape(2, scales * directions * grid**2, bins or neighbours * (neighbours - 1) + 3)
    np.testing.assert_allclose(each.sum(axis=2), 1, rtol=1e-5)


def test_brighter_and_stronger_contrast_change_next_to_nothing(rng: np.random.Generator) -> None:
    """But for comparisons that rounding decides."""
    dark = rng.integers(0, 100, (3, 32, 32, 1), dtype=np.uint8).repeat(3, axis=3)
    encoder = build("encoder", "lgbphs")
    assert np.abs(encoder.encode(2 * dark + 20) - encoder.encode(dark)).mean() < 1e-4


def test_crops_too_small_for_the_grid() -> None:
    with pytest.raises(ValueError, match="8 x 8 regions do not fit into 6 x 6"):
        build("encoder", "lgbphs").encode(np.zeros((1, 16, 16, 3), np.uint8))


def test_more_bins_than_patterns_are_refused() -> None:
    with pytest.raises(UserError, match="lgbphs: expected no more bins than there are patterns, 16, got 17"):
        build("encoder", "lgbphs", bins=17, neighbours=4)
