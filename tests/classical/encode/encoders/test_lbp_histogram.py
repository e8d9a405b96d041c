"""LBP histograms against a loop over regions of scikit-image's codes, against cv2.face, and in the mirror."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from skimage.feature import local_binary_pattern

from eigen2arc.classical.descriptors.lbp import uniform_labels
from eigen2arc.classical.encode.encoders.lbp_histogram import WEIGHTS
from eigen2arc.classical.linear.projection import grey
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


def test_several_radii_and_grids_stand_one_after_the_other(crops: np.ndarray) -> None:
    both = build("encoder", "lbp_histogram", neighbours=[8, 12], radius_px=[1.0, 2.5], grid=[2, 5]).encode(crops)
    alone = [
        build("encoder", "lbp_histogram", neighbours=p, radius_px=radius, grid=grid).encode(crops)
        for p, radius in [(8, 1.0), (12, 2.5)]
        for grid in [2, 5]
    ]
    np.testing.assert_array_equal(both, np.concatenate(alone, axis=1))


def test_one_number_of_neighbours_is_for_every_radius(crops: np.ndarray) -> None:
    same = {"radius_px": [1.0, 2.0], "grid": 3}
    np.testing.assert_array_equal(
        build("encoder", "lbp_histogram", neighbours=4, **same).encode(crops),
        build("encoder", "lbp_histogram", neighbours=[4, 4], **same).encode(crops),
    )


def test_chi_square_of_weighted_regions_is_the_weighted_sum_of_theirs(crops: np.ndarray) -> None:
    plain = build("encoder", "lbp_histogram").encode(crops).astype(np.float64).reshape(5, 49, 59)
    weighted = build("encoder", "lbp_histogram", weights="ahonen2006").encode(crops)
    score = build("matcher", "chi_square").score_pairs(weighted[:-1], weighted[1:])
    a, b = plain[:-1], plain[1:]
    both = a + b
    distance = np.divide((a - b) ** 2, both, out=np.zeros_like(both), where=both > 0).sum(axis=2)
    np.testing.assert_allclose(-score, distance @ np.array(WEIGHTS["ahonen2006"]), rtol=1e-5)


def test_weights_of_the_paper_are_symmetric_and_highest_on_the_eyes() -> None:
    grid = np.reshape(WEIGHTS["ahonen2006"], (7, 7))
    np.testing.assert_array_equal(grid, grid[:, ::-1])
    assert set(grid.ravel()) == {0, 1, 2, 4}
    assert [tuple(place) for place in np.argwhere(grid == 4)] == [(1, 1), (1, 2), (1, 4), (1, 5)]


def test_weights_of_ones_own_cover_every_grid_at_every_scale(crops: np.ndarray) -> None:
    settings = {"radius_px": [1.0, 2.0], "grid": [1, 2]}
    plain = build("encoder", "lbp_histogram", **settings).encode(crops)
    weighted = build("encoder", "lbp_histogram", weights=[0.5, 0, 1, 2, 3], **settings).encode(crops)
    factor = np.tile(np.repeat([0.5, 0, 1, 2, 3], 59), 2)
    np.testing.assert_allclose(weighted, plain * factor, rtol=1e-6)


@pytest.mark.parametrize("weights", [[1.0] * 48, [0.0] * 49])
def test_bad_weights(weights: list[float]) -> None:
    with pytest.raises(UserError, match="lbp_histogram: expected 49 weights"):
        build("encoder", "lbp_histogram", weights=weights)


def test_as_many_neighbours_as_radii() -> None:
    with pytest.raises(UserError, match="as many neighbours as radius_px, got 2"):
        build("encoder", "lbp_histogram", neighbours=[8, 8], radius_px=[1.0, 2.0, 3.0])


def test_equals_the_histograms_of_opencv(rng: np.random.Generator) -> None:
    """cv2.face keeps all 256 patterns, over cells of equal size that divide the labels; by our labels they add up to
    ours. It interpolates in float32, so that the two differ where a neighbour equals the centre: hardly ever in noise,
    but on even slopes."""
    images = rng.integers(0, 256, (3, 60, 60), dtype=np.uint8)
    recogniser = cv2.face.LBPHFaceRecognizer.create(radius=2, neighbors=8, grid_x=7, grid_y=7)
    recogniser.train(list(images), np.arange(3))
    theirs = np.stack(recogniser.getHistograms()).reshape(3, 49, 256)
    mapped = np.zeros((3, 49, 59))
    for pattern, label in enumerate(uniform_labels(8)):
        mapped[..., label] += theirs[..., pattern]
    ours = build("encoder", "lbp_histogram").encode(images[..., None].repeat(3, axis=3))
    np.testing.assert_allclose(ours, mapped.reshape(3, -1), atol=1e-6)
