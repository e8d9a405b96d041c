"""Batch hard in its four forms against a loop over equation (5) and against pytorch-metric-learning."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_metric_learning import distances, losses, miners, reducers

from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.losses.batch_hard import BatchHard

FORMS = pytest.mark.parametrize(
    ("soft_margin", "squared"), [(True, False), (True, True), (False, False), (False, True)]
)


def batch_hard(**settings: Any) -> BatchHard:
    loss: BatchHard = build("loss", "batch_hard", embedding_size=5, classes=4, **settings)
    return loss


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    x = 3 * torch.randn(14, 5, generator=generator, dtype=torch.float64)
    return x, torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 0])  # of person 3 there is one face only


def slow_loss(x: np.ndarray, labels: list[int], soft_margin: bool, squared: bool, m: float) -> float:
    """Equation (5), one anchor at a time."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    terms = []
    for a, person in enumerate(labels):
        d = [float(((x[a] - other) ** 2).sum()) ** (1 if squared else 0.5) for other in x]
        positives = [d[p] for p in range(len(x)) if p != a and labels[p] == person]
        negatives = [d[n] for n in range(len(x)) if labels[n] != person]
        if positives:
            gap = max(positives) - min(negatives)
            terms.append(math.log(1 + math.exp(gap)) if soft_margin else max(0.0, m + gap))
    return sum(terms) / len(terms)


@FORMS
def test_it_is_equation_5(batch: tuple[torch.Tensor, torch.Tensor], soft_margin: bool, squared: bool) -> None:
    x, labels = batch
    expected = slow_loss(x.numpy(), labels.tolist(), soft_margin, squared, 0.3)
    loss = batch_hard(soft_margin=soft_margin, squared=squared, margin=0.3)
    assert loss(x, labels).item() == pytest.approx(expected, rel=1e-9)


@FORMS
def test_it_agrees_with_pytorch_metric_learning(
    batch: tuple[torch.Tensor, torch.Tensor], soft_margin: bool, squared: bool
) -> None:
    x, labels = batch
    theirs = losses.TripletMarginLoss(
        margin=0.0 if soft_margin else 0.3,
        smooth_loss=soft_margin,
        distance=distances.LpDistance(power=2 if squared else 1),
        reducer=reducers.MeanReducer(),
    )
    expected = theirs(x, labels, miners.BatchHardMiner()(x, labels))
    ours = batch_hard(soft_margin=soft_margin, squared=squared, margin=0.3)(x, labels)
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-6)


@FORMS
def test_at_distance_0_value_and_gradients_are_finite(soft_margin: bool, squared: bool) -> None:
    x = torch.ones(4, 5, requires_grad=True)
    value = batch_hard(soft_margin=soft_margin, squared=squared, margin=0.3)(x, torch.tensor([0, 0, 1, 1]))
    value.backward()
    assert value.item() == pytest.approx(math.log(2) if soft_margin else 0.3)
    assert x.grad is not None and torch.isfinite(x.grad).all()


@FORMS
@pytest.mark.parametrize("labels", [[1, 1, 1], [0, 1, 2]])
def test_without_a_triplet_it_is_0_and_so_is_its_gradient(soft_margin: bool, squared: bool, labels: list[int]) -> None:
    x = torch.randn(3, 5, requires_grad=True)
    value = batch_hard(soft_margin=soft_margin, squared=squared)(x, torch.tensor(labels))
    value.backward()
    assert value == 0 and x.grad is not None and not x.grad.any()


def test_the_soft_margin_goes_on_pulling() -> None:
    """Where the hinge is content: two people opposite each other."""
    x = torch.tensor([[1.0, 0.1], [1, 0], [-1, 0], [-1, 0.1]])
    labels = torch.tensor([0, 0, 1, 1])
    assert batch_hard(soft_margin=False)(x, labels) == 0 < batch_hard(soft_margin=True)(x, labels)
