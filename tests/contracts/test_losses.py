"""What every loss keeps: a finite scalar that knows no order, right gradients, and a network that learns from it."""

import pytest
import torch

from eigen2arc.core.plugins import build, plugins

pytestmark = pytest.mark.parametrize("name", list(plugins("loss")))

D, CLASSES = 6, 4


def made(name: str, dtype: torch.dtype = torch.float32) -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", name, embedding_size=D, classes=CLASSES)
    return loss.to(dtype)


def batch(n: int, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(n) % CLASSES
    return torch.randn(n, D, generator=generator, dtype=dtype, requires_grad=True), labels


def test_it_is_a_finite_scalar_with_finite_gradients(name: str) -> None:
    loss, (embeddings, labels) = made(name), batch(9)
    value = loss(embeddings, labels)
    value.backward()
    assert value.shape == () and torch.isfinite(value)
    for tensor in (embeddings, *loss.parameters()):
        assert tensor.grad is not None and torch.isfinite(tensor.grad).all() and tensor.grad.abs().sum() > 0


def test_the_gradient_is_that_of_the_value(name: str) -> None:
    loss, (embeddings, labels) = made(name, torch.float64), batch(5, torch.float64)
    parameters = list(loss.parameters())
    assert torch.autograd.gradcheck(lambda *tensors: loss(tensors[0], labels), (embeddings, *parameters))


def test_the_order_of_the_batch_does_not_matter(name: str) -> None:
    loss, (embeddings, labels) = made(name, torch.float64), batch(7, torch.float64)
    order = torch.tensor([3, 0, 6, 2, 5, 1, 4])
    torch.testing.assert_close(loss(embeddings[order], labels[order]), loss(embeddings, labels), rtol=0, atol=1e-12)


def test_half_precision_embeddings_are_taken(name: str) -> None:
    loss, (embeddings, labels) = made(name), batch(9)
    with torch.autocast("cpu", torch.bfloat16):
        value = loss(embeddings.bfloat16(), labels)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, loss(embeddings.bfloat16().float(), labels))


def gap(embeddings: torch.Tensor, labels: torch.Tensor) -> float:
    """How much more alike, in mean cosine, two faces of one person are than two of different people."""
    x = torch.nn.functional.normalize(embeddings.detach())
    cosine, same = x @ x.T, labels[:, None] == labels
    other = ~torch.eye(len(x), dtype=torch.bool)
    return float(cosine[same & other].mean() - cosine[~same].mean())


def test_descent_brings_a_persons_faces_together(name: str) -> None:
    loss, (embeddings, labels) = made(name), batch(16)
    before = gap(embeddings, labels)
    descent = torch.optim.Adam([embeddings, *loss.parameters()], lr=0.05)
    for _ in range(200):
        descent.zero_grad()
        loss(embeddings, labels).backward()
        descent.step()
    assert gap(embeddings, labels) > before + 0.5
