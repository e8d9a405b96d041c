"""What is measured of segments, pixel by pixel in slow loops."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from eigen2arc.classical.detect.regions.region_features import (
    color_histograms,
    regions_of,
    texture_bins,
    texture_histograms,
)


def scene(seed: int, height: int = 23, width: int = 31, channels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """An image and a division of it into up to seven segments, numbered without a gap."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, channels)).astype(np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 1.2).reshape(height, width, channels)
    coarse = rng.integers(0, 7, (5, 5)).astype(np.uint8)
    labels = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    return image, np.unique(labels, return_inverse=True)[1].reshape(height, width).astype(np.int32)


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 12))
def test_sizes_boxes_and_neighbours_by_slow_loops(seed: int, height: int, width: int) -> None:
    _, labels = scene(seed, height, width)
    regions = regions_of(labels)
    borders: dict[tuple[int, int], int] = {}
    for y in range(height):
        for x in range(width):
            for b in range(y - 1, y + 2):
                for a in range(x - 1, x + 2):
                    if 0 <= a < width and 0 <= b < height and labels[y, x] < labels[b, a]:
                        pair = int(labels[y, x]), int(labels[b, a])
                        borders[pair] = borders.get(pair, 0) + 1
    assert dict(zip(map(tuple, regions.pairs.tolist()), regions.borders.tolist(), strict=True)) == borders
    assert regions.pairs.tolist() == sorted(regions.pairs.tolist())
    for number, (size, box) in enumerate(zip(regions.sizes, regions.boxes, strict=True)):
        rows, columns = np.nonzero(labels == number)
        assert size == len(rows)
        assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_color_histograms_are_numpys() -> None:
    image, labels = scene(1)
    image[0, :2] = [[0] * 3, [255] * 3]
    got = color_histograms(image, labels, labels.max() + 1)
    for number, histogram in enumerate(got):
        pixels = image[labels == number]
        expected = [np.histogram(pixels[:, c], 25, (0, 256))[0] / pixels.size for c in range(3)]
        np.testing.assert_allclose(histogram, np.concatenate(expected), rtol=1e-6)


def test_texture_is_binned_derivatives_of_a_gaussian_in_eight_orientations() -> None:
    image, labels = scene(2)
    got = texture_histograms(texture_bins(image), labels, labels.max() + 1)
    got = got.reshape(-1, 3, 4, 2, 10)
    assert got.shape[0] == labels.max() + 1
    for c in range(3):
        plane = image[:, :, c].astype(np.float64)
        down = gaussian_filter(plane, 1, order=(1, 0), mode="nearest", radius=3)
        right = gaussian_filter(plane, 1, order=(0, 1), mode="nearest", radius=3)
        along = [right * np.cos(a) + down * np.sin(a) for a in np.arange(8) * np.pi / 4]
        steepest = np.abs(along).max()
        for direction, values in enumerate(along):
            shares = np.clip(values, 0, None) / steepest
            for number, histogram in enumerate(got[:, c, direction % 4, direction // 4]):
                inside = shares[labels == number]
                expected = np.histogram(inside, 10, (0, 1))[0] / (inside.size * 24)
                # A pixel that lies on the border of two bins may fall to either.
                assert np.abs(histogram - expected).sum() <= 4.1 / (inside.size * 24)


def test_an_upright_edge_is_steep_to_one_side_only() -> None:
    image = np.zeros((20, 20, 1), np.uint8)
    image[:, 10:] = 100
    got = texture_histograms(texture_bins(image), np.zeros((20, 20), np.int32), 1).reshape(4, 2, 10)
    to_the_right, to_the_left, downwards, upwards = got[0, 0], got[0, 1], got[2, 0], got[2, 1]
    assert to_the_right[9] > 0
    for flat in (to_the_left, downwards, upwards):
        np.testing.assert_allclose(flat, [1 / 8, *[0] * 9], rtol=1e-6)


def test_a_plain_image_has_no_texture() -> None:
    bins = texture_bins(np.full((9, 8, 2), 77, np.uint8))
    histogram = texture_histograms(bins, np.zeros((9, 8), np.int32), 1).reshape(16, 10)
    np.testing.assert_allclose(histogram, [[1 / 16, *[0] * 9]] * 16, rtol=1e-6)


def test_histograms_of_one_kind_sum_to_one() -> None:
    for channels in (1, 2, 3):
        image, labels = scene(4, channels=channels)
        n = labels.max() + 1
        colour, texture = color_histograms(image, labels, n), texture_histograms(texture_bins(image), labels, n)
        assert colour.shape == (n, 25 * channels) and texture.shape == (n, 80 * channels)
        assert colour.dtype == texture.dtype == np.float32
        np.testing.assert_allclose(colour.sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_allclose(texture.sum(axis=1), 1, rtol=1e-5)
