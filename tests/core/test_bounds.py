"""Settings: what is refused, and how."""

import pytest

from eigen2arc.core.bounds import check_number, check_whole
from eigen2arc.core.errors import UserError


@pytest.mark.parametrize("value", [1, 2.5, 10])
def test_numbers_within_the_bounds_pass(value: float) -> None:
    check_number(value, "step: width", 1, 10)


@pytest.mark.parametrize("value", [0.999, 10.001, float("nan"), float("inf"), "5", None, False, [5]])
def test_others_are_refused_by_name(value: object) -> None:
    with pytest.raises(UserError, match=r"step: width: expected a number from 1 to 10, got "):
        check_number(value, "step: width", 1, 10)


@pytest.mark.parametrize("value", [0, 4, 2.0, True, "2"])
def test_whole_numbers_are_whole(value: object) -> None:
    check_whole(1, "step: count", 1, 3)
    check_whole(3, "step: count", 1, 3)
    with pytest.raises(UserError, match="step: count: expected a whole number from 1 to 3, got "):
        check_whole(value, "step: count", 1, 3)
