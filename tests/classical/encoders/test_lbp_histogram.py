"""LBP histograms against a loop over regions of scikit-image's codes, and in the mirror."""

from itertools import pairwise

import numpy as np
import pytest
from skimage.feature import local_binary_pattern

from eigen2arc.classical.lbp import uniform_labels
from eigen2arc.classical.linear_projection import grey
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize(("neighbours", "grid"), [(8, 7), (8, 3), (12, 5)])
def test_equals_a_loop_over_the_regions_of_scikit_image(crops: np.ndarray, neighbours: int, grid: int) -> None:
    bins = neighbours * (neighbours - 1) + 3
    vectors = build("encoder", "lbp_histogram", neighbours=neighbours, grid=grid).encode(crops)
    for image, vector in zip(grey(crops), vectors, strict=True):
        codes = local_binary_pattern(image, neighbours, 2, method="nri_uniform")[2:-2, 2:-2].astype(int)
        edges = [-(-28 * k // grid) for k in range(grid + 1)]
        slow = []
        for top, bottom in pairwise(edges):
            for left, right in pairwise(edges):
                region = codes[top:bottom, left:right]
                slow += [np.mean(region == label) for label in range(bins)]
        np.testing.assert_allclose(vector, slow, atol=1e-7)


def test_each_region_sums_to_one(crops: np.ndarray) -> None:
    vectors = build("encoder", "lbp_histogram").encode(crops)
    assert vectors.shape == (5, 49 * 59)
    np.testing.assert_allclose(vectors.reshape(5, 49, 59).sum(axis=2), 1, rtol=1e-6)


def test_the_mirrored_crop_has_mirrored_regions_and_patterns(crops: np.ndarray) -> None:
    """Neighbour p at the angle 2 pi p / P changes place with that at pi minus it: p with P / 2 - p."""
    labels = uniform_labels(8)
    mirrored_label = np.zeros(59, int)
    for pattern in range(256):
        mirrored = sum(1 << (4 - p) % 8 for p in range(8) if pattern >> p & 1)
        mirrored_label[labels[mirrored]] = labels[pattern]
    encoder = build("encoder", "lbp_histogram")
    plain = encoder.encode(crops).reshape(5, 7, 7, 59)
    mirror = encoder.encode(crops[:, :, ::-1]).reshape(5, 7, 7, 59)
    np.testing.assert_array_equal(mirror, plain[:, :, ::-1][..., mirrored_label])


def test_more_light_changes_nothing(rng: np.random.Generator) -> None:
    dark = rng.integers(0, 100, (3, 32, 32, 1), dtype=np.uint8).repeat(3, axis=3)
    encoder = build("encoder", "lbp_histogram", neighbours=4, radius_px=1.0)
    np.testing.assert_array_equal(encoder.encode(2 * dark + 20), encoder.encode(dark))


def test_crops_too_small_for_the_grid() -> None:
    with pytest.raises(ValueError, match="7 x 7 regions do not fit into 4 x 4"):
        build("encoder", "lbp_histogram").encode(np.zeros((1, 8, 8, 3), np.uint8))


@pytest.mark.parametrize("settings", [{"neighbours": 17}, {"radius_px": 0.0}, {"grid": 0}])
def test_bad_settings(settings: dict[str, float]) -> None:
    with pytest.raises(UserError, match="lbp_histogram: expected"):
        build("encoder", "lbp_histogram", **settings)
