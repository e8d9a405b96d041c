"""Slim: a MobileNet-like stack with a head on each of four maps, and no pyramid.

The smaller of the two networks of the public "Face-Detector-1MB-with-landmark", which took the form of Linzaer's
"Ultra-Light-Fast-Generic-Face-Detector-1MB"; trained like RetinaFace. Four levels as in SSD (Liu et al., ECCV 2016).
"""

from collections import OrderedDict

from torch import Tensor, nn

from eigen2arc.deep.detect.single_shot.anchors.anchors import Level
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme

from .blocks import Convolution, separable
from .heads import WIDTHS, Head, Predictions, concat_levels
from .network import DetectorNetwork


class Slim(DetectorNetwork):
    """(B, 3, H, W) float32 RGB, 0..255 minus MEAN, to Predictions of the anchors of ``scheme``.

    last : the layer that makes the map of stride 8. RFB puts another in its place.
    """

    detector = "retinaface"
    scheme = Scheme((Level(8, (10, 16, 24)), Level(16, (32, 48)), Level(32, (64, 96)), Level(64, (128, 192, 256))))

    def __init__(self, last: nn.Module | None = None) -> None:
        super().__init__()
        self.stride8 = nn.Sequential(
            Convolution(3, 16, 3, 2),
            separable(16, 32),
            separable(32, 32, 2),
            separable(32, 32),
            separable(32, 64, 2),
            separable(64, 64),
            separable(64, 64),
            separable(64, 64) if last is None else last,
        )
        self.stride16 = nn.Sequential(separable(64, 128, 2), separable(128, 128), separable(128, 128))
        self.stride32 = nn.Sequential(separable(128, 256, 2), separable(256, 256))
        self.stride64 = nn.Sequential(
            OrderedDict(narrow=Convolution(256, 64, 1, normalized=False), widen=separable(64, 256, 2, normalized=False))
        )
        self.heads = nn.ModuleList(
            Head(*(_layer(c, len(level.sizes_px) * width, level.stride_px) for width in WIDTHS))
            for c, level in zip((64, 128, 256, 256), self.scheme.levels, strict=True)
        )

    def forward(self, x: Tensor) -> Predictions:
        found = []
        for stage, head in zip((self.stride8, self.stride16, self.stride32, self.stride64), self.heads, strict=True):
            x = stage(x)
            found.append(head(x))
        return concat_levels(found)


def _layer(c_in: int, c_out: int, stride_px: int) -> nn.Module:
    """Build a layer of a head. The coarsest map is so small that a whole 3 x 3 convolution costs little."""
    if stride_px == 64:
        return nn.Conv2d(c_in, c_out, 3, padding=1)
    return separable(c_in, c_out, last_slope=None, normalized=False)


def build() -> Slim:
    """Build Slim. 0.3 M parameters."""
    return Slim()
