"""SSH's modules, channel by channel as in the paper, and what its network computes, layer by layer."""

import torch
from torch import Tensor
from torch.nn import functional as F

from eigen2arc.core.plugins import build
from eigen2arc.deep.detect.single_shot.anchors.anchors import anchors
from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE
from eigen2arc.deep.detect.single_shot.networks.ssh import Ssh


def channels(network: Ssh, layer: str) -> tuple[int, int]:
    conv = network.get_submodule(layer)
    conv = conv if isinstance(conv, torch.nn.Conv2d) else conv.conv
    assert isinstance(conv, torch.nn.Conv2d)
    return conv.in_channels, conv.out_channels


def test_the_modules_have_the_papers_channels() -> None:
    with torch.device("meta"):
        network = build("detector_network", "ssh")
    assert channels(network, "reduce4") == channels(network, "reduce5") == (512, 128)
    assert channels(network, "fuse") == (128, 128)
    for module, (c_in, x) in enumerate(((128, 64), (512, 128), (512, 128))):
        context = f"contexts.{module}"
        assert channels(network, f"{context}.window3") == (c_in, 2 * x)
        assert channels(network, f"{context}.first3") == (c_in, x)
        assert {channels(network, f"{context}.{name}") for name in ("window5", "second3", "window7")} == {(x, x)}
        assert channels(network, f"heads.{module}.logits") == (4 * x, 4)
        assert channels(network, f"heads.{module}.boxes") == (4 * x, 8)
        assert channels(network, f"heads.{module}.points") == (4 * x, 20)


def test_without_the_points_it_has_as_many_parameters_as_the_authors() -> None:
    # The authors' network as MXNet's: 19.7684 million, 128 bilinear kernels of 4 x 4 among them, which are none here.
    with torch.device("meta"):
        parameters = {name: p.numel() for name, p in build("detector_network", "ssh").named_parameters()}
    points = sum(n for name, n in parameters.items() if ".points." in name)
    assert round((sum(parameters.values()) - points + 128 * 4 * 4) / 1e6, 4) == 19.7684
    assert 1.2e6 < sum(p.numel() for p in build("detector_network", "ssh025").parameters()) < 1.3e6


def conv(s: dict[str, Tensor], key: str, x: Tensor) -> Tensor:
    weight = s[f"{key}.weight"]
    return F.conv2d(x, weight, s[f"{key}.bias"], padding=weight.shape[2] // 2)


def slow(s: dict[str, Tensor], x: Tensor) -> list[Tensor]:
    """From the state dict, following figures 2 to 4."""
    x, maps = x / 57.6, []
    for block in ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)):
        x = F.max_pool2d(x, 2, ceil_mode=True) if maps else x
        for number in block:
            x = conv(s, f"body.features.{number}", x).relu()
        maps.append(x)
    conv4, conv5 = maps[3:]
    above = F.interpolate(conv(s, "reduce5.conv", conv5).relu(), scale_factor=2, mode="bilinear")
    fused = above[..., : conv4.shape[2], : conv4.shape[3]] + conv(s, "reduce4.conv", conv4).relu()
    rows: list[list[Tensor]] = [[], [], []]
    for m, x in enumerate((conv(s, "fuse.conv", fused).relu(), conv5, F.max_pool2d(conv5, 2, ceil_mode=True))):
        shared = conv(s, f"contexts.{m}.first3.conv", x).relu()
        seven = conv(s, f"contexts.{m}.second3.conv", shared).relu()
        windows = conv(s, f"contexts.{m}.window3.conv", x), conv(s, f"contexts.{m}.window5.conv", shared)
        seen = torch.cat([*windows, conv(s, f"contexts.{m}.window7.conv", seven)], dim=1).relu()
        for part, (name, width) in enumerate((("logits", 2), ("boxes", 4), ("points", 10))):
            said = conv(s, f"heads.{m}.{name}", seen)
            rows[part].append(said.permute(0, 2, 3, 1).reshape(len(said), -1, width))
    return [torch.cat(parts, dim=1) for parts in rows]


@torch.inference_mode()
def test_it_computes_what_the_figures_show() -> None:
    torch.manual_seed(2)
    network = Ssh(0.125, normalized=False).eval()
    x = torch.randn(2, 3, 65, 97) * 60
    for got, expected in zip(network(x), slow(dict(network.state_dict()), x), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


def test_an_anchor_is_a_faces_from_an_overlap_of_a_half_on_and_only_then() -> None:
    scheme = Ssh.scheme
    grid = anchors(64, 64, scheme.levels)
    exact, half, third = ([[12.0, 12, 28, 12 + height]] for height in (16, 8.01, 6.4))  # of the anchor at 20, 20
    at = (grid == torch.tensor([20.0, 20, 16, 16])).all(dim=1)
    for faces, wanted in ((exact, 0), (half, 0), (third, IGNORED), ([[12.0, 12, 28, 15]], NEGATIVE)):
        matched = scheme.match(torch.tensor(faces), grid)
        assert matched[at].tolist() == [wanted]
        assert (matched >= 0).any() == (wanted == 0)
