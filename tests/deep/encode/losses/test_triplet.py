"""FaceNet's triplet loss against a loop over equation (3) and against pytorch-metric-learning."""

from typing import Any

import numpy as np
import pytest
import torch
from pytorch_metric_learning import distances, losses

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.losses.triplet import Triplet

MINERS = ("all_triplets", "batch_hard", "semi_hard")


def triplet(**settings: Any) -> Triplet:
    loss: Triplet = build("loss", "triplet", embedding_size=5, classes=4, **settings)
    return loss


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    x = 3 * torch.randn(14, 5, generator=generator, dtype=torch.float64)
    return x, torch.randint(0, 4, (14,), generator=generator)


def slow_loss(x: np.ndarray, labels: list[int], alpha: float, miner: str) -> float:
    """Equation (3) of the triplets that the miner is to choose, over those inside the margin."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    people = range(len(x))
    d2 = [[float(((x[i] - x[j]) ** 2).sum()) for j in people] for i in people]
    violations = []
    for a in people:
        positives = [d2[a][p] for p in people if p != a and labels[p] == labels[a]]
        negatives = [d2[a][n] for n in people if labels[n] != labels[a]]
        if not positives or not negatives:
            continue
        if miner == "batch_hard":
            pairs = [(max(positives), min(negatives))]
        elif miner == "semi_hard":
            pairs = [(p, min(beyond)) for p in positives if (beyond := [n for n in negatives if n > p])]
        else:
            pairs = [(p, n) for p in positives for n in negatives]
        violations += [p - n + alpha for p, n in pairs if p - n + alpha > 0]
    return sum(violations) / len(violations)


@pytest.mark.parametrize("alpha", [0.05, 0.2, 2.0])
@pytest.mark.parametrize("miner", MINERS)
def test_it_is_equation_3(batch: tuple[torch.Tensor, torch.Tensor], miner: str, alpha: float) -> None:
    x, labels = batch
    expected = slow_loss(x.numpy(), labels.tolist(), alpha, miner)
    assert triplet(margin=alpha, miner=miner)(x, labels).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("miner", MINERS)
def test_it_agrees_with_pytorch_metric_learning(batch: tuple[torch.Tensor, torch.Tensor], miner: str) -> None:
    x, labels = batch
    theirs = losses.TripletMarginLoss(margin=0.3, distance=distances.LpDistance(power=2))
    mined = None if miner == "all_triplets" else tuple(build("miner", miner)(x, labels))
    ours = triplet(margin=0.3, miner=miner)(x, labels)
    torch.testing.assert_close(ours, theirs(x, labels, mined), rtol=0, atol=1e-6)


def test_where_all_faces_have_fallen_together_it_is_the_margin() -> None:
    x = torch.ones(6, 5, requires_grad=True)
    value = triplet(margin=0.3, miner="all_triplets")(x, torch.tensor([0, 0, 1, 1, 2, 2]))
    value.backward()
    assert value.item() == pytest.approx(0.3) and x.grad is not None and torch.isfinite(x.grad).all()


def test_what_is_beyond_the_margin_does_not_count() -> None:
    x = torch.eye(5).repeat_interleave(2, dim=0)
    assert triplet(margin=1.0, miner="all_triplets")(x, torch.arange(5).repeat_interleave(2)) == 0


@pytest.mark.parametrize("miner", [*MINERS, "distance_weighted"])
@pytest.mark.parametrize("labels", [[1, 1, 1], [0, 1, 2]])
def test_without_a_triplet_it_is_0_and_so_is_its_gradient(miner: str, labels: list[int]) -> None:
    x = torch.randn(3, 5, requires_grad=True)
    value = triplet(miner=miner)(x, torch.tensor(labels))
    value.backward()
    assert value == 0 and x.grad is not None and not x.grad.any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"margin": 0.0}, "margin"), ({"margin": 4.0}, "below 4"), ({"miner": "semihard"}, "did you mean 'semi_hard'")],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        triplet(**settings)
