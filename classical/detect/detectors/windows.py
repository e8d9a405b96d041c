"""Windows: proposals, each scored by a feature and a classifier, and of those that overlap the surest one kept.

Any source of proposals, any feature, any classifier: Viola and Jones' predecessors and rivals on one bench, such as
HOG with a linear SVM (N. Dalal, B. Triggs, CVPR 2005). The model comes from `eigen2arc classical train window`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.classical.detect.window_classifier import model as window_model
from eigen2arc.classical.detect.window_classifier.hard_negatives import Proposal
from eigen2arc.classical.detect.window_classifier.model import WindowModel
from eigen2arc.core import plugins
from eigen2arc.core.bounds import check_number
from eigen2arc.core.checks import check_image
from eigen2arc.core.geometry import nms
from eigen2arc.core.image import to_grey
from eigen2arc.core.types import Faces


class Windows:
    """The detector that classifies proposed windows.

    A score is the model's probability, 0..1; no landmarks.
    """

    def __init__(self, model: WindowModel, proposal: Proposal, threshold: float, overlap: float) -> None:
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
        boxes = self.proposal.propose(image)
        scores = self.model.probabilities_at(to_grey(image), boxes)
        sure = scores >= self.threshold
        boxes, scores = boxes[sure], scores[sure]
        kept = nms(boxes, scores, self.overlap)
        return Faces(boxes[kept], scores[kept])


def build(
    *,
    model: str | Path,
    proposal: str = "sliding_window",
    proposal_settings: Mapping[str, Any] | None = None,
    threshold: float = 0.5,
    overlap: float = 0.3,
) -> Windows:
    """Build the detector that classifies proposed windows.

    model : a file written by `eigen2arc classical train window`. proposal : see `eigen2arc list proposal`.
    proposal_settings : of that plug-in, e.g. {stride = 0.1}. threshold : the least probability, 0..1. overlap : of two
    boxes that overlap by more (intersection over union) the surer one is kept. Raises UserError.
    """
    check_number(threshold, "windows: threshold", 0, 1)
    check_number(overlap, "windows: overlap", 0, 1)
    source = plugins.build("proposal", proposal, **(proposal_settings or {}))
    return Windows(window_model.load(model), source, threshold, overlap)
