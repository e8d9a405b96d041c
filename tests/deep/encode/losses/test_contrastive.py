"""DeepID2's two signals against loops over equations (2) and (3), and the pairs against pytorch-metric-learning."""

import math

import numpy as np
import pytest
import torch
from pytorch_metric_learning import losses, reducers
from torch.nn import functional as F

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.losses.contrastive import Contrastive


def contrastive(**settings: float) -> Contrastive:
    torch.manual_seed(0)
    loss: Contrastive = build("loss", "contrastive", embedding_size=5, classes=4, **settings)
    return loss.double()


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    x = 3 * torch.randn(14, 5, generator=generator, dtype=torch.float64)
    return x, torch.randint(0, 4, (14,), generator=generator)


def slow_ident(x: np.ndarray, labels: list[int], weight: np.ndarray, bias: np.ndarray) -> float:
    total = 0.0
    for f, label in zip(x, labels, strict=True):
        exponents = [math.exp(float(w @ f) + float(b)) for w, b in zip(weight, bias, strict=True)]
        total -= math.log(exponents[label] / sum(exponents))
    return total / len(labels)


def slow_verif(x: np.ndarray, labels: list[int], m: float) -> float:
    same, different = [], []
    for i in range(len(x)):
        for j in range(i):
            d = float(np.linalg.norm(x[i] / np.linalg.norm(x[i]) - x[j] / np.linalg.norm(x[j])))
            if labels[i] == labels[j]:
                same.append(d**2 / 2)
            else:
                different.append(max(0.0, m - d) ** 2 / 2)
    return sum(same) / len(same) + sum(different) / len(different)


@pytest.mark.parametrize(("weight", "margin"), [(1.0, 1.0), (0.05, 1.7), (0.0, 0.3)])
def test_it_is_ident_and_lambda_times_verif(
    batch: tuple[torch.Tensor, torch.Tensor], weight: float, margin: float
) -> None:
    loss, (x, labels) = contrastive(verification_weight=weight, margin=margin), batch
    with torch.no_grad():
        loss.bias.normal_()
    ident = slow_ident(x.numpy(), labels.tolist(), loss.weight.detach().numpy(), loss.bias.detach().numpy())
    expected = ident + weight * slow_verif(x.numpy(), labels.tolist(), margin)
    assert loss(x, labels).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("margin", [0.5, 1.0, 1.9])
def test_pairs_agree_with_pytorch_metric_learning(batch: tuple[torch.Tensor, torch.Tensor], margin: float) -> None:
    """Theirs are the hinges before they are squared, (2) and (3) in the form of Hadsell et al."""
    x, labels = batch
    theirs = losses.ContrastiveLoss(neg_margin=margin, reducer=reducers.DoNothingReducer())(x, labels)
    halves = [theirs[part]["losses"].square().mean() / 2 for part in ("pos_loss", "neg_loss")]
    torch.testing.assert_close(contrastive(margin=margin).verification(x, labels), sum(halves), rtol=0, atol=1e-6)


def test_without_pairs_it_identifies_only() -> None:
    loss, x = contrastive(), torch.randn(1, 5, dtype=torch.float64)
    labels = torch.tensor([2])
    expected = F.cross_entropy(F.linear(x, loss.weight, loss.bias), labels)
    torch.testing.assert_close(loss(x, labels), expected, rtol=0, atol=0)


def test_the_ends_of_the_scale() -> None:
    """One person's two faces opposite each other, and two people's in one place."""
    x = torch.tensor([[1.0, 0, 0, 0, 0], [-1, 0, 0, 0, 0]], dtype=torch.float64)
    opposite = contrastive(margin=1.5).verification(x, torch.tensor([1, 1]))
    in_one_place = contrastive(margin=1.5).verification(x.abs(), torch.tensor([0, 1]))
    assert (opposite.item(), in_one_place.item()) == (4 / 2, 1.5**2 / 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"verification_weight": -1.0}, "verification_weight"), ({"margin": 0.0}, "margin"), ({"margin": 2.1}, "2.1")],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        contrastive(**settings)
