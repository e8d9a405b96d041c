"""What every backbone keeps: crops to vectors, row by row, a size of its choice, gradients everywhere."""

from typing import Any

import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build, plugins

pytestmark = pytest.mark.parametrize("name", list(plugins("backbone")))

#: Settings that keep a network small; without an entry it is tested as it comes.
CASES: dict[str, dict[str, Any]] = {
    "densenet": {"size_px": 32},
    "inception_resnet": {"size_px": 80},
    "iresnet": {"size_px": 32, "layers": 18},
    "mobilefacenet": {"size_px": 32, "width": 0.25},
    "mobilenet_v2": {"size_px": 32, "width": 0.25},
    "resnet": {"size_px": 32, "layers": 18},
    "shufflenet": {"size_px": 32, "width": 0.5},
}


def made(name: str, embedding_size: int = 16) -> torch.nn.Module:
    torch.manual_seed(0)
    backbone: torch.nn.Module = build("backbone", name, embedding_size=embedding_size, **CASES.get(name, {}))
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
    backbone = settled(name).double()  # of a few crops a channel may vary little, which magnifies rounding
    x = crops(backbone, 3).double()
    with torch.no_grad():
        together = backbone(x)
        alone = torch.cat([backbone(x[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(together, alone, rtol=1e-9, atol=1e-9)
    assert (together[0] - together[1]).abs().max() > 1e-3


def settled(name: str) -> torch.nn.Module:
    """A backbone in evaluation mode, after one batch has told its normalisations what to expect."""
    backbone = made(name)
    for module in backbone.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = None  # the mean of all batches seen: of this one
    with torch.no_grad():
        backbone(crops(backbone, 8))
    return backbone.eval()


def test_the_layout_in_memory_does_not_matter(name: str) -> None:
    """Training and use hand over colours that lie last in memory; see embed.network_input."""
    backbone = settled(name).double()
    x = crops(backbone, 2).double()
    with torch.no_grad():
        last = backbone(x.contiguous(memory_format=torch.channels_last))
        torch.testing.assert_close(last, backbone(x), rtol=1e-9, atol=1e-9)


def test_every_weight_takes_part(name: str) -> None:
    """In evaluation mode: batch statistics would take a bias before them out again."""
    backbone = settled(name)
    vectors = backbone(crops(backbone, 4))
    (vectors * torch.randn(vectors.shape, generator=torch.Generator().manual_seed(2))).sum().backward()
    learned = {key: p for key, p in backbone.named_parameters() if p.requires_grad}
    assert len(learned) > 10
    assert [key for key, p in learned.items() if p.grad is None or not p.grad.abs().sum() > 0] == []


def test_the_same_seed_makes_the_same_weights(name: str) -> None:
    first, second = made(name).state_dict(), made(name).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("size_px", [0, 8, -112, 50.5])
def test_crops_that_are_too_small_are_refused(name: str, size_px: int) -> None:
    with pytest.raises(UserError, match=f"size_px = {size_px}: expected "):
        build("backbone", name, size_px=size_px)
