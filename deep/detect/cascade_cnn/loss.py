"""The losses of Cascade-CNN's networks: the cross-entropy of two classes, and of 45 (Li et al. 2015, section 3.4).

Both take a batch of mtcnn.training_data: (N, S, S, 3) uint8 crops and what Windows say of them.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.deep.detect.mtcnn.proposals import normalize
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, PART, POSITIVE

from .calibration import nearest_pattern


class DetectionLoss(nn.Module):
    """Of the windows that surely are faces or surely are not."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor, kind: Tensor, offsets: Tensor, points: Tensor) -> Tensor:
        sure = (kind == POSITIVE) | (kind == NEGATIVE)
        return F.cross_entropy(self.network(normalize(crops[sure].float())), (kind[sure] == POSITIVE).long())


class CalibrationLoss(nn.Module):
    """Of the windows that show a face or part of one.

    The paper moves annotated boxes by each of the patterns. Here windows are label_windows by the nearest pattern: they
    are drawn as far from the faces as the patterns reach, and one way of drawing serves all networks.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor, kind: Tensor, offsets: Tensor, points: Tensor) -> Tensor:
        near = is_near_face(kind)
        return F.cross_entropy(self.network(normalize(crops[near].float())), nearest_pattern(offsets[near]))


def is_near_face(kind: Tensor) -> Tensor:
    """Tell of each window, (N,) bool, whether it can be calibrated. kind : (N,)."""
    return (kind == POSITIVE) | (kind == PART)
