"""The Pareto front, against the definition as two loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.metrics.pareto import pareto_front

#: Few values, so that many are equal.
POINTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12)


def by_the_definition(points: list[tuple[int, int]]) -> list[bool]:
    def beats(a: tuple[int, int], b: tuple[int, int]) -> bool:
        return a[0] <= b[0] and a[1] >= b[1] and a != b

    return [not any(beats(other, one) for other in points) for one in points]


@given(POINTS)
def test_it_is_what_nobody_beats(points: list[tuple[int, int]]) -> None:
    cost, gain = np.array(points, np.float64).reshape(-1, 2).T
    assert pareto_front(cost, gain).tolist() == by_the_definition(points)


def test_a_front_by_hand() -> None:
    # Slow and good, quick and bad, in between; then one that is slower than that, and one as slow, but worse.
    cost, gain = np.array([30.0, 1, 10, 20, 10]), np.array([0.9, 0.5, 0.8, 0.8, 0.7])
    assert pareto_front(cost, gain).tolist() == [True, True, True, False, False]


def test_other_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="gain"):
        pareto_front(np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match="cost"):
        pareto_front(np.array([np.nan]), np.zeros(1))
