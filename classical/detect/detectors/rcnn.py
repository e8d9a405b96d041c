"""R-CNN in the manner of 2014: selective search, each region warped and described, an SVM, and boxes moved to fit.

R. Girshick, J. Donahue, T. Darrell, J. Malik, "Rich feature hierarchies for accurate object detection and semantic
segmentation", CVPR 2014, sections 2.1 to 2.3 and appendices A and C; HOG or dense SIFT stand where their network
stands. The model comes from `eigen2arc classical train rcnn`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.classical.detect.window_classifier import rcnn
from eigen2arc.classical.detect.window_classifier.hard_negatives import Proposal
from eigen2arc.classical.detect.window_classifier.rcnn import RCNN
from eigen2arc.core import plugins
from eigen2arc.core.bounds import check_number
from eigen2arc.core.checks import check_image
from eigen2arc.core.geometry import nms
from eigen2arc.core.image import to_grey
from eigen2arc.core.types import Faces


class RCNNDetector:
    """The R-CNN detector.

    A score is the model's probability, 0..1; no landmarks.
    """

    def __init__(self, model: RCNN, proposal: Proposal, threshold: float, overlap: float) -> None:
        self.model = model
        self.proposal = proposal
        self.threshold = threshold
        self.overlap = overlap

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces in uint8 RGB images: one Faces each, best first."""
        for i, image in enumerate(images):
            check_image(image, f"images[{i}]")
        return [self._detect(image) for image in images]

    def _detect(self, image: np.ndarray) -> Faces:
        regions, grey = self.proposal.propose(image), to_grey(image)
        scores = self.model.windows.probabilities_at(grey, regions)
        sure = scores >= self.threshold
        boxes, scores = self.model.refine(grey, regions[sure]), scores[sure]
        kept = nms(boxes, scores, self.overlap)
        return Faces(boxes[kept], scores[kept])


def build(
    *,
    model: str | Path,
    proposal: str = "selective_search",
    proposal_settings: Mapping[str, Any] | None = None,
    threshold: float = 0.5,
    overlap: float = 0.3,
) -> RCNNDetector:
    """Build the R-CNN detector.

    model : a file written by `eigen2arc classical train rcnn`. proposal : see `eigen2arc list proposal`.
    proposal_settings : of that plug-in. threshold : the least probability, 0..1. overlap : of two boxes that overlap by
    more (intersection over union) the surer one is kept. Raises UserError.
    """
    check_number(threshold, "rcnn: threshold", 0, 1)
    check_number(overlap, "rcnn: overlap", 0, 1)
    source = plugins.build("proposal", proposal, **(proposal_settings or {}))
    return RCNNDetector(rcnn.load(model), source, threshold, overlap)
