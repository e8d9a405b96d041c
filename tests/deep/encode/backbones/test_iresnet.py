"""IResNet against its published sizes, and its block against the layers written out."""

import pytest
import torch
from torch.nn import functional as F

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


def parameters_by_formula(blocks: tuple[int, ...], embedding_size: int, side: int) -> int:
    """Convolutions without bias, two numbers per channel of a normalisation, one of a PReLU."""
    total = 3 * 9 * 64 + 2 * 64 + 64  # the stem
    c_in = 64
    for c, n in zip((64, 128, 256, 512), blocks, strict=True):
        total += c_in * c + 2 * c  # the first block's shortcut
        for i in range(n):
            first = c_in if i == 0 else c
            total += 2 * first + 9 * first * c + 2 * c + c + 9 * c * c + 2 * c
        c_in = c
    return total + 2 * 512 + (512 * side * side + 1) * embedding_size + 2 * embedding_size


@pytest.mark.parametrize(
    ("layers", "blocks", "millions"),
    [(18, (2, 2, 2, 2), 24.03), (34, (3, 4, 6, 3), 34.14), (50, (3, 4, 14, 3), 43.59), (100, (3, 13, 30, 3), 65.16)],
)
def test_it_has_the_published_number_of_parameters(layers: int, blocks: tuple[int, ...], millions: float) -> None:
    with torch.device("meta"):  # shapes without memory
        parameters = sum(p.numel() for p in build("backbone", "iresnet", layers=layers).parameters())
    assert parameters == parameters_by_formula(blocks, 512, 7)
    assert round(parameters / 1e6, 2) == millions


def test_the_stages_halve_the_map_four_times() -> None:
    backbone, shapes = build("backbone", "iresnet", layers=18, size_px=48).eval(), []
    for stage in ("prelu", "layer1", "layer2", "layer3", "layer4"):
        getattr(backbone, stage).register_forward_hook(lambda _m, _i, output: shapes.append(tuple(output.shape[1:])))
    with torch.no_grad():
        backbone(torch.zeros(1, 3, 48, 48))
    assert shapes == [(64, 48, 48), (64, 24, 24), (128, 12, 12), (256, 6, 6), (512, 3, 3)]


@pytest.mark.parametrize("place", [0, 1])
def test_a_block_is_its_layers_in_turn(place: int) -> None:
    """By the state dict's names and torch's functions; the first block of a stage projects its input, too."""
    torch.manual_seed(3)
    block = build("backbone", "iresnet", layers=18, size_px=16).layer2[place].eval()
    with torch.no_grad():
        for tensor in block.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(0.1, 1)
    w = block.state_dict()
    x = torch.randn(2, w["bn1.weight"].numel(), 6, 6)

    def normalised(name: str, y: torch.Tensor) -> torch.Tensor:
        mean, var, gain, bias = (
            w[f"{name}.{k}"][:, None, None] for k in ("running_mean", "running_var", "weight", "bias")
        )
        return (y - mean) / (var + 1e-5).sqrt() * gain + bias

    stride = 2 if place == 0 else 1
    y = normalised("bn2", F.conv2d(normalised("bn1", x), w["conv1.weight"], padding=1))
    y = torch.where(y > 0, y, w["prelu.weight"][:, None, None] * y)
    y = normalised("bn3", F.conv2d(y, w["conv2.weight"], stride=stride, padding=1))
    beside = normalised("downsample.1", F.conv2d(x, w["downsample.0.weight"], stride=2)) if place == 0 else x
    with torch.no_grad():
        torch.testing.assert_close(block(x), y + beside, rtol=1e-4, atol=1e-4)


def test_in_training_every_number_keeps_a_spread_of_one() -> None:
    torch.manual_seed(0)
    backbone = build("backbone", "iresnet", layers=18, size_px=16, embedding_size=8)
    vectors = backbone(torch.randn(16, 3, 16, 16))
    torch.testing.assert_close(vectors.std(dim=0, correction=0), torch.ones(8), rtol=1e-3, atol=0)
    assert not backbone.features.weight.requires_grad


def test_dropout_acts_in_training_only() -> None:
    torch.manual_seed(0)
    backbone = build("backbone", "iresnet", layers=18, size_px=16, dropout=0.5)
    x = torch.randn(4, 3, 16, 16)
    with torch.no_grad():
        assert not torch.equal(backbone(x), backbone(x))
        assert torch.equal(backbone.eval()(x), backbone(x))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"layers": 42}, "layers = 42: expected one of 18, 34, 50, 100"),
        ({"dropout": 1}, "dropout = 1: expected a number of at least 0 and below 1"),
        ({"size_px": 100}, "size_px = 100: expected .* divisible by 16"),
    ],
)
def test_mistakes_are_told(setting: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        build("backbone", "iresnet", **setting)
