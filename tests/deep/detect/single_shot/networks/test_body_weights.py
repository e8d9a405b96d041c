"""Torchvision's weights become the body's, and others are refused."""

from pathlib import Path

import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers

from eigen2arc.core.errors import UserError
from eigen2arc.deep.detect.single_shot.networks.body_weights import start_body
from eigen2arc.deep.detect.single_shot.networks.variants import make


@pytest.fixture(scope="module")
def vgg16(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As torchvision writes it: the features, and what follows on them."""
    torch.manual_seed(4)
    state = {f"features.{name}": tensor for name, tensor in make_layers(cfgs["D"]).state_dict().items()}
    path = tmp_path_factory.mktemp("weights") / "vgg16.pth"
    torch.save(state | {"classifier.0.weight": torch.zeros(3, 3)}, path)
    return path


def test_sshs_body_is_vgg16s(vgg16: Path) -> None:
    network = make("ssh", "ssh")
    fuse = network.get_submodule("fuse.conv").weight.clone()
    start_body(network, vgg16)
    state = torch.load(vgg16, weights_only=True)
    for name, tensor in network.get_submodule("body").state_dict().items():
        assert torch.equal(tensor, state[name])
    assert torch.equal(network.get_submodule("fuse.conv").weight, fuse)


@pytest.mark.parametrize(
    ("variant", "detector", "message"),
    [
        ("ssh0.25", "ssh", r"vgg16\.pth: lacks features"),
        ("mobilenet0.25", "retinaface", r"vgg16\.pth: lacks"),
        ("slim", "retinaface", "body_weights: .* this variant has no body"),
    ],
)
def test_a_body_of_another_kind_is_refused(vgg16: Path, variant: str, detector: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        start_body(make(variant, detector), vgg16)
