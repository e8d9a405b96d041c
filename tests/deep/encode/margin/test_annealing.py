"""The annealing of SphereFace and L-Softmax: its law, and that it is resumed where it was."""

import pytest
import torch

from eigen2arc.deep.encode.margin.annealing import Annealing


def lam(annealing: Annealing) -> float:
    """From the blend of 1 and 0, lambda / (1 + lambda)."""
    share = float(annealing(torch.tensor(1.0, dtype=torch.float64), torch.tensor(0.0, dtype=torch.float64)))
    return share / (1 - share)


def test_lambda_falls_by_its_law_to_its_least() -> None:
    annealing = Annealing(1000.0, 0.12, 1.0, 5.0)
    for iteration in range(1, 2000):
        expected = max(5.0, 1000.0 / (1 + 0.12 * iteration))
        assert lam(annealing) == pytest.approx(expected, rel=1e-9)
    assert expected == 5.0


def test_the_power_is_the_whole_factors() -> None:
    annealing = Annealing(10.0, 0.5, 2.0, 0.0)
    assert [lam(annealing) for _ in range(2)] == pytest.approx([10 / 1.5**2, 10 / 2.0**2])


def test_evaluation_does_not_count_and_a_state_goes_on() -> None:
    annealing, resumed = Annealing(100.0, 1.0, 1.0, 0.0), Annealing(100.0, 1.0, 1.0, 0.0)
    for _ in range(3):
        lam(annealing)
    resumed.load_state_dict(annealing.state_dict())
    assert lam(resumed.eval()) == lam(resumed) == pytest.approx(25)
    assert lam(resumed.train()) == pytest.approx(20)


def test_in_the_end_only_the_least_is_left() -> None:
    plain, margin = torch.tensor([1.0]), torch.tensor([-2.0])
    assert float(Annealing(1000.0, 0.12, 1.0, 5.0).final(plain, margin)) == pytest.approx((5 - 2) / 6)
