"""The margin loss against a loop and pytorch-metric-learning, and what moves its boundaries."""

from typing import Any

import numpy as np
import pytest
import torch
from pytorch_metric_learning import losses

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.losses.margin import Margin


def margin(**settings: Any) -> Margin:
    """With boundaries that differ from person to person."""
    loss: Margin = build("loss", "margin", embedding_size=5, classes=4, **{"miner": "all_triplets", **settings})
    with torch.no_grad():
        loss.beta += torch.tensor([0.0, 0.1, -0.2, 0.3])
    return loss.double()


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    x = 3 * torch.randn(14, 5, generator=generator, dtype=torch.float64)
    return x, torch.randint(0, 4, (14,), generator=generator)


def slow_loss(x: np.ndarray, labels: list[int], alpha: float, beta: list[float], nu: float) -> float:
    """Both pairs of every triplet, one at a time."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    people, total, wrong = range(len(x)), 0.0, 0
    for a in people:
        for p in people:
            for n in people:
                if a != p and labels[a] == labels[p] != labels[n]:
                    boundary = beta[labels[a]]
                    terms = [
                        max(0.0, alpha + y * (float(np.linalg.norm(x[a] - x[other])) - boundary))
                        for y, other in ((1, p), (-1, n))
                    ]
                    wrong += sum(term > 0 for term in terms)
                    total += sum(terms) + nu * boundary
    return total / wrong


@pytest.mark.parametrize(("alpha", "beta", "nu"), [(0.2, 1.2, 0.0), (0.1, 0.8, 0.05), (0.5, 1.5, 1.0)])
def test_it_is_the_hinge_of_both_pairs(
    batch: tuple[torch.Tensor, torch.Tensor], alpha: float, beta: float, nu: float
) -> None:
    loss, (x, labels) = margin(margin=alpha, beta=beta, nu=nu), batch
    expected = slow_loss(x.numpy(), labels.tolist(), alpha, loss.beta.tolist(), nu)
    assert loss(x, labels).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("alpha", "nu"), [(0.2, 0.0), (0.1, 0.05), (0.5, 1.0)])
def test_it_agrees_with_pytorch_metric_learning(
    batch: tuple[torch.Tensor, torch.Tensor], alpha: float, nu: float
) -> None:
    loss, (x, labels) = margin(margin=alpha, nu=nu), batch
    theirs = losses.MarginLoss(margin=alpha, nu=nu, learn_beta=True, num_classes=4).double()
    with torch.no_grad():
        theirs.beta.copy_(loss.beta)
    ours, expected = loss(x, labels), theirs(x, labels)
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-6)
    ours.backward()
    expected.backward()
    torch.testing.assert_close(loss.beta.grad, theirs.beta.grad, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("positive", "negative", "way"), [(1.5, 1.9, "up"), (0.1, 0.5, "down"), (0.1, 1.9, "nowhere")])
def test_the_boundary_moves_to_between_positives_and_negatives(positive: float, negative: float, way: str) -> None:
    """By descent; from 1.2, with one pair on the wrong side or none. The angle of a chord d is 2 asin(d / 2)."""
    angles = 2 * torch.tensor([0.0, positive / 2, -negative / 2], dtype=torch.float64).asin()
    x = torch.stack([angles.cos(), angles.sin()], dim=1)
    loss: Margin = build("loss", "margin", embedding_size=2, classes=2, miner="all_triplets")
    anchor_only = torch.tensor([0]), torch.tensor([1]), torch.tensor([2])
    loss.miner = lambda embeddings, labels: anchor_only
    loss(x, torch.tensor([0, 0, 1])).backward()
    assert loss.beta.grad is not None
    moves = -loss.beta.grad
    assert {"up": moves[0] > 0, "down": moves[0] < 0, "nowhere": moves[0] == 0}[way] and moves[1] == 0


def test_the_same_generator_draws_the_same_negatives(batch: tuple[torch.Tensor, torch.Tensor]) -> None:
    loss, values = margin(miner="distance_weighted"), []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        values.append(loss(*batch).item())
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize("miner", ["all_triplets", "distance_weighted"])
@pytest.mark.parametrize("labels", [[1, 1, 1], [0, 1, 2]])
def test_without_a_triplet_it_is_0_and_so_are_its_gradients(miner: str, labels: list[int]) -> None:
    loss, x = margin(miner=miner, nu=1.0), torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    value = loss(x, torch.tensor(labels))
    value.backward()
    assert value == 0 and x.grad is not None and loss.beta.grad is not None
    assert not x.grad.any() and not loss.beta.grad.any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"margin": 0.0}, "margin"),
        ({"beta": 2.5}, "beta"),
        ({"nu": -0.1}, "nu"),
        ({"miner": "distance"}, "no miner is called 'distance'"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        margin(**settings)
