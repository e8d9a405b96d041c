"""RetinaFace: a body, a feature pyramid, SSH's context modules and three small layers a level.

Deng, Guo, Ververas, Kotsia, Zafeiriou, "RetinaFace: Single-shot Multi-level Face Localisation in the Wild", CVPR 2020,
section 3, in the form of the public PyTorch models: three levels, two anchors a cell, no dense correspondence.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from eigen2arc.deep.detect.single_shot.anchors.anchors import Level
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme

from .fpn import FeaturePyramid
from .heads import WIDTHS, Head, Predictions, concat_levels
from .network import DetectorNetwork
from .ssh_context import Context

#: Anchors of "Face-Detector-1MB-with-landmark", and of "Pytorch_Retinaface".
SMALL_PX = ((10, 20), (32, 64), (128, 256))
LARGE_PX = ((16, 32), (64, 128), (256, 512))


class Body(nn.Module):
    """(B, 3, H, W) to three maps (B, C, H / 8, W / 8), H / 16, H / 32, sizes rounded up, C of each in ``channels``."""

    channels: tuple[int, int, int]


class RetinaFace(DetectorNetwork):
    """(B, 3, H, W) float32 RGB, 0..255 minus MEAN, to Predictions of the anchors of ``scheme``."""

    detector = "retinaface"

    def __init__(self, body: Body, channels: int, slope: float, sizes_px: Sequence[tuple[float, ...]]) -> None:
        super().__init__()
        self.scheme = Scheme(tuple(Level(stride, sizes) for stride, sizes in zip((8, 16, 32), sizes_px, strict=True)))
        self.body = body
        self.pyramid = FeaturePyramid(body.channels, channels, slope)
        self.contexts = nn.ModuleList(Context(channels, channels, slope) for _ in body.channels)
        self.heads = nn.ModuleList(
            Head(*(nn.Conv2d(channels, len(sizes) * width, 1) for width in WIDTHS)) for sizes in sizes_px
        )

    def forward(self, x: Tensor) -> Predictions:
        maps = self.pyramid(self.body(x))
        parts = zip(maps, self.contexts, self.heads, strict=True)
        return concat_levels([head(context(x)) for x, context, head in parts])
