"""The losses of Cascade-CNN's networks: the cross-entropy of two classes, and of 45 (Li et al. 2015, section 3.4).

Both take a batch of mtcnn.training_data: (N, S, S, 3) uint8 crops and their
TrainingWindows' kind, offsets and points.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.deep.detect.mtcnn.proposals import normalize
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, PART, POSITIVE

from .calibration import nearest_pattern


class DetectionLoss(nn.Module):
    """Face/non-face cross-entropy over positive and negative windows."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor, kind: Tensor, offsets: Tensor, points: Tensor) -> Tensor:
        sure = (kind == POSITIVE) | (kind == NEGATIVE)
        return F.cross_entropy(self.network(normalize(crops[sure].float())), (kind[sure] == POSITIVE).long())


class CalibrationLoss(nn.Module):
    """45-class calibration cross-entropy over positive and part windows.

    The paper moves annotated boxes by each of the patterns. Here windows are labelled by the nearest pattern: they
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
