"""The tail of what chance does: read back from values whose tail is known."""

import numpy as np
import pytest

from eigen2arc.core.overlap.exponential_tail import ExponentialTail, fit_tail


def test_the_tail_of_exponential_values_is_found(rng: np.random.Generator) -> None:
    values = 3 + rng.exponential(0.2, 100_000)
    made, aside = fit_tail(np.sort(values)[::-1][:2000], len(values), 1000, 0.05)
    assert (made.total, made.above, aside) == (100_000, 1000, 0)
    assert made.start == pytest.approx(3 + 0.2 * np.log(100), abs=0.03) and made.scale == pytest.approx(0.2, rel=0.1)
    reached = made.threshold(len(values), 10)
    assert made.expected(reached, len(values)) == pytest.approx(10)
    assert (values >= reached).sum() == pytest.approx(10, abs=10)


def test_what_is_no_chance_is_set_aside(rng: np.random.Generator) -> None:
    values = rng.exponential(1, 2000)
    clean, _ = fit_tail(np.sort(values)[::-1][:200], 2000, 100, 0.05)
    made, aside = fit_tail(np.sort([*values, *[40.0] * 7])[::-1][:200], 2007, 100, 0.05)
    assert aside == 7 and made == clean


def test_a_scale_is_never_nothing() -> None:
    made, aside = fit_tail(np.ones(40), 100, 20, 0.05)
    assert made.scale > 0 and made.start == 1 and aside == 0
    assert ExponentialTail(100, 20, 1.0, 0.5).expected(1.0, 100) == 20
