"""RetinaFace: a body, a feature pyramid, SSH's context modules and three small layers a level.

Deng, Guo, Ververas, Kotsia, Zafeiriou, "RetinaFace: Single-shot Multi-level Face Localisation in the Wild", CVPR 2020,
section 3, in the form of the public PyTorch models: three levels, two anchors a cell, no dense correspondence.

Two of these are called mobilenet0.25 and have layers of the same names and shapes, so that a file does not show which
one it is for: that of "Face-Detector-1MB-with-landmark" has ReLUs and small anchors, that of "Pytorch_Retinaface" leaky
ReLUs and anchors up to 512 pixels.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from eigen2arc.deep.detect.single_shot.anchors.anchors import Level
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme

from .fpn import FeaturePyramid
from .heads import WIDTHS, Head, Predictions, concat_levels
from .mobilenet025 import MobileNet025
from .resnet50 import ResNet50
from .ssh_context import Context


class RetinaFace(nn.Module):
    """(B, 3, H, W) float32 RGB, 0..255 minus MEAN, to Predictions of the anchors of ``scheme``."""

    def __init__(
        self, body: MobileNet025 | ResNet50, channels: int, slope: float, sizes_px: Sequence[tuple[float, ...]]
    ) -> None:
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


SMALL_PX = ((10, 20), (32, 64), (128, 256))
LARGE_PX = ((16, 32), (64, 128), (256, 512))


def retinaface_mobilenet025() -> RetinaFace:
    """Build RetinaFace on MobileNet, as in "Face-Detector-1MB-with-landmark". 0.4 M parameters."""
    return RetinaFace(MobileNet025(slope=0.0), channels=64, slope=0.0, sizes_px=SMALL_PX)


def retinaface_mobilenet025_leaky() -> RetinaFace:
    """Build RetinaFace on a MobileNet of leaky ReLUs, as in "Pytorch_Retinaface". 0.4 M parameters."""
    return RetinaFace(MobileNet025(slope=0.1), channels=64, slope=0.1, sizes_px=LARGE_PX)


def retinaface_resnet50() -> RetinaFace:
    """Build RetinaFace on ResNet-50, as in "Pytorch_Retinaface". 27 M parameters."""
    return RetinaFace(ResNet50(), channels=256, slope=0.0, sizes_px=LARGE_PX)
