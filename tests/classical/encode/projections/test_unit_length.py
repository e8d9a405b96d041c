"""Unit length: small, large and empty vectors."""

import numpy as np

from eigen2arc.core.plugins import build


def test_unit_length_of_small_large_and_no_vectors() -> None:
    x = np.array([[3, 4], [3e38, 3e38], [1e-44, 0], [0, 0]], np.float32)
    got = build("projection", "unit_length").transform(x)
    np.testing.assert_allclose(got, [[0.6, 0.8], [0.5**0.5] * 2, [1, 0], [0, 0]], rtol=1e-6)
