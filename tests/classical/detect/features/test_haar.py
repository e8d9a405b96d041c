"""Haar values of windows: some of all features, always the same ones."""

import numpy as np

from eigen2arc.classical.detect.haar.features import enumerate_features
from eigen2arc.classical.detect.haar.responses import haar_responses
from eigen2arc.core.plugins import build


def test_each_is_one_of_all_features_in_their_order(rng: np.random.Generator) -> None:
    windows = rng.integers(0, 256, (6, 10, 10), dtype=np.uint8)
    every = haar_responses(windows, enumerate_features(10, 10)).T
    some = build("feature", "haar", size_px=10, features=300).describe(windows)
    order = {row.tobytes(): number for number, row in enumerate(np.ascontiguousarray(every.T))}
    places = [order[row.tobytes()] for row in np.ascontiguousarray(some.T)]
    assert len(set(places)) > 290 and places == sorted(places)


def test_the_seed_chooses(rng: np.random.Generator) -> None:
    windows = rng.integers(0, 256, (2, 24, 24), dtype=np.uint8)
    first, second, other = (build("feature", "haar", features=50, seed=seed).describe(windows) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
