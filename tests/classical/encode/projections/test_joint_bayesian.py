"""The settings of Joint Bayesian as a projection. The algorithm: tests/classical/encode/identity_model."""

from typing import Any

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


@pytest.mark.parametrize("settings", [{"iterations": 0}, {"tolerance": float("nan")}, {"shrinkage": "some"}])
def test_bad_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="joint_bayesian: "):
        build("projection", "joint_bayesian", **settings)
