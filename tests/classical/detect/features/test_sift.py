"""Dense SIFT against OpenCV's descriptor at the same places."""

import cv2
import numpy as np
import pytest

from eigen2arc.classical.detect.features.sift import describe_at
from eigen2arc.core.plugins import build


@pytest.mark.parametrize("bin_px", [3.0, 4.5])
def test_equals_opencv_at_the_same_points(rng: np.random.Generator, bin_px: float) -> None:
    images = rng.integers(0, 256, (4, 8, 8)).repeat(8, axis=1).repeat(8, axis=2).astype(np.uint8)
    images = np.stack([cv2.GaussianBlur(image, (0, 0), 2) for image in images])
    points = [(34, 28), (30, 30), (25, 37)]  # y x, sorted by x, as cv2 returns them
    sift = cv2.SIFT_create()
    for image in images:
        # A keypoint's size is a diameter; a histogram of its descriptor is 3 times its radius wide. Angle 0 is upright.
        keypoints = [cv2.KeyPoint(float(x), float(y), 2 * bin_px / 3, 0.0, 1.0, 0) for y, x in points]
        _, theirs = sift.compute(image, keypoints)
        # cv2 first blurs what it takes for an image of deviation 0.5 to its first scale, 1.6.
        blurred = cv2.GaussianBlur(image, (0, 0), np.sqrt(1.6**2 - 0.5**2))
        (ours,) = describe_at(blurred[None], np.array(points, float), bin_px)
        # Its directions turn counter-clockwise, ours with the y axis, which points down.
        ours = ours.reshape(3, 16, 8)[:, :, -np.arange(8) % 8].reshape(3, 128)
        cosines = np.sum(ours * theirs, axis=1) / np.linalg.norm(theirs, axis=1)
        assert (cosines > 0.99).all(), cosines
        np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-3)


def test_the_grid_stands_in_the_middle(rng: np.random.Generator) -> None:
    """A window turned by half a turn has the points, the histograms and the directions turned."""
    windows = rng.integers(0, 256, (3, 24, 24), dtype=np.uint8)
    sift = build("feature", "sift")
    upright = sift.describe(windows).reshape(3, 3, 3, 4, 4, 8)
    turned = sift.describe(windows[:, ::-1, ::-1].copy()).reshape(3, 3, 3, 4, 4, 8)
    np.testing.assert_allclose(np.roll(turned[:, ::-1, ::-1, ::-1, ::-1], 4, axis=5), upright, atol=1e-6)


def test_one_edge_votes_for_its_direction() -> None:
    window = np.zeros((1, 12, 12), np.uint8)
    window[:, :, 6:] = 200  # bright to the right: the gradient points along x, direction 0
    histograms = build("feature", "sift", size_px=12).describe(window).reshape(4, 4, 8)
    assert (histograms.sum(axis=(0, 1))[1:] == 0).all() and histograms.sum() > 0
