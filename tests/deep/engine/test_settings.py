"""Settings are changed by name, and a wrong name or kind is a line that helps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.deep.engine.settings import with_changes, with_components


@dataclass(frozen=True)
class Settings:
    loss: str = "arcface"
    loss_settings: Mapping[str, Any] = field(default_factory=lambda: {"scale": 64.0})
    steps: int = 10
    learning_rate: float = 0.1


def test_fields_and_settings_of_parts_are_changed() -> None:
    changed = with_changes(Settings(), {"steps": 3, "learning_rate": 1, "loss.margin_rad": 0.3})
    assert changed == Settings(
        steps=3, learning_rate=1.0, loss_settings={"scale": 64.0, "margin_rad": 0.3}
    ) and isinstance(changed.learning_rate, float)
    assert Settings().loss_settings == {"scale": 64.0}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("learnig_rate", 1.0, r"no setting 'learnig_rate': did you mean 'learning_rate'\?"),
        ("optimiser.x", 1, r"no setting 'optimiser\.x': .*there are loss, steps, learning_rate; loss\.NAME"),
        ("loss_settings", {}, "no setting 'loss_settings'"),
        ("steps", 1.5, r"setting steps: expected int, got 1\.5"),
        ("steps", True, "setting steps: expected int, got True"),
        ("learning_rate", "fast", "setting learning_rate: expected float, got 'fast'"),
    ],
)
def test_wrong_names_and_kinds_are_refused(key: str, value: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        with_changes(Settings(), {key: value})


def test_another_part_does_not_inherit_the_settings_of_the_old_one() -> None:
    assert with_components(Settings(), loss="arcface") == Settings()
    assert with_components(Settings(), loss="cosface") == Settings(loss="cosface", loss_settings={})
