"""The networks' shapes, what their coarser parts see, and their files."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.deep.detect.cascade_cnn.networks import SIZES_PX, Features24, Features48, Networks, load_networks
from eigen2arc.deep.weights_io.checkpoint import save

CPU = torch.device("cpu")


def picture(size_px: int, n: int = 3) -> Tensor:
    return torch.rand((n, 3, size_px, size_px), generator=torch.Generator().manual_seed(size_px))


@pytest.mark.parametrize("n", [0, 1, 3])
def test_two_logits_from_the_detection_and_45_from_the_calibration_nets(n: int) -> None:
    networks = Networks.new()
    for net, calibration, size_px in zip(networks[::2], networks[1::2], SIZES_PX, strict=True):
        assert net(picture(size_px, n)).shape == (n, 2)
        assert calibration(picture(size_px, n)).shape == (n, 45)


@pytest.mark.parametrize(("features", "size_px", "own"), [(Features24(), 24, 128), (Features48(), 48, 256)])
def test_the_coarser_part_sees_the_mean_of_two_by_two_pixels(
    features: Features24 | Features48, size_px: int, own: int
) -> None:
    x = picture(size_px)
    half = torch.zeros(3, 3, size_px // 2, size_px // 2)
    for row in range(2):
        for column in range(2):
            half += x[:, :, row::2, column::2] / 4
    y = features(x)
    assert y.shape == (3, features.width)
    torch.testing.assert_close(y[:, own:], features.coarse(half))
    torch.testing.assert_close(y[:, :own], features.layers(x))


def test_the_12_net_on_a_whole_picture_is_the_12_net_on_every_fourth_window() -> None:
    """Section 3.2.1: its first layers may run over the whole picture."""
    net = Networks.new().net12
    layers, last = net.features.layers, net.last
    assert isinstance(layers[1], nn.Sequential) and isinstance(layers[1][1], nn.Linear)
    dense = layers[1][1]
    x = torch.rand((1, 3, 30, 41), generator=torch.Generator().manual_seed(5))
    maps = nn.functional.conv2d(layers[0](x), dense.weight.view(16, 16, 4, 4), dense.bias, stride=2).relu()
    whole = nn.functional.conv2d(maps, last.weight[:, :, None, None], last.bias)[0]
    assert whole.shape[1:] == ((30 - 12) // 4 + 1, (41 - 12) // 4 + 1)
    for row in range(whole.shape[1]):
        for column in range(whole.shape[2]):
            window = x[:, :, 4 * row : 4 * row + 12, 4 * column : 4 * column + 12]
            torch.testing.assert_close(net(window)[0], whole[:, row, column], atol=1e-5, rtol=1e-4)


def test_the_24_net_begins_where_the_12_net_ended() -> None:
    networks = Networks.new()
    networks.net24.begin_with(networks.net12)
    x = picture(12)
    torch.testing.assert_close(networks.net24.features.get_submodule("coarse")(x), networks.net12.features(x))


def test_a_folder_of_weights_is_read_and_one_that_lacks_a_network_refused(tmp_path: Path) -> None:
    networks = Networks.new()
    for name, network in zip(Networks._fields[:5], networks[:5], strict=True):
        save(tmp_path / name / "best.safetensors", network.state_dict(), {})
    with pytest.raises(UserError, match=r"calibration48.best\.safetensors: cannot be read"):
        load_networks(tmp_path, CPU)
    save(tmp_path / "calibration48/best.safetensors", networks.calibration48.state_dict(), {})
    for network, read, size_px in zip(networks, load_networks(tmp_path, CPU), (12, 12, 24, 24, 48, 48), strict=True):
        assert torch.equal(network(picture(size_px)), read(picture(size_px)))
        assert not read.training
