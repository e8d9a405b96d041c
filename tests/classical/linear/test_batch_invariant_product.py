"""Products of fixed order against the definition, and entry by entry against themselves."""

import numpy as np
import pytest

from eigen2arc.classical.linear.batch_invariant_product import fixed_order_product


@pytest.mark.parametrize(("n", "k", "d"), [(1, 1, 1), (2, 4, 8), (7, 33, 1025), (64, 70, 3000), (5, 6, 0), (0, 3, 4)])
def test_equals_the_product_in_float64(rng: np.random.Generator, n: int, k: int, d: int) -> None:
    a, b = rng.normal(size=(n, d)).astype(np.float32), rng.normal(size=(k, d)).astype(np.float32)
    got = fixed_order_product(a, b)
    assert got.dtype == np.float32 and got.shape == (n, k)
    # The error of a sum of d products is at most d roundings of float32 of the sum of their sizes; far less in blocks.
    size = np.abs(a).astype(np.float64) @ np.abs(b.T).astype(np.float64)
    assert (np.abs(got - a.astype(np.float64) @ b.T) <= 1e-6 * size).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_entry_is_the_same_wherever_its_rows_stand(rng: np.random.Generator, dtype: type) -> None:
    a, b = rng.normal(size=(67, 2891)).astype(dtype), rng.normal(size=(41, 2891)).astype(dtype)
    together = fixed_order_product(a, b)
    np.testing.assert_array_equal(np.concatenate([fixed_order_product(row[None], b) for row in a]), together)
    np.testing.assert_array_equal(np.concatenate([fixed_order_product(a, row[None]) for row in b], axis=1), together)
    np.testing.assert_array_equal(fixed_order_product(a[::-1], b[::2]), together[::-1, ::2])


def test_float64_keeps_its_digits(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(5, 1100)), rng.normal(size=(3, 1100))
    np.testing.assert_allclose(fixed_order_product(a, b), a @ b.T, rtol=0, atol=1e-11)


def test_a_row_of_nan_stays_its_own(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(5, 40)).astype(np.float32), rng.normal(size=(6, 40)).astype(np.float32)
    a[2, 7] = np.nan
    np.testing.assert_array_equal(np.isnan(fixed_order_product(a, b)).all(axis=1), np.arange(5) == 2)
    assert np.isnan(fixed_order_product(a, b)).sum() == 6
