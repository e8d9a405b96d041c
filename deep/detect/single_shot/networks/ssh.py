"""SSH: three detection modules on maps of a headless VGG-16, without a feature pyramid.

Najibi, Samangouei, Chellappa, Davis, "SSH: Single Stage Headless Face Detector", ICCV 2017, section 3, fig. 2 to 4; the
anchors and overlaps are those of the authors' configuration. The five points are RetinaFace's addition, and so is
the loss: the hardest negatives are chosen over all three modules, three for a positive, and every positive counts.
"""

from functools import partial

from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.deep.detect.single_shot.anchors.anchors import Level
from eigen2arc.deep.detect.single_shot.anchors.matching import match
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme

from .blocks import Convolution, upsample_2x
from .heads import WIDTHS, Head, Predictions, concat_levels
from .network import DetectorNetwork
from .ssh_context import Context
from .vgg import D, Vgg

#: An anchor is a face's if they overlap by so much (section 3.4), and no face has an anchor below that.
POSITIVE_IOU = 0.5

#: Below this an anchor shows no face.
NEGATIVE_IOU = 0.3


class Ssh(DetectorNetwork):
    """(B, 3, H, W) float32 RGB, 0..255 minus MEAN, to Predictions of the anchors of ``scheme``.

    width : share of the paper's channels. normalized : see vgg.py.
    """

    detector = "ssh"
    scheme = Scheme(
        (Level(8, (16, 32)), Level(16, (64, 128)), Level(32, (256, 512))),
        match=partial(match, positive_iou=POSITIVE_IOU, negative_iou=NEGATIVE_IOU, least_iou=POSITIVE_IOU),
    )

    def __init__(self, width: float, normalized: bool) -> None:
        super().__init__()
        self.body = Vgg(D, width, normalized)
        wide, narrow = self.body.channels[-1], self.body.channels[1]  # 512 and 128 in the paper
        self.reduce4 = Convolution(wide, narrow, 1, normalized=normalized)
        self.reduce5 = Convolution(wide, narrow, 1, normalized=normalized)
        self.fuse = Convolution(narrow, narrow, 3, normalized=normalized)
        channels = ((narrow, 2 * narrow), (wide, wide), (wide, wide))  # into and out of M1, M2, M3
        self.contexts = nn.ModuleList(Context(*pair, slope=0.0, normalized=normalized) for pair in channels)
        self.heads = nn.ModuleList(
            Head(*(nn.Conv2d(c_out, len(level.sizes_px) * outputs, 1) for outputs in WIDTHS))
            for (_, c_out), level in zip(channels, self.scheme.levels, strict=True)
        )

    def forward(self, x: Tensor) -> Predictions:
        *_, conv4, conv5 = self.body(x)
        m1 = self.fuse(self.reduce4(conv4) + upsample_2x(self.reduce5(conv5), like=conv4))
        m3 = F.max_pool2d(conv5, 2, ceil_mode=True)
        parts = zip((m1, conv5, m3), self.contexts, self.heads, strict=True)
        return concat_levels([head(context(x)) for x, context, head in parts])


def build() -> Ssh:
    """Build the paper's SSH, whose body starts from VGG-16's weights. 20 M parameters."""
    return Ssh(width=1.0, normalized=False)
