"""REDUCE by the double sum of eq. (1), and OpenCV's pyrDown as one of its cases."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.image.gaussian_pyramid import gaussian_pyramid, generating_kernel, reduce


def slow_reduce(image: np.ndarray) -> np.ndarray:
    """Eq. (1) as it stands, a = 0.4, in float64; mirrored at the outermost pixels."""
    w = {-2: 0.05, -1: 0.25, 0: 0.4, 1: 0.25, 2: 0.05}
    height, width = image.shape
    mirrored = lambda i, size: size - 1 - abs(size - 1 - abs(i))  # noqa: E731
    return np.array(
        [
            [
                sum(
                    w[m] * w[n] * float(image[mirrored(2 * i + m, height), mirrored(2 * j + n, width)])
                    for m in w
                    for n in w
                )
                for j in range((width + 1) // 2)
            ]
            for i in range((height + 1) // 2)
        ]
    )


@given(st.integers(0, 2**32 - 1), st.integers(3, 9), st.integers(3, 9))
def test_the_double_sum(seed: int, height: int, width: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    expected = slow_reduce(image)
    assert reduce(image).shape == expected.shape
    assert np.abs(reduce(image) - expected).max() <= 0.5001


@given(st.integers(0, 2**32 - 1), st.integers(3, 40), st.integers(3, 40))
def test_opencvs_pyramid_has_a_of_three_eighths(seed: int, height: int, width: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    np.testing.assert_array_equal(reduce(image, 3 / 8), cv2.pyrDown(image))


@pytest.mark.parametrize("a", [0.3, 0.375, 0.4, 0.5])
def test_the_kernels_constraints(a: float) -> None:
    c, b, middle, _, _ = kernel = generating_kernel(a)
    np.testing.assert_array_equal(kernel, kernel[::-1])
    np.testing.assert_allclose(kernel.sum(), 1, rtol=1e-6)
    np.testing.assert_allclose(middle + 2 * c, 2 * b, rtol=1e-6)  # equal contribution of even and odd pixels


def test_levels(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (37, 1), dtype=np.uint8)
    pyramid = gaussian_pyramid(image, 4)
    assert [level.shape for level in pyramid] == [(37, 1), (19, 1), (10, 1), (5, 1)]
    assert pyramid[0] is image
    np.testing.assert_array_equal(pyramid[2], reduce(reduce(image)))
    flat = np.full((11, 8), 255, np.uint8)
    assert (gaussian_pyramid(flat, 5)[4] == 255).all()
