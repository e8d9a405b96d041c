"""The body against torchvision's VGG, whose weights it takes."""

import pytest
import torch
from torch import nn
from torchvision.models.vgg import cfgs, make_layers

from eigen2arc.deep.detect.single_shot.networks.vgg import CHANNELS, DEVIATION, D, E, Vgg


@pytest.mark.parametrize(("blocks", "table"), [(D, "D"), (E, "E")])
def test_torchvisions_layers_are_these(blocks: tuple[int, ...], table: str) -> None:
    theirs = make_layers(cfgs[table])
    with torch.device("meta"):  # shapes without weights
        ours = Vgg(blocks, 1.0, normalized=False)
    wanted = {f"features.{name}": tensor.shape for name, tensor in theirs.state_dict().items()}
    assert {name: tensor.shape for name, tensor in ours.state_dict().items()} == wanted


@torch.inference_mode()
def test_with_torchvisions_weights_it_says_the_same() -> None:
    torch.manual_seed(3)
    theirs = make_layers(cfgs["D"])[:30]  # up to the last ReLU
    ours = Vgg(D, 1.0, normalized=False)
    ours.load_state_dict({f"features.{name}": tensor for name, tensor in theirs.state_dict().items()})
    x = torch.randn(1, 3, 32, 48) * 60
    maps = ours(x)
    torch.testing.assert_close(maps[4], theirs(x / DEVIATION), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(maps[3], theirs[:23](x / DEVIATION), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [(64, 48), (33, 71), (1, 17)])
@torch.inference_mode()
def test_maps_are_halved_and_rounded_up(size: tuple[int, int]) -> None:
    body = Vgg(E[:4], 1 / 8, normalized=True).eval()
    maps = body(torch.zeros(2, 3, *size))
    assert body.channels == (8, 16, 32, 64)
    for block, found in enumerate(maps):
        assert found.shape == (2, CHANNELS[block] // 8, *(-(-side // 2**block) for side in size))


@torch.inference_mode()
def test_signals_keep_their_size_from_the_start() -> None:
    torch.manual_seed(1)
    spread = [float(found.std()) for found in Vgg(D, 0.25, normalized=False)(torch.randn(2, 3, 64, 64) * 57)]
    assert min(spread) > 0.1 and max(spread) < 10


def test_normalised_layers_are_in_torchvisions_places() -> None:
    body, theirs = Vgg(D, 0.125, normalized=True), make_layers(cfgs["D"], batch_norm=True)
    assert [type(layer) for layer in body.features] == [
        type(layer) for layer in theirs[:-1]
    ]  # but for the last pooling
    assert all(layer.bias is None for layer in body.features if isinstance(layer, nn.Conv2d))
