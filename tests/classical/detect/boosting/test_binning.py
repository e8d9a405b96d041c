"""Bins against comparisons with their thresholds, value by value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from eigen2arc.classical.detect.boosting.binning import BINS, Binned


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False),
    )
)
def test_a_value_is_below_a_bins_threshold_as_its_bin_says(values: np.ndarray) -> None:
    binned = Binned.of(values)
    for feature, row in enumerate(values):
        edges = np.array([binned.threshold(feature, edge) for edge in range(BINS - 1)])
        np.testing.assert_array_equal(row < edges[:, None], binned.bins[feature] <= np.arange(BINS - 1)[:, None])


@pytest.mark.parametrize(("offset", "spread"), [(0, 1), (1000, 1e-3), (-1e6, 1e-2), (0, 1e-20), (3, 0)])
def test_so_it_is_for_many_values_of_any_size(offset: float, spread: float, rng: np.random.Generator) -> None:
    values = (offset + spread * rng.standard_normal((3, 5000))).astype(np.float32)
    values[:, 7] += 100 * spread  # from the smallest to the largest value would be as wide as 15 times the rest
    binned = Binned.of(values)
    edges = np.array([[binned.threshold(f, b) for b in range(BINS - 1)] for f in range(3)])
    for row, bins, rising in zip(values, binned.bins, edges, strict=True):
        assert (np.diff(rising) > 0).all()
        np.testing.assert_array_equal(bins, np.searchsorted(rising, row, side="right"))
    if spread == 1:
        assert len(np.unique(binned.bins)) > BINS / 2


def test_the_bins_span_three_deviations(rng: np.random.Generator) -> None:
    values = rng.standard_normal((1, 100_000)).astype(np.float32)
    binned = Binned.of(values)
    assert binned.lowest[0] == pytest.approx(values.mean() - 3 * values.std(), abs=1e-5)
    assert BINS * binned.step[0] == pytest.approx(6 * values.std(), rel=1e-5)
    uniform = rng.random((1, 999), np.float32)
    assert Binned.of(uniform).lowest[0] == uniform.min()
    assert uniform.min() + BINS * Binned.of(uniform).step[0] == pytest.approx(uniform.max())


def test_blocks_are_binned_as_the_whole(rng: np.random.Generator) -> None:
    values = rng.standard_normal((11, 77)).astype(np.float32)
    whole, parts = Binned.of(values), Binned.of_blocks((values[i : i + 4] for i in range(0, 11, 4)), 11, 77)
    for name in ("bins", "lowest", "step"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def test_what_cannot_be_binned_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        Binned.of(np.zeros((3, 0), np.float32))
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="not finite"):
            Binned.of(np.array([[0, 1, bad]], np.float32))
    with pytest.raises(ValueError, match="expected 4 features, got 3"):
        Binned.of_blocks([np.zeros((3, 2), np.float32)], 4, 2)
