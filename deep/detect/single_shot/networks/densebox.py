"""DenseBox: one fully convolutional network that says of every fourth pixel whether it is in a face's middle, and
how far the face's sides are.

Huang, Yang, Deng, Yu, "DenseBox: Unifying Landmark Localization with End to End Object Detection", 2015, section 3. It
knows faces of one size, and looks at a pyramid. A small one, on the same heads and loss as RetinaFace: with an eighth
of the channels, normalised; cross-entropy instead of the square for the score; the hardest negatives instead of half
hard and half random ones; five points as offsets from the cell instead of heat maps and their refinement.
"""

from functools import partial

import torch
from torch import Tensor, nn

from eigen2arc.deep.detect.single_shot.anchors.anchors import Level
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme
from eigen2arc.deep.detect.single_shot.anchors.views import Pyramid

from .blocks import Convolution, doubled
from .disc_matching import match_discs
from .distance_codec import DISTANCES
from .face_patches import FACE_PX, cut_patch
from .heads import WIDTHS, Head, Predictions
from .vgg import E, Vgg

STRIDE_PX = 4

#: Within so many cells of a positive one nothing is learned.
GREY_CELLS = 2


class DenseBox(nn.Module):
    """(B, 3, H, W) float32 RGB, 0..255 minus MEAN, to Predictions of the cells. 0.2 M parameters.

    Fig. 3: VGG-19 up to conv4_4, whose map is brought to the size of conv3_4's and put beside it; two 1 x 1
    convolutions for each of the answers.
    """

    scheme = Scheme(
        (Level(STRIDE_PX, (float(FACE_PX),)),),
        match=partial(match_discs, grey_px=GREY_CELLS * STRIDE_PX),
        codec=DISTANCES,
        cut=cut_patch,
        views=Pyramid(FACE_PX),
    )

    def __init__(self) -> None:
        super().__init__()
        self.body = Vgg(E[:4], width=1 / 8, normalised=True)
        *_, fine, coarse = self.body.channels
        self.head = Head(
            *(nn.Sequential(Convolution(fine + coarse, coarse, 1), nn.Conv2d(coarse, outputs, 1)) for outputs in WIDTHS)
        )

    def forward(self, x: Tensor) -> Predictions:
        *_, conv3, conv4 = self.body(x)
        found: Predictions = self.head(torch.cat([conv3, doubled(conv4, like=conv3)], dim=1))
        return found
