"""Enlarged windows: the same features of enlarged pixels, and the same windows where nothing has to be rounded."""

import cv2
import numpy as np
import pytest

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.scaled_windows import ScaledWindows, enlarge
from eigen2arc.classical.detect.cascade.formats.xml_form import read_cascade
from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.classical.detect.haar.responses import haar_responses
from eigen2arc.classical.detect.haar.window_integrals import normalizers_of
from eigen2arc.classical.image.gaussian_pyramid import reduce
from eigen2arc.classical.image.scale_pyramid import Level
from eigen2arc.core import plugins


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return read_cascade("haarcascade_frontalface_alt2.xml")


@pytest.fixture(scope="module")
def grey() -> np.ndarray:
    scenes = plugins.build("dataset", "scenes", images=1, seed=5, width_px=321, height_px=240, largest_face_px=90)
    return cv2.cvtColor(scenes.images[0], cv2.COLOR_RGB2GRAY)


def upright(cascade: Cascade) -> HaarFeatures:
    assert isinstance(cascade.features, HaarFeatures)
    return cascade.features


@pytest.mark.parametrize("times", [2, 3, 7])
def test_enlarged_pixels_have_the_same_features(rng: np.random.Generator, cascade: Cascade, times: int) -> None:
    window = rng.integers(0, 256, (1, 20, 20), dtype=np.uint8)
    large = np.kron(window, np.ones((1, times, times), np.uint8))
    responses = haar_responses(window, upright(cascade))
    enlarged_responses = haar_responses(large, upright(enlarge(cascade, times)))
    # Both are divided by the deviation inside the outermost pixels, which are thinner in the large window.
    deviation, large_deviation = (
        1 / (normalizers_of(pixels) * (pixels.shape[1] - 2) ** 2) for pixels in (window, large)
    )
    np.testing.assert_allclose(enlarged_responses * large_deviation, responses * deviation, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", [1.0, 1.1, 1.37, 2.9, 12.5])
def test_rectangles_stay_inside_and_in_proportion(cascade: Cascade, scale: float) -> None:
    one = enlarge(cascade, scale)
    rectangles, weights = upright(one).rectangles, upright(one).weights.astype(np.float64)
    assert ((rectangles[:, :, :2] + rectangles[:, :, 2:]) <= one.window_px).all()
    assert ((rectangles[:, :, 2:] > 0).all(axis=2) == (upright(cascade).weights != 0)).all()
    # A constant image still gives 0, or as little as it did.
    area = rectangles[:, :, 2:].prod(axis=2)
    np.testing.assert_allclose((weights * area).sum(axis=1) / area.max(axis=1), 0, atol=1e-5)
    if scale == 1:
        np.testing.assert_array_equal(weights, upright(cascade).weights)


def test_the_windows_own_size_is_scanned_as_ever(cascade: Cascade, grey: np.ndarray) -> None:
    small = reduce(grey)
    ours = ScaledWindows.of(cascade, (161, 120), 1.1, 0, 20, octaves=3).windows(small)
    expected = cascade.windows(small, 1.1, 0, 20)
    assert len(expected[0]) > 0
    for one, other in zip(ours, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_octave_is_a_halved_image(cascade: Cascade, grey: np.ndarray) -> None:
    boxes, weights = ScaledWindows.of(cascade, (321, 240), 2.0, 40, 40, octaves=1).windows(grey)
    passed = cascade.scan(Level(np.float32(1), (161, 120), 1, 142, 101), reduce(grey))
    row, column = np.nonzero(passed > -np.inf)
    assert len(row) > 0
    np.testing.assert_array_equal(weights, passed[row, column])
    # Its pixel i lies over the pixels 2i - 1/2 to 2i + 3/2; halves go to even.
    np.testing.assert_array_equal(boxes[:, 0], np.rint(2 * column - 0.5))
    np.testing.assert_array_equal(boxes[:, 2], np.full(len(row), 40))


@pytest.mark.parametrize("octaves", [0, 4])
def test_faces_are_found_where_reduced_images_have_them(cascade: Cascade, grey: np.ndarray, octaves: int) -> None:
    ours = ScaledWindows.of(cascade, (321, 240), 1.1, 20, 200, octaves=octaves).windows(grey)[0]
    reduced = cascade.windows(grey, 1.1, 20, 200)[0]
    centres = lambda boxes: boxes[:, :2] + boxes[:, 2:] / 2  # noqa: E731
    apart = np.linalg.norm(centres(ours)[:, None] - centres(reduced)[None], axis=2) / ours[:, None, 2]
    assert len(reduced) > 20
    assert np.mean(apart.min(axis=0) < 0.15) > 0.9
    assert np.mean(apart.min(axis=1) < 0.15) > 0.9


def test_what_is_refused(cascade: Cascade, grey: np.ndarray) -> None:
    with pytest.raises(ValueError, match="256 is the largest side"):
        ScaledWindows.of(cascade, (640, 480), 1.1, 20, 0, octaves=0)
    tilted = upright(cascade)._replace(tilted=np.ones(len(upright(cascade).tilted), bool))
    with pytest.raises(ValueError, match="upright"):
        enlarge(Cascade(cascade.window_px, cascade.stages, tilted), 2)
    with pytest.raises(ValueError, match="expected 320 x 240"):
        ScaledWindows.of(cascade, (320, 240), 1.1, 20, 100, octaves=0).windows(grey)
