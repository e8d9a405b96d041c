"""PLDA as a projection: its dimensions. The algorithm: tests/classical/encode/identity_model."""

import numpy as np

from eigen2arc.core.plugins import build


def test_plda_gives_its_dimensions_and_one(rng: np.random.Generator) -> None:
    x, labels = rng.normal(size=(60, 8)).astype(np.float32), np.repeat(np.arange(20), 3)
    assert build("projection", "plda", dimensions=3).fit(x, labels).transform(x).shape == (60, 4)
    assert build("projection", "plda", dimensions=50).fit(x, labels).transform(x).shape == (60, 9)
