"""Faces for the losses, and softmax done one sample and one class at a time."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

D, CLASSES, N = 5, 4, 24

#: The logits of one face: its vector, the centres, its label, to one logit a class.
Logits = Callable[[np.ndarray, np.ndarray, int], list[float]]
SlowLoss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Logits], float]


@pytest.fixture
def faces() -> tuple[torch.Tensor, torch.Tensor]:
    """(N, D) float64 of lengths from short to long, and (N,) labels in no order; every class has some."""
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(N, D, generator=generator, dtype=torch.float64)
    lengths = torch.linspace(0.3, 6, N, dtype=torch.float64)[:, None]
    return lengths * torch.nn.functional.normalize(x), torch.randint(0, CLASSES, (N,), generator=generator)


@pytest.fixture
def around(faces: tuple[torch.Tensor, torch.Tensor]) -> Callable[[torch.Tensor], torch.Tensor]:
    """around(weight) : the faces moved so that they lie at all angles to their centres, from near 0 to near pi."""
    x, labels = faces

    def move(weight: torch.Tensor) -> torch.Tensor:
        centre = torch.nn.functional.normalize(weight.detach()[labels])
        across = x - (x * centre).sum(dim=1, keepdim=True) * centre
        order = torch.randperm(N, generator=torch.Generator().manual_seed(3))
        theta = torch.linspace(0.05, math.pi - 0.05, N, dtype=torch.float64)[order, None]
        direction = theta.cos() * centre + theta.sin() * torch.nn.functional.normalize(across)
        return x.norm(dim=1, keepdim=True) * direction

    return move


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.fixture
def angle() -> Callable[[np.ndarray, np.ndarray], float]:
    """In radians, between two vectors."""
    return lambda a, b: math.acos(max(-1.0, min(1.0, cosine(a, b))))


def minus_log_softmax(logits: Sequence[float], label: int) -> float:
    top = max(logits)
    return top + math.log(sum(math.exp(z - top) for z in logits)) - logits[label]


@pytest.fixture
def slow_loss() -> SlowLoss:
    """slow_loss(x, weight, labels, logits) : the mean cross-entropy, in a loop."""

    def loop(x: torch.Tensor, weight: torch.Tensor, labels: torch.Tensor, logits: Logits) -> float:
        centres = weight.detach().numpy()
        rows = zip(x.detach().numpy(), labels.tolist(), strict=True)
        return sum(minus_log_softmax(logits(row, centres, label), label) for row, label in rows) / len(x)

    return loop
