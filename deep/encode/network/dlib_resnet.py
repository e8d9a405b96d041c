"""dlib's ResNet of 29 layers for faces, with the weights of dlib's own file: the same vectors, without dlib.

Davis King, "High Quality Face Recognition with Deep Metric Learning", dlib's blog, 2017, and
examples/dnn_face_recognition_ex.cpp, whose names the functions have: a ResNet (He et al., CVPR 2016) with half the
filters of ResNet-34 and some layers less, in which the affine layers, batch normalisations once, are part of the
convolutions here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from eigen2arc.deep.weights_io.dlib_network import Layer, read_network


@dataclass(frozen=True)
class Plan:
    """The sizes of such a network.

    levels : filters and blocks of each level; all but the first begin with a block that halves the map. fc_outputs :
    numbers of a vector. size_px : side of the crops.
    """

    levels: tuple[tuple[int, int], ...] = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
    fc_outputs: int = 128
    size_px: int = 150

    def blocks(self) -> Iterator[tuple[int, int, bool]]:
        """Yield of each block its inputs, its filters, and whether it halves the map."""
        inputs = self.levels[0][0]
        for level, (filters, blocks) in enumerate(self.levels):
            for block in range(blocks):
                yield inputs, filters, level > 0 and block == 0
                inputs = filters

    def layers(self) -> list[Layer]:
        """Return the chain as dlib writes it, from the first layer to the last."""
        first = self.levels[0][0]
        chain = [*_con(first, 3, side=7, stride=2), Layer("relu"), Layer("max_pool", side=3, stride=2)]
        for inputs, filters, halves in self.blocks():
            chain.append(Layer("tag"))
            chain += [*_con(filters, inputs, side=3, stride=2 if halves else 1), Layer("relu")]
            chain += _con(filters, filters, side=3, stride=1)
            if halves:
                chain += [Layer("tag"), Layer("skip"), Layer("avg_pool", side=2, stride=2)]
            chain += [Layer("add_prev"), Layer("relu")]
        return [*chain, Layer("avg_pool"), Layer("fc_no_bias", self.fc_outputs, inputs=self.levels[-1][0])]


def _con(outputs: int, inputs: int, *, side: int, stride: int) -> tuple[Layer, Layer]:
    """A convolution and its affine layer: with a stride dlib pads nothing."""
    con = Layer("con", outputs, inputs, side, stride, padding=side // 2 if stride == 1 else 0)
    return con, Layer("affine", outputs)


class Block(nn.Module):
    """dlib's residual and residual_down: two convolutions, and what came in, averaged where the map is halved.

    Where the two differ, the smaller is taken for zeros beyond its channels, and beyond its lower and right border.
    """

    def __init__(self, inputs: int, filters: int, halves: bool) -> None:
        super().__init__()
        self.halves = halves
        self.first = nn.Conv2d(inputs, filters, 3, stride=2, padding=0) if halves else _same(inputs, filters)
        self.second = _same(filters, filters)

    def forward(self, x: Tensor) -> Tensor:
        """Compute (N, filters, H, W) of (N, inputs, H, W), or of a map of twice that side."""
        made = self.second(functional.relu(self.first(x)))
        if self.halves:
            x = functional.avg_pool2d(x, 2)
        shape = [max(a, b) for a, b in zip(made.shape, x.shape, strict=True)]
        return functional.relu(_grown(made, shape) + _grown(x, shape))


def _same(inputs: int, filters: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, filters, 3, padding=1)


def _grown(x: Tensor, shape: list[int]) -> Tensor:
    """Fill up with zeros, behind the last channel, row and column."""
    _, channels, height, width = (want - have for want, have in zip(shape, x.shape, strict=True))
    return functional.pad(x, (0, width, 0, height, 0, channels)) if channels or height or width else x


class DlibResNet(nn.Module):
    """The network, (N, S, S, 3) uint8 RGB, S = size_px, to (N, D) float32 of any length."""

    mean: Tensor

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.size_px, self.embedding_size = plan.size_px, plan.fc_outputs
        self.register_buffer("mean", torch.zeros(3))
        self.stem = nn.Conv2d(3, plan.levels[0][0], 7, stride=2)
        self.blocks = nn.Sequential(*(Block(*sizes) for sizes in plan.blocks()))
        self.fc = nn.Linear(plan.levels[-1][0], plan.fc_outputs, bias=False)

    def forward(self, chips: Tensor) -> Tensor:
        """Encode chips; their colours stay last in memory, which convolutions like best."""
        x = (chips.float() - self.mean).permute(0, 3, 1, 2) / 256
        x = functional.max_pool2d(functional.relu(self.stem(x)), 3, stride=2)
        pooled: Tensor = self.blocks(x).mean(dim=(2, 3))
        vectors: Tensor = self.fc(pooled)
        return vectors


def load_dlib_resnet(path: Path, plan: Plan = Plan()) -> DlibResNet:
    """Build the network with the weights of a file of dlib's, in evaluation mode.

    Raises UserError, which names the file, for any other file.
    """
    weights = read_network(path, plan.layers(), plan.size_px)
    network = DlibResNet(plan)
    convolutions = [one for one in network.modules() if isinstance(one, nn.Conv2d)]
    *pairs, (matrix,) = weights.arrays
    with torch.no_grad():
        network.mean.copy_(torch.from_numpy(weights.input_mean))
        network.fc.weight.copy_(torch.from_numpy(matrix.T))
        for layer, (filters, bias), (scale, shift) in zip(convolutions, pairs[::2], pairs[1::2], strict=True):
            # An affine layer behind a convolution: scale * (filters * x + bias) + shift.
            layer.weight.copy_(torch.from_numpy(scale[:, None, None, None] * filters))
            assert layer.bias is not None
            layer.bias.copy_(torch.from_numpy(scale * bias + shift))
    return network.eval()
