"""Grey conversion and projection against their definitions."""

import numpy as np
import pytest

from eigen2arc.classical.linear.projection import LinearProjection, grey, grey_rows


def test_grey_is_bt_601_luma(rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (4, 9, 9, 3), dtype=np.uint8)
    np.testing.assert_allclose(grey(crops), crops @ [0.299, 0.587, 0.114], atol=0.51)


def test_rows_hold_one_image_each(rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (3, 5, 5, 3), dtype=np.uint8)
    np.testing.assert_array_equal(grey_rows(crops)[2].reshape(5, 5), grey(crops)[2])
    assert grey_rows(crops[:0]).shape == (0, 25)


def test_weights_are_inner_products_with_the_centred_crop(rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (70, 6, 6, 3), dtype=np.uint8)
    projection = LinearProjection(
        rng.normal(128, 20, 36).astype(np.float32), rng.normal(size=(5, 36)).astype(np.float32)
    )
    slow = [[axis @ (row - projection.mean) for axis in projection.axes] for row in grey_rows(crops)]
    np.testing.assert_allclose(projection.encode(crops), slow, rtol=1e-4, atol=1e-2)


def test_other_sizes_are_refused() -> None:
    projection = LinearProjection(np.zeros(36, np.float32), np.zeros((2, 36), np.float32))
    with pytest.raises(ValueError, match="fitted on 6 x 6 pixels, got 7 x 7"):
        projection.encode(np.zeros((1, 7, 7, 3), np.uint8))
