"""The forward of the margin losses, step by step, with all that a loss can change in it."""

import pytest
import torch

from eigen2arc.deep.ops.cosines import cosines
from eigen2arc.deep.ops.margin_softmax import CosineMargin, MarginSoftmax


class Everything(MarginSoftmax):
    """Changes whatever can be changed."""

    def quality(self, embeddings: torch.Tensor) -> torch.Tensor:
        return embeddings.norm(dim=1)

    def class_cosines(self, embeddings: torch.Tensor) -> torch.Tensor:
        return super().class_cosines(embeddings) / 2

    def harder(self, true: torch.Tensor, quality: torch.Tensor) -> torch.Tensor:
        return true - quality

    def others(self, cos: torch.Tensor, harder: torch.Tensor) -> torch.Tensor:
        return cos + harder[:, None]

    def radius(self, embeddings: torch.Tensor) -> torch.Tensor:
        return embeddings[:, :1]

    def regulariser(self, quality: torch.Tensor) -> torch.Tensor:
        return quality.sum()


class Squared(CosineMargin):
    def add_margin(self, cos: torch.Tensor) -> torch.Tensor:
        return cos.square()


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), torch.tensor([4, 0, 2])


def cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return torch.stack([row.logsumexp(0) - row[label] for row, label in zip(logits, labels, strict=True)]).mean()


def test_cosines(batch: tuple[torch.Tensor, torch.Tensor]) -> None:
    weight = torch.randn(5, 4, dtype=torch.float64)
    cos = cosines(7 * batch[0], 0.1 * weight)
    torch.testing.assert_close(cos, torch.cosine_similarity(batch[0][:, None], weight[None], dim=2))


def test_the_true_classs_cosine_alone_is_replaced(batch: tuple[torch.Tensor, torch.Tensor]) -> None:
    loss, (x, labels) = Squared(4, 5, scale=8.0).double(), batch
    logits = 8 * torch.cosine_similarity(x[:, None], loss.weight[None], dim=2)
    for n, label in enumerate(labels):
        logits[n, label] = 8 * (logits[n, label] / 8) ** 2
    torch.testing.assert_close(loss(x, labels), cross_entropy(logits, labels))
    theta = torch.linspace(0, torch.pi, 7)
    torch.testing.assert_close(loss.target_logit(theta), theta.cos() ** 2)


def test_each_part_can_be_changed(batch: tuple[torch.Tensor, torch.Tensor]) -> None:
    loss, (x, labels) = Everything(4, 5, scale=8.0).double(), batch
    lengths = x.norm(dim=1)
    logits = torch.cosine_similarity(x[:, None], loss.weight[None], dim=2) / 2
    for n, label in enumerate(labels):
        harder = logits[n, label] - lengths[n]
        logits[n] = x[n, 0] * (logits[n] + harder)
        logits[n, label] = x[n, 0] * harder
    torch.testing.assert_close(loss(x, labels), cross_entropy(logits, labels) + lengths.sum())
