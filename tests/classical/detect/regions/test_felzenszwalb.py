"""Graph segmentation against scikit-image's and against the paper's algorithm by sets and slow loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.segmentation import felzenszwalb as skimage_felzenszwalb

from eigen2arc.classical.detect.regions.felzenszwalb import DIRECTIONS, segment, smooth, sorted_edges


def blobs(seed: int, height: int, width: int, channels: int = 3) -> np.ndarray:
    """Smooth float32 planes (C, H, W): no two differences between pixels are the same."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, channels)).astype(np.uint8)
    return smooth(noise, 1.5)


def slow_segment(planes: np.ndarray, k: float, min_size: int) -> np.ndarray:
    """Algorithm 1 of the paper with components as sets of pixels, then the small ones joined."""
    _, height, width = planes.shape
    edges = []
    for number, (down, right) in enumerate(DIRECTIONS):
        for y in range(height - down):
            for x in range(max(0, -right), width - max(0, right)):
                a, b = planes[:, y, x], planes[:, y + down, x + right]
                squared = np.float32(0)
                for p, q in zip(a, b, strict=True):
                    squared += (p - q) * (p - q)
                edges.append((np.sqrt(squared), number, (y, x), (y + down, x + right)))
    edges.sort(key=lambda edge: edge[:3])
    component = {(y, x): frozenset({(y, x)}) for y in range(height) for x in range(width)}
    internal = {members: np.float32(0) for members in component.values()}

    def join(first: frozenset, second: frozenset, weight: np.float32) -> None:
        union = first | second
        internal[union] = weight
        component.update(dict.fromkeys(union, union))

    for weight, _, p, q in edges:
        first, second = component[p], component[q]
        if first is not second:
            limits = [internal[c] + np.float32(k) / np.float32(len(c)) for c in (first, second)]
            if weight <= min(limits):
                join(first, second, weight)
    for weight, _, p, q in edges:
        first, second = component[p], component[q]
        if first is not second and min(len(first), len(second)) < min_size:
            join(first, second, weight)
    numbers: dict[frozenset, int] = {}
    return np.array([[numbers.setdefault(component[y, x], len(numbers)) for x in range(width)] for y in range(height)])


@pytest.mark.parametrize("k", [3, 30, 150, 300])
@pytest.mark.parametrize("min_size", [1, 20, 100])
@pytest.mark.parametrize("shape", [(80, 90), (41, 30)])
def test_the_same_segments_as_scikit_image(k: int, min_size: int, shape: tuple[int, int]) -> None:
    planes = blobs(k + min_size, *shape)
    # It scales k by 1 / 255 for images in 0..1.
    expected = skimage_felzenszwalb(
        np.moveaxis(planes, 0, 2).astype(np.float64) / 255, scale=k, sigma=0, min_size=min_size
    )
    np.testing.assert_array_equal(segment(sorted_edges(planes), shape, k, min_size), expected)


def test_a_grey_image_as_scikit_image() -> None:
    planes = blobs(3, 50, 60, channels=1)
    expected = skimage_felzenszwalb(planes[0].astype(np.float64) / 255, scale=50, sigma=0, min_size=15)
    np.testing.assert_array_equal(segment(sorted_edges(planes), (50, 60), 50, 15), expected)


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 3),
    st.sampled_from([0.5, 5, 60]),
    st.integers(1, 6),
    st.integers(0, 10**6),
)
def test_the_same_segments_as_sets_of_pixels(
    height: int, width: int, channels: int, k: float, min_size: int, seed: int
) -> None:
    """With few grey levels, so that many weights are the same: edges of one weight keep their order."""
    planes = np.random.default_rng(seed).integers(0, 4, (channels, height, width)).astype(np.float32) * 20
    labels = segment(sorted_edges(planes), (height, width), k, min_size)
    np.testing.assert_array_equal(labels, slow_segment(planes, k, min_size))


def test_edges_are_all_there_and_sorted() -> None:
    planes = blobs(1, 7, 11)
    edges = sorted_edges(planes)
    assert len(edges.weights) == 10 * 7 + 11 * 6 + 2 * 10 * 6
    assert (np.diff(edges.weights) >= 0).all()
    first, direction = np.divmod(edges.ends, 4)
    down, right = np.array(DIRECTIONS)[direction].T
    y, x = np.divmod(first, 11)
    distance = np.linalg.norm(planes[:, y, x] - planes[:, y + down, x + right], axis=0)
    np.testing.assert_allclose(edges.weights, distance, rtol=1e-6)
    assert len(np.unique(edges.ends)) == len(edges.ends)


def test_two_halves_are_two_segments_whatever_the_scale() -> None:
    planes = np.zeros((1, 20, 20), np.float32)
    planes[:, :, 13:] = 200
    expected = np.repeat([[0] * 13 + [1] * 7], 20, axis=0)
    for k in (1, 100, 1000):
        np.testing.assert_array_equal(segment(sorted_edges(planes), (20, 20), k, 1), expected)
    # Both halves are plain, so that it is k / |C| of the larger one, of 260 pixels, that has to reach the step of 200.
    assert segment(sorted_edges(planes), (20, 20), 13 * 20 * 200 - 1, 1).max() == 1
    assert segment(sorted_edges(planes), (20, 20), 13 * 20 * 200, 1).max() == 0
    assert segment(sorted_edges(planes), (20, 20), 1, 140).max() == 1
    assert segment(sorted_edges(planes), (20, 20), 1, 141).max() == 0


def test_smoothing_keeps_the_mean_and_the_order_of_channels() -> None:
    image = np.zeros((21, 21, 2), np.uint8)
    image[10, 10] = (200, 100)
    planes = smooth(image, 0.8)
    assert planes.dtype == np.float32 and planes.shape == (2, 21, 21)
    np.testing.assert_allclose(planes.sum(axis=(1, 2)), [200, 100], rtol=1e-4)
    np.testing.assert_allclose(planes[0, 10, 11] / planes[0, 10, 10], np.exp(-1 / (2 * 0.8**2)), rtol=1e-3)
