"""PLDA as a projection: its dimensions and settings. The algorithm: tests/classical/encode/identity_model."""

from typing import Any

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


def test_plda_gives_its_dimensions_and_one(rng: np.random.Generator) -> None:
    x, labels = rng.normal(size=(60, 8)).astype(np.float32), np.repeat(np.arange(20), 3)
    assert build("projection", "plda", dimensions=3).fit(x, labels).transform(x).shape == (60, 4)
    assert build("projection", "plda", dimensions=50).fit(x, labels).transform(x).shape == (60, 9)


@pytest.mark.parametrize("settings", [{"dimensions": 0}, {"shrinkage": -1}])
def test_bad_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="plda: "):
        build("projection", "plda", **settings)
