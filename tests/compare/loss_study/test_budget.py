"""Budgets: what may be typed, and the arithmetic from seconds to steps."""

import pytest

from eigen2arc.compare.loss_study.budget import LEAST_STEPS, PLANNED, Cost, affordable_steps, budget
from eigen2arc.core.errors import UserError


@pytest.mark.parametrize(
    ("text", "steps", "seconds"),
    [("30min", None, 1800), ("1.5h", None, 5400), (" 90 s", None, 90), ("400steps", 400, None), ("1 steps", 1, None)],
)
def test_budgets(text: str, steps: int | None, seconds: float | None) -> None:
    read = budget(text)
    assert (read.text, read.steps, read.seconds) == (text, steps, seconds)


@pytest.mark.parametrize(
    "text", ["", "30", "min", "-3min", "0min", "0steps", "2.5steps", "30 days", "3minutes", "nan s"]
)
def test_what_is_no_budget(text: str) -> None:
    with pytest.raises(UserError, match="such as 30min, or 400steps"):
        budget(text)


@pytest.mark.parametrize("seconds", [60.0, 600.0])
def test_the_steps_use_the_time_and_no_more(seconds: float) -> None:
    cost = {"a": Cost(step_s=0.2, run_s=3.0), "b": Cost(step_s=0.5, run_s=1.0)}

    def whole_s(steps: int) -> float:
        return sum(one.run_s + 8.0 + (steps + 0.25 * min(steps, 200)) * one.step_s for one in cost.values())

    steps = affordable_steps(seconds, cost, evaluations_s=8.0, plane_share=0.25, plane_most=200)
    assert whole_s(steps) <= PLANNED * seconds < whole_s(steps + 10)


def test_a_time_that_is_too_short_says_how_much_is_missing() -> None:
    cost, rest = {"a": Cost(step_s=1.0, run_s=0.0)}, {"evaluations_s": 0.0, "plane_share": 0.5, "plane_most": 200}
    enough_s = 1.5 * LEAST_STEPS / PLANNED
    with pytest.raises(UserError, match="too short for 10 steps of 1 losses: give 0.1 min more"):
        affordable_steps(enough_s - 6, cost, **rest)
    assert affordable_steps(enough_s + 0.01, cost, **rest) == LEAST_STEPS
