"""What every backbone keeps: crops to vectors, row by row, a size of its choice, gradients everywhere."""

import pytest
import torch

from eigen2arc.core.plugins import build, plugins

pytestmark = pytest.mark.parametrize("name", list(plugins("backbone")))


def made(name: str, embedding_size: int = 16) -> torch.nn.Module:
    torch.manual_seed(0)
    backbone: torch.nn.Module = build("backbone", name, embedding_size=embedding_size)
    return backbone


def crops(backbone: torch.nn.Module, n: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(n, 3, backbone.size_px, backbone.size_px, generator=generator) * 2 - 1


@pytest.mark.parametrize("embedding_size", [16, 24])
def test_crops_become_vectors_of_the_wanted_length(name: str, embedding_size: int) -> None:
    backbone = made(name, embedding_size)
    assert backbone.embedding_size == embedding_size
    vectors = backbone(crops(backbone, 2))
    assert vectors.shape == (2, embedding_size) and vectors.dtype == torch.float32 and torch.isfinite(vectors).all()


def test_in_use_a_vector_depends_on_its_crop_only(name: str) -> None:
    backbone = made(name).eval()
    x = crops(backbone, 3)
    with torch.no_grad():
        together = backbone(x)
        alone = torch.cat([backbone(x[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)
    assert (together[0] - together[1]).abs().max() > 1e-3


def test_every_weight_takes_part(name: str) -> None:
    backbone = made(name)
    backbone(crops(backbone, 4)).square().sum().backward()
    idle = [key for key, p in backbone.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert idle == []


def test_the_same_seed_makes_the_same_weights(name: str) -> None:
    first, second = made(name).state_dict(), made(name).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)
