"""The rate of every step, against closed forms."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.deep.engine.loop import start
from eigen2arc.deep.engine.schedule import Schedule, learning_rate

SCHEDULE = Schedule(steps=100, warm_up_steps=10, learning_rate=2.0)


def rates(schedule: Schedule) -> np.ndarray:
    return np.array([learning_rate(schedule, step) for step in range(schedule.steps)])


@pytest.mark.parametrize("decay", ["cosine", "step", "polynomial"])
def test_it_rises_on_a_line_and_then_only_falls(decay: str) -> None:
    got = rates(replace(SCHEDULE, decay=decay))
    np.testing.assert_allclose(got[:10], np.arange(1, 11) / 5)
    assert got[10] == 2.0 and (np.diff(got[10:]) <= 0).all() and (got > 0).all()


def test_half_a_cosine() -> None:
    np.testing.assert_allclose(rates(SCHEDULE)[10:], 1 + np.cos(np.pi * np.arange(90) / 90))


def test_a_tenth_at_each_share() -> None:
    got = rates(replace(SCHEDULE, decay="step", decay_at=[0.5, 0.8]))
    np.testing.assert_allclose(got[10:], np.repeat([2.0, 0.2, 0.02], [40, 30, 20]))


def test_a_power_of_what_is_left() -> None:
    got = rates(replace(SCHEDULE, decay="polynomial", decay_power=2.0))
    np.testing.assert_allclose(got[10:], 2 * (np.arange(90, 0, -1) / 90) ** 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decay": "linear"}, "training: decay = 'linear': expected one of cosine, step, polynomial"),
        ({"decay_at": [30, 60]}, "training: decay_at = .* each a number above 0 and below 1"),
        ({"steps": 0}, "training: steps = 0: expected a whole number of at least 1"),
        ({"save_every_s": -1.0}, r"training: save_every_s = -1.0: .* \(seconds\)"),
        ({"mixed_precision": "fp16"}, "needs a GPU"),
    ],
)
def test_settings_out_of_range_are_refused_at_the_start(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        start(replace(SCHEDULE, **changes), "cpu")
