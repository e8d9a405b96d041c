"""Leakage: twins in other light are found, strangers are not."""

import numpy as np

from eigen2arc.core.metrics.leakage import leakage


def test_the_share_of_windows_with_a_twin(rng: np.random.Generator) -> None:
    training = rng.integers(0, 100, (1500, 12, 12), dtype=np.uint8)
    strangers = rng.integers(0, 100, (30, 12, 12), dtype=np.uint8)
    twins = np.clip(2 * training[-10:].astype(int) + 20 + rng.integers(-6, 7, (10, 12, 12)), 0, 255).astype(np.uint8)
    assert leakage(np.concatenate([strangers, twins]), training) == 10 / 40
    assert leakage(strangers, training[:0]) == 0


def test_flat_windows_are_like_nothing() -> None:
    flat = np.full((2, 5, 5), 9, np.uint8)
    assert leakage(flat, flat) == 0
