"""Cascade-CNN's six networks: three that tell faces from all else, and three that say how a window lies on its face.

Li, Lin, Shen, Brandt, Hua, "A Convolutional Neural Network Cascade for Face Detection", CVPR 2015, section 3.2. All
return logits. The two normalization layers of the 48-pixel networks are left out: local response normalisation does not
help where it was compared (Simonyan, Zisserman, ICLR 2015, section 4.1).
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.deep.weights_io import checkpoint

from .calibration import PATTERNS


def convolution(channels: int, maps: int, kernel: int) -> nn.Sequential:
    """Build the convolution, 3 x 3 pooling at a stride of 2 and ReLU that all networks begin with."""
    return nn.Sequential(init_for_relu(nn.Conv2d(channels, maps, kernel)), nn.MaxPool2d(3, 2), nn.ReLU())


def dense(inputs: int, outputs: int) -> nn.Sequential:
    """Build a fully connected layer with a ReLU, whose inputs are maps."""
    return nn.Sequential(nn.Flatten(), init_for_relu(nn.Linear(inputs, outputs)), nn.ReLU())


def init_for_relu(layer: nn.Conv2d | nn.Linear) -> nn.Conv2d | nn.Linear:
    """Set a layer's first weights so that they keep the variance of what flows through it; returns the layer.

    He et al., ICCV 2015, eq. (10). With torch's own, smaller ones the calibration networks took 100 steps, on a toy
    set, for what takes 60 with these.
    """
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def halve(x: Tensor) -> Tensor:
    """Scale a window (N, C, H, W) to half the resolution."""
    return F.avg_pool2d(x, 2)


class Features12(nn.Module):
    """The 12-net up to its last layer: (N, 3, 12, 12) to (N, 16)."""

    width = 16

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(convolution(3, 16, 3), dense(16 * 4**2, 16))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return y


class Features24(nn.Module):
    """The 24-net up to its last layer: (N, 3, 24, 24) to (N, 144), its own and those of a 12-net of the same window."""

    width = 128 + Features12.width

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(convolution(3, 64, 5), dense(64 * 9**2, 128))
        self.coarse = Features12()

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.layers(x), self.coarse(halve(x))], dim=1)


class Features48(nn.Module):
    """The 48-net up to its last layer: (N, 3, 48, 48) to (N, 400), its own and those of a 24-net of the same window."""

    width = 256 + Features24.width

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(convolution(3, 64, 5), convolution(64, 64, 5), dense(64 * 8**2, 256))
        self.coarse = Features24()

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.layers(x), self.coarse(halve(x))], dim=1)


class DetectionNet(nn.Module):
    """Features to (N, 2): not a face, and a face."""

    def __init__(self, features: Features12 | Features24 | Features48) -> None:
        super().__init__()
        self.features = features
        self.last = nn.Linear(features.width, 2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.last(self.features(x))
        return y

    def begin_with(self, before: "DetectionNet") -> None:
        """Load the trained weights of the network before this one, which is the coarser part of this one."""
        self.features.get_submodule("coarse").load_state_dict(before.features.state_dict())


def calibration12() -> nn.Sequential:
    """Build the 12-calibration-net: (N, 3, 12, 12) to logits (N, 45), one for each of PATTERNS."""
    return nn.Sequential(convolution(3, 16, 3), dense(16 * 4**2, 128), nn.Linear(128, len(PATTERNS)))


def calibration24() -> nn.Sequential:
    """Build the 24-calibration-net: (N, 3, 24, 24) to logits (N, 45)."""
    return nn.Sequential(convolution(3, 32, 5), dense(32 * 9**2, 64), nn.Linear(64, len(PATTERNS)))


def calibration48() -> nn.Sequential:
    """Build the 48-calibration-net: (N, 3, 48, 48) to logits (N, 45).

    It pools only once, which the paper found to calibrate better.
    """
    second = nn.Sequential(init_for_relu(nn.Conv2d(64, 64, 5)), nn.ReLU())
    return nn.Sequential(convolution(3, 64, 5), second, dense(64 * 17**2, 256), nn.Linear(256, len(PATTERNS)))


class Networks(NamedTuple):
    """The cascade in the order in which a window passes through it, and is trained."""

    net12: DetectionNet
    calibration12: nn.Module
    net24: DetectionNet
    calibration24: nn.Module
    net48: DetectionNet
    calibration48: nn.Module

    @classmethod
    def new(cls) -> "Networks":
        """Build the six networks with random weights."""
        return cls(
            DetectionNet(Features12()),
            calibration12(),
            DetectionNet(Features24()),
            calibration24(),
            DetectionNet(Features48()),
            calibration48(),
        )


#: Sides of the windows that the networks of the three stages see.
SIZES_PX = (12, 24, 48)


def load_networks(folder: Path, device: torch.device) -> Networks:
    """Load the networks with the weights that a training left in ``folder``, in evaluation mode. Raises UserError."""
    networks = Networks.new()
    for name, network in zip(Networks._fields, networks, strict=True):
        path = folder / name / "best.safetensors"
        checkpoint.load_into(network, checkpoint.load(path)[0], str(path))
        network.eval().requires_grad_(False).to(device)
    return networks
