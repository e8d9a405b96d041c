"""Responses against slow sums over pixels, and against what cascades of one stump see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import Stages
from eigen2arc.classical.detect.haar.features import CLASSIC, SHAPES, HaarFeatures, enumerate_features
from eigen2arc.classical.detect.haar.responses import haar_responses
from eigen2arc.classical.detect.haar.window_integrals import BLOCK, WindowIntegrals


def some(features: HaarFeatures, rng: np.random.Generator, count: int) -> HaarFeatures:
    rows = rng.choice(len(features.tilted), count)
    return HaarFeatures(*(part[rows] for part in features))


def slow_rectangle(window: np.ndarray, x: int, y: int, w: int, h: int, tilted: bool) -> int:
    if not tilted:
        return int(window[y : y + h, x : x + w].sum())
    # A tilted pixel is two pixels, one below the other; across leads down to the right, down to the left.
    places = [(y + i + j, x - 1 + i - j) for i in range(w) for j in range(h)]
    return sum(int(window[row, column]) + int(window[row + 1, column]) for row, column in places)


def slow_response(window: np.ndarray, features: HaarFeatures, number: int) -> float:
    pixels = window.astype(np.int64)
    inner = pixels[1:-1, 1:-1]
    value = sum(
        weight * slow_rectangle(pixels, *rectangle, features.tilted[number])
        for rectangle, weight in zip(features.rectangles[number].tolist(), features.weights[number], strict=True)
    )
    return value / (inner.size * inner.std()) if inner.std() > 10 else 0.0


@given(st.integers(0, 2**32 - 1), st.integers(6, 15), st.integers(6, 15), st.sampled_from([8, 60, 255]))
def test_slow_sums(seed: int, width: int, height: int, contrast: int) -> None:
    rng = np.random.default_rng(seed)
    features = some(enumerate_features(width, height, sorted(SHAPES)), rng, 20)
    windows = rng.integers(0, contrast, (3, height, width), dtype=np.uint8)
    expected = [[slow_response(window, features, number) for window in windows] for number in range(20)]
    np.testing.assert_allclose(haar_responses(windows, features), expected, rtol=1e-6, atol=1e-6)


def test_every_feature_of_a_constant_window_is_zero() -> None:
    features = enumerate_features(12, 12, sorted(SHAPES))
    flat = np.full((1, 12, 12), 200, np.uint8)
    # Only a cascade passes over it: the sums themselves cancel out.
    integrals = WindowIntegrals.of(flat)
    assert integrals.normalizers == 0
    not_flat = WindowIntegrals(flat, integrals.sums, np.ones(1, np.float32))
    assert not haar_responses(not_flat, features).any()


def test_blocks_of_windows_and_of_features_change_nothing(rng: np.random.Generator) -> None:
    windows = rng.integers(0, 256, (2 * BLOCK + 5, 9, 8), dtype=np.uint8)
    features = some(enumerate_features(8, 9, sorted(SHAPES)), rng, 1100)
    whole = haar_responses(WindowIntegrals.of(windows), features)
    singly = np.concatenate([haar_responses(windows[i : i + 1], features) for i in range(len(windows))], axis=1)
    np.testing.assert_array_equal(whole, singly)
    one = HaarFeatures(*(part[700:701] for part in features))
    np.testing.assert_array_equal(whole[700], haar_responses(windows, one)[0])


def test_no_windows_and_no_features(rng: np.random.Generator) -> None:
    features = enumerate_features(6, 7, sorted(SHAPES))
    none = HaarFeatures(*(part[:0] for part in features))
    assert haar_responses(np.zeros((0, 7, 6), np.uint8), features).shape == (len(features.tilted), 0)
    assert haar_responses(rng.integers(0, 256, (3, 7, 6), dtype=np.uint8), none).shape == (0, 3)


def passes(cascade: Cascade, window: np.ndarray) -> bool:
    return len(cascade.windows(window, 1.1, 0)[0]) == 1


def stump(features: HaarFeatures, number: int, split: np.float32, side: int) -> Cascade:
    """A cascade that passes a window whose feature is at least ``split``."""
    stages = Stages(
        thresholds=np.zeros(1, np.float32),
        first_tree=np.array([0, 1]),
        first_node=np.array([0, 1]),
        children=np.array([[0, -1]], np.int32),
        splits=np.array([split], np.float32),
        leaves=np.array([-1, 1], np.float32),
    )
    return Cascade((side, side), stages, HaarFeatures(*(part[number : number + 1] for part in features)))


def test_a_threshold_means_the_same_in_the_engine(rng: np.random.Generator) -> None:
    features = some(enumerate_features(20, 20, CLASSIC), rng, 60)
    windows = rng.integers(0, 256, (3, 20, 20), dtype=np.uint8)
    for number, values in enumerate(haar_responses(windows, features)):
        for window, value in zip(windows, values, strict=True):
            above = np.nextafter(value, np.float32(np.inf))
            assert passes(stump(features, number, value, 20), window)
            assert not passes(stump(features, number, above, 20), window)


def test_a_flat_window_is_passed_over_as_in_the_engine(rng: np.random.Generator) -> None:
    features = some(enumerate_features(20, 20, CLASSIC), rng, 5)
    always = stump(features, 0, np.float32(-100), 20)
    for contrast in range(28, 42):  # the standard deviation of 0..c is about c / sqrt(12): 10 at 35
        window = rng.integers(0, contrast, (1, 20, 20), dtype=np.uint8)
        assert haar_responses(window, features).any() == passes(always, window[0])


def test_what_is_refused(rng: np.random.Generator) -> None:
    windows = rng.integers(0, 256, (2, 8, 8), dtype=np.uint8)
    for shape in ("edge_x", "tilted_edge_x"):
        with pytest.raises(ValueError, match="out of the window of 8 x 8"):
            haar_responses(windows, enumerate_features(9, 9, [shape]))
    for wrong in (windows.astype(np.float32), windows[:, :2], np.zeros((1, 300, 8), np.uint8)):
        with pytest.raises(ValueError, match="uint8 of 3 to 256"):
            WindowIntegrals.of(wrong)
    with pytest.raises(ValueError, match="N, H, W"):
        WindowIntegrals.of(windows[0])
