"""What `bench haar` compares is the same: scikit-image's rectangles and values."""

import numpy as np
from skimage.feature import haar_like_feature, haar_like_feature_coord
from skimage.transform import integral_image

from eigen2arc.classical.detect.haar.features import CLASSIC, count_features
from eigen2arc.classical.detect.haar.table import HaarTable
from eigen2arc.classical.detect.haar.window_integrals import normalizers_of
from eigen2arc.compare.benchmarks.haar import build, peers_features

PEERS_NAMES = dict(zip(CLASSIC, ("type-2-x", "type-2-y", "type-3-x", "type-3-y", "type-4"), strict=True))


def test_same_rectangles_and_values(rng: np.random.Generator) -> None:
    side = 11
    window = rng.integers(0, 256, (side, side), dtype=np.uint8)
    features = peers_features(side)
    ours = HaarTable.of(features, side, side).responses(window)
    start = 0
    for name in CLASSIC:
        coordinates, _ = haar_like_feature_coord(side, side, PEERS_NAMES[name])
        values = haar_like_feature(integral_image(window), 0, 0, side, side, PEERS_NAMES[name])
        corners = np.array([np.array(parts).reshape(-1, 2) for parts in coordinates])
        top_left, bottom_right = corners.min(axis=1)[:, ::-1], corners.max(axis=1)[:, ::-1]
        peers = np.column_stack([top_left, bottom_right + 1 - top_left])
        here = slice(start, start + count_features(side, side, [name]))
        start = here.stop
        order, peers_order = np.lexsort(features.rectangles[here, 0].T), np.lexsort(peers.T)
        np.testing.assert_array_equal(features.rectangles[here, 0][order], peers[peers_order])
        expected = values[peers_order].astype(np.float32) * normalizers_of(window[None])[0]
        np.testing.assert_array_equal(ours[here][order], -expected if name == "diagonal" else expected)
    assert start == len(ours)


def test_the_benchmarks_row() -> None:
    (row,) = build(seconds=0)
    assert str(row["what"]).startswith("162,336 ")
    assert row["ratio"] == row["peer"] / row["ours"]  # type: ignore[operator]
