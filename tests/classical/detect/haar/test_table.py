"""The table of one window against the responses of many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.haar.features import CLASSIC, SHAPES, enumerate_features
from eigen2arc.classical.detect.haar.responses import haar_responses
from eigen2arc.classical.detect.haar.table import HaarTable
from eigen2arc.classical.detect.haar.window_integrals import normalizers_of


@given(st.integers(0, 2**32 - 1), st.integers(4, 14), st.integers(4, 14), st.booleans())
def test_the_same_numbers(seed: int, width: int, height: int, tilted: bool) -> None:
    window = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    features = enumerate_features(width, height, sorted(SHAPES) if tilted else CLASSIC)
    table = HaarTable.of(features, width, height)
    np.testing.assert_array_equal(table.responses(window), haar_responses(window[None], features)[:, 0])


def test_places_that_need_more_than_16_bits(rng: np.random.Generator) -> None:
    window = rng.integers(0, 256, (250, 256), dtype=np.uint8)
    features = enumerate_features(16, 16, ["tilted_edge_x", "edge_x"])
    far = features._replace(
        rectangles=features.rectangles + np.array([240, 234, 0, 0]) * (features.weights != 0)[..., None]
    )
    table = HaarTable.of(far, 256, 250)
    assert table.corners.dtype == np.uint32
    corner = HaarTable.of(features, 16, 16)
    assert corner.corners.dtype == np.uint16
    # The same pixels, divided by another deviation.
    ratio = normalizers_of(window[None]) / normalizers_of(window[None, 234:, 240:])
    expected = ratio * corner.responses(window[234:, 240:])
    np.testing.assert_allclose(table.responses(window), expected, rtol=1e-5, atol=0)


def test_another_size_is_refused() -> None:
    table = HaarTable.of(enumerate_features(8, 8), 8, 8)
    with pytest.raises(ValueError, match="window"):
        table.responses(np.zeros((9, 8), np.uint8))
    with pytest.raises(ValueError, match="out of the window"):
        HaarTable.of(enumerate_features(9, 8), 8, 8)
