"""The signed square root, by hand."""

import numpy as np

from eigen2arc.core.plugins import build


def test_signed_square_root() -> None:
    x = np.array([[4, -9, 0, 0.25]], np.float32)
    np.testing.assert_array_equal(build("projection", "square_root").transform(x), [[2, -3, 0, 0.5]])
