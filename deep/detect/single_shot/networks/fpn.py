"""Feature pyramid: what the coarse maps know is added to the fine ones.

Lin et al., "Feature Pyramid Networks for Object Detection", CVPR 2017, fig. 3.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import Convolution


class FeaturePyramid(nn.Module):
    """C3, C4, C5 (fine to coarse) to P3, P4, P5 of as many channels each.

    Unlike the paper's, the coarser map that is added has been smoothed already, the coarsest map is not smoothed, and
    every layer is normalized and activated: so in the public RetinaFace models.
    """

    def __init__(self, c_in: Sequence[int], c_out: int, slope: float) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(Convolution(c, c_out, 1, slope=slope) for c in c_in)
        self.smooth = nn.ModuleList(Convolution(c_out, c_out, 3, slope=slope) for _ in c_in[1:])

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        lateral = [layer(x) for layer, x in zip(self.lateral, maps, strict=True)]
        pyramid = [lateral[-1]]
        for x, smooth in zip(lateral[-2::-1], self.smooth[::-1], strict=True):
            # To the size of the finer map, not by 2: sides that are odd were rounded up.
            above = F.interpolate(pyramid[0], size=x.shape[2:], mode="nearest")
            pyramid.insert(0, smooth(x + above))
        return pyramid
