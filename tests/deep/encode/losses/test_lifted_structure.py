"""The lifted structure loss against a loop over equation (4), its bound, and pytorch-metric-learning."""

import math

import numpy as np
import pytest
import torch
from pytorch_metric_learning import distances, losses

from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.losses.lifted_structure import LiftedStructure


def lifted_structure(**settings: float) -> LiftedStructure:
    loss: LiftedStructure = build("loss", "lifted_structure", embedding_size=5, classes=4, **settings)
    return loss


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    x = 3 * torch.randn(14, 5, generator=generator, dtype=torch.float64)
    return x, torch.randint(0, 4, (14,), generator=generator)


def slow_loss(x: np.ndarray, labels: list[int], alpha: float, smooth: bool) -> float:
    """Equation (4), or where it is not to be smooth (3), one pair at a time."""
    people = range(len(x))
    d = [[float(np.linalg.norm(x[i] - x[j])) for j in people] for i in people]
    terms = []
    for i in people:
        for j in range(i + 1, len(x)):
            if labels[i] != labels[j]:
                continue
            pushes = [alpha - d[end][k] for end in (i, j) for k in people if labels[k] != labels[i]]
            push = math.log(sum(math.exp(z) for z in pushes)) if smooth else max(pushes)
            terms.append(max(0.0, push + d[i][j]) ** 2)
    return sum(terms) / (2 * len(terms))


@pytest.mark.parametrize("alpha", [0.2, 1.0, 2.0])
def test_it_is_equation_4(batch: tuple[torch.Tensor, torch.Tensor], alpha: float) -> None:
    x, labels = batch
    expected = slow_loss(x.numpy(), labels.tolist(), alpha, smooth=True)
    assert lifted_structure(margin=alpha)(x, labels).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 2.0])
def test_it_is_an_upper_bound_of_equation_3(batch: tuple[torch.Tensor, torch.Tensor], alpha: float) -> None:
    x, labels = batch
    assert lifted_structure(margin=alpha)(x, labels) > slow_loss(x.numpy(), labels.tolist(), alpha, smooth=False)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 2.0])
def test_it_agrees_with_pytorch_metric_learning(batch: tuple[torch.Tensor, torch.Tensor], alpha: float) -> None:
    x, labels = batch
    theirs = losses.LiftedStructureLoss(neg_margin=alpha, distance=distances.LpDistance(normalize_embeddings=False))
    expected = theirs(x, labels)
    torch.testing.assert_close(lifted_structure(margin=alpha)(x, labels), expected, rtol=0, atol=1e-6)


def test_one_pair_and_one_negative_by_hand() -> None:
    """D_ij = 0 and D_ik = D_jk = 1.5: J = log(2 exp(2 - 1.5))."""
    x = torch.tensor([[1.0, 0], [1, 0], [1, 1.5]], dtype=torch.float64, requires_grad=True)
    value = lifted_structure(margin=2.0)(x, torch.tensor([0, 0, 1]))
    value.backward()
    assert value.item() == pytest.approx((math.log(2) + 0.5) ** 2 / 2, rel=1e-12)
    assert x.grad is not None and torch.isfinite(x.grad).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("labels", [[1, 1, 1], [0, 1, 2]])
def test_without_a_triplet_it_is_0_and_so_is_its_gradient(dtype: torch.dtype, labels: list[int]) -> None:
    x = torch.randn(3, 5, dtype=dtype, requires_grad=True)
    value = lifted_structure()(x, torch.tensor(labels))
    with torch.autograd.set_detect_anomaly(True):  # no NaN on the way back either
        value.backward()
    assert value == 0 and x.grad is not None and not x.grad.any()
