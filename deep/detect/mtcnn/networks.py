"""MTCNN's three networks: proposal, refine and output net (P-Net, R-Net, O-Net), and their weights.

Zhang, Zhang, Li, Qiao, "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", IEEE
Signal Processing Letters 2016, fig. 2. The parts are named as in the released Caffe models, so that the state dicts of
the facenet-pytorch package fit as they are.

All three take float32 (N, 3, H, W) RGB, (pixel - 127.5) / 128, and return the probability of a face first, then the
box regression (x1 y1 x2 y2 offsets in units of the window's side), and O-Net the landmarks (five x, then five y, 0..1
from the window's left and top to its right and bottom).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numba import njit, prange
from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.deep.weights_io import checkpoint
from eigen2arc.deep.weights_io.state_dict_file import read_state_dict

#: Of all pooling.
POOL_STRIDE = 2


class PNet(nn.Module):
    """P-Net (proposal): 12 x 12 windows at stride 2 to (N, h, w) probability and (N, 4, h, w) box offsets.

    It is fully convolutional, over images of any size.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 10, 3)
        self.prelu1 = nn.PReLU(10)
        self.conv2 = nn.Conv2d(10, 16, 3)
        self.prelu2 = nn.PReLU(16)
        self.conv3 = nn.Conv2d(16, 32, 3)
        self.prelu3 = nn.PReLU(32)
        self.conv4_1 = nn.Conv2d(32, 2, 1)
        self.conv4_2 = nn.Conv2d(32, 4, 1)

    def forward(self, x: Tensor, repeat: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Compute probability and offsets of all windows.

        repeat : (4, K) rows and columns of conv1's map that take the values of others, see pyramid.Strip.
        """
        x = self.conv1(x)
        if repeat is not None:
            row, column, inner_row, inner_column = repeat
            x[:, :, row, column] = x[:, :, inner_row, inner_column]
        x = self.prelu2(self.conv2(prelu_max_pool(x, self.prelu1.weight, 2)))
        x = self.prelu3(self.conv3(x))
        return self.conv4_1(x).softmax(dim=1, dtype=torch.float32)[:, 1], self.conv4_2(x)


class RNet(nn.Module):
    """R-Net (refine): 24 x 24 crops to (N,) probability and (N, 4) box offsets."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 28, 3)
        self.prelu1 = nn.PReLU(28)
        self.conv2 = nn.Conv2d(28, 48, 3)
        self.prelu2 = nn.PReLU(48)
        self.conv3 = nn.Conv2d(48, 64, 2)
        self.prelu3 = nn.PReLU(64)
        self.dense4 = nn.Linear(576, 128)
        self.prelu4 = nn.PReLU(128)
        self.dense5_1 = nn.Linear(128, 2)
        self.dense5_2 = nn.Linear(128, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = prelu_max_pool(self.conv1(x), self.prelu1.weight, 3)
        x = prelu_max_pool(self.conv2(x), self.prelu2.weight, 3)
        x = self.prelu3(self.conv3(x))
        x = self.prelu4(self.dense4(_flatten(x)))
        return self.dense5_1(x).softmax(dim=1, dtype=torch.float32)[:, 1], self.dense5_2(x)


class ONet(nn.Module):
    """O-Net (output): 48 x 48 crops to (N,) probability, (N, 4) box offsets and (N, 10) landmarks."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3)
        self.prelu1 = nn.PReLU(32)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.prelu2 = nn.PReLU(64)
        self.conv3 = nn.Conv2d(64, 64, 3)
        self.prelu3 = nn.PReLU(64)
        self.conv4 = nn.Conv2d(64, 128, 2)
        self.prelu4 = nn.PReLU(128)
        self.dense5 = nn.Linear(1152, 256)
        self.prelu5 = nn.PReLU(256)
        self.dense6_1 = nn.Linear(256, 2)
        self.dense6_2 = nn.Linear(256, 4)
        self.dense6_3 = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = prelu_max_pool(self.conv1(x), self.prelu1.weight, 3)
        x = prelu_max_pool(self.conv2(x), self.prelu2.weight, 3)
        x = prelu_max_pool(self.conv3(x), self.prelu3.weight, 2)
        x = self.prelu4(self.conv4(x))
        x = self.prelu5(self.dense5(_flatten(x)))
        return self.dense6_1(x).softmax(dim=1, dtype=torch.float32)[:, 1], self.dense6_2(x), self.dense6_3(x)


def _flatten(x: Tensor) -> Tensor:
    """(N, C, H, W) to (N, W * H * C): the dense weights come from Caffe's MATLAB side, where x runs slowest."""
    return x.permute(0, 3, 2, 1).flatten(1)


def prelu_max_pool(x: Tensor, slope: Tensor, kernel: int) -> Tensor:
    """Compute the maxima of PReLU(x), x (N, C, H, W), in windows of ``kernel`` at a stride of 2, in one pass of memory.

    slope : (C,). Windows are cut at the right and bottom. Equal to max_pool2d(prelu(x, slope), kernel, 2,
    ceil_mode=True), and computed so where gradients are wanted and on other devices; half of the networks' time on a
    processor goes by between their convolutions.

    A PReLU falls or rises, but only once: the largest value that it takes in a window, it takes at the window's largest
    or at its smallest number. So the window is searched first, and the PReLU taken of two numbers.
    """
    if x.device.type != "cpu" or torch.is_grad_enabled():
        return F.max_pool2d(F.prelu(x, slope), kernel, POOL_STRIDE, ceil_mode=True)
    n, channels, height, width = x.shape
    size = [-(-(length - kernel) // POOL_STRIDE) + 1 for length in (height, width)]
    out = torch.empty((n, channels, *size), memory_format=torch.channels_last)
    pixels = x.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)
    _prelu_max_pool(pixels.numpy(), slope.numpy(), kernel, out.permute(0, 2, 3, 1).numpy())
    return out


@njit(parallel=True, cache=True)
def _prelu_max_pool(x: np.ndarray, slope: np.ndarray, kernel: int, out: np.ndarray) -> None:
    """x : (N, H, W, C) float32, out : (N, h, w, C)."""
    _, height, width, channels = x.shape
    n, h, w, _ = out.shape
    for row in prange(n * h):
        image, y = row // h, row % h
        top = POOL_STRIDE * y
        highest, lowest = x[image, top].copy(), x[image, top].copy()
        for below in range(top + 1, min(top + kernel, height)):
            for i in range(width):
                for c in range(channels):
                    highest[i, c] = max(highest[i, c], x[image, below, i, c])
                    lowest[i, c] = min(lowest[i, c], x[image, below, i, c])
        for i in range(w):
            left, right = POOL_STRIDE * i, min(POOL_STRIDE * i + kernel, width)
            for beside in range(left + 1, right):
                for c in range(channels):
                    highest[left, c] = max(highest[left, c], highest[beside, c])
                    lowest[left, c] = min(lowest[left, c], lowest[beside, c])
            for c in range(channels):
                high, low = highest[left, c], lowest[left, c]
                high = high if high > 0 else high * slope[c]
                low = low if low > 0 else low * slope[c]
                out[image, y, i, c] = max(high, low)


class Networks(NamedTuple):
    """The cascade's three networks, in evaluation mode on one device."""

    pnet: PNet
    rnet: RNet
    onet: ONet


def load_networks(folder: Path | None, device: torch.device) -> Networks:
    """Load the networks with the weights of ``folder``: of a training, or one of pnet.pt, rnet.pt and onet.pt.

    None takes those inside the installed facenet-pytorch package. Raises UserError for a file that is missing, not a
    plain state dict, or of another shape.
    """
    folder = _packaged_weights() if folder is None else folder
    networks = Networks(PNet(), RNet(), ONet())
    for name, network in zip(Networks._fields, networks, strict=True):
        trained = folder / name / "best.safetensors"
        if trained.exists():
            checkpoint.load_into(network, checkpoint.load(trained)[0], str(trained))
        else:
            path = folder / f"{name}.pt"
            checkpoint.load_into(network, read_state_dict(path), str(path))
        network.eval().requires_grad_(False).to(device)
    return networks


def _packaged_weights() -> Path:
    # Found, not imported: the import would load the package's own networks and torchvision with them.
    spec = find_spec("facenet_pytorch")
    if spec is None or not spec.submodule_search_locations:
        raise UserError("mtcnn: the package facenet-pytorch, which carries the weights, is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"
