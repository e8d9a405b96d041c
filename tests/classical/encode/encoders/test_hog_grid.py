"""HOG of whole crops against the feature for windows, which is tested against scikit-image and a slow loop."""

import numpy as np
import pytest

from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.plugins import build


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (3, 50, 50, 3), dtype=np.uint8)


def test_is_the_feature_for_each_size_of_cells(crops: np.ndarray) -> None:
    vectors = build("encoder", "hog_grid", cell_px=[6, 12], orientations=8).encode(crops)
    parts = [build("feature", "hog", size_px=50, cell_px=c, orientations=8).describe(grey(crops)) for c in (6, 12)]
    assert [part.shape[1] for part in parts] == [7 * 7 * 4 * 8, 3 * 3 * 4 * 8]
    np.testing.assert_array_equal(vectors, np.concatenate(parts, axis=1))


def test_one_size_of_cells_is_a_list_of_one(crops: np.ndarray) -> None:
    one, listed = (build("encoder", "hog_grid", cell_px=c).encode(crops) for c in (8, [8]))
    np.testing.assert_array_equal(one, listed)


def test_the_cosine_of_vectors_is_the_mean_over_blocks(crops: np.ndarray) -> None:
    encoder = build("encoder", "hog_grid")
    a, b = encoder.encode(crops[:2])
    blocks_a, blocks_b = a.reshape(-1, 36), b.reshape(-1, 36)
    np.testing.assert_allclose(np.linalg.norm(blocks_a, axis=1), 1, rtol=1e-4)
    score = build("matcher", encoder.matcher).score_pairs(a[None], b[None])[0]
    assert score == pytest.approx((blocks_a * blocks_b).sum(axis=1).mean(), abs=1e-5)


def test_crops_too_small_for_a_block() -> None:
    with pytest.raises(ValueError, match="blocks of 2 x 2 cells of 16 px do not fit into 24 x 24"):
        build("encoder", "hog_grid").encode(np.zeros((1, 24, 24, 3), np.uint8))
