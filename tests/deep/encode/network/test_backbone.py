"""torchvision's networks as backbones: their own forward and classifier give what body, mean and linear layer give."""

from typing import Any

import pytest
import torch
from torch import nn
from torchvision import models

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

#: plug-in, its settings, torchvision's network of the same layers, and where that keeps its classifier.
NETWORKS = [
    ("mobilenet_v2", {"width": 0.5}, lambda: models.mobilenet_v2(width_mult=0.5), "classifier"),
    ("resnet", {"layers": 18}, models.resnet18, "fc"),
    ("resnet", {"layers": 50}, models.resnet50, "fc"),
    ("densenet", {"layers": 121}, models.densenet121, "classifier"),
    ("shufflenet", {"width": 1}, models.shufflenet_v2_x1_0, "fc"),
    ("shufflenet", {"width": 0.5}, models.shufflenet_v2_x0_5, "fc"),
]


@pytest.mark.parametrize(("name", "settings", "whole", "classifier"), NETWORKS)
def test_it_is_torchvisions_network_with_another_last_layer(
    name: str, settings: dict[str, Any], whole: Any, classifier: str
) -> None:
    torch.manual_seed(0)
    backbone = build("backbone", name, embedding_size=8, size_px=48, **settings)
    with torch.no_grad():
        x = torch.randn(3, 3, 48, 48)
        backbone(x)  # so that the normalisations' means are not all 0
        backbone.eval()
        peer = whole().eval()
        body = [key for key in peer.state_dict() if not key.startswith(f"{classifier}.")]
        ours = list(backbone.body.state_dict().values())
        peer.load_state_dict(dict(zip(body, ours, strict=True)), strict=False)
        setattr(peer, classifier, nn.Identity())
        torch.testing.assert_close(backbone(x), backbone.features(peer(x) @ backbone.linear.weight.T))


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("mobilenet_v2", {"width": 0}, "mobilenet_v2: width = 0: expected a number above 0"),
        ("resnet", {"layers": 20}, "layers = 20: expected one of 18, 34, 50, 101, 152"),
        ("densenet", {"layers": 20}, "layers = 20: expected one of 121, 161, 169, 201"),
        ("shufflenet", {"width": 0.7}, "width = 0.7: expected one of 0.5, 1.0, 1.5, 2.0"),
        ("resnet", {"layers": 18, "size_px": 31}, "size_px = 31: expected a whole number from 32"),
        ("inception_resnet", {"size_px": 74}, "size_px = 74: expected a whole number from 75"),
        ("inception_resnet", {"dropout": 1}, "dropout = 1: expected a number of at least 0 and below 1"),
    ],
)
def test_mistakes_are_told(name: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        build("backbone", name, **settings)


@pytest.mark.parametrize("size_px", [75, 112])
def test_inception_resnet_is_facenets_before_its_lengths_are_taken_out(size_px: int) -> None:
    from facenet_pytorch import InceptionResnetV1

    torch.manual_seed(0)
    backbone = build("backbone", "inception_resnet", size_px=size_px).eval()
    peer = InceptionResnetV1().eval()
    peer.load_state_dict(backbone.network.state_dict())
    x = torch.randn(2, 3, size_px, size_px)
    with torch.no_grad():
        torch.testing.assert_close(nn.functional.normalize(backbone(x)), peer(x))
