"""The numbers of a plot in the page: rounded, empty where nothing is, and a curve's points among the curve's."""

import json
import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from eigen2arc.compare.report.numbers import POINTS, numbers_block, thinned


def test_numbers_are_short_and_what_is_not_finite_is_empty() -> None:
    columns = {"x": np.array([0.123456789, np.inf, np.nan, 2.0]), "n": [1, None, "a<b", 123456789]}
    block = numbers_block("one", {"<A>": columns}, of="loss")
    found = re.fullmatch(r'<script type="application/json" id="data-numbers-one">([^<]*)</script>', block)
    assert found is not None
    expected = {"x": [0.12346, None, None, 2], "n": [1, None, "a<b", 123456789]}
    assert json.loads(found.group(1)) == {"of": "loss", "series": {"<A>": expected}}


@given(arrays.arrays(np.float64, st.integers(1, 400), elements=st.floats(0, 1)), st.booleans())
def test_a_thinned_curve_keeps_its_ends_and_its_course(steps: np.ndarray, logarithmic: bool) -> None:
    x, y = np.cumsum(steps), np.cumsum(steps[::-1])
    some = thinned(x, y, logarithmic=logarithmic)
    assert some[0] == 0 and some[-1] == len(x) - 1
    assert (np.diff(some) > 0).all() and len(some) <= 2 * POINTS + 2
    # What was left out is no further than a step from one of its neighbours that were kept.
    step = (y[-1] - y[0]) / (POINTS - 1)
    for a, b in pairwise(some):
        assert (np.minimum(y[a : b + 1] - y[a], y[b] - y[a : b + 1]) <= step * (1 + 1e-9) + 1e-12).all()
