"""The detector that `windows` and `rcnn` are: proposals, a classifier of each, boxes moved to fit, of many one kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core.bounds import PluginTable
from eigen2arc.core.checks import check_image
from eigen2arc.core.component import as_table, from_table
from eigen2arc.core.geometry import nms
from eigen2arc.core.image import to_grey
from eigen2arc.core.types import Faces

from .hard_negatives import Proposal
from .model import WindowModel, load


class WindowDetector:
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
        proposals, grey = self.proposal.propose(image), to_grey(image)
        scores = self.model.probabilities_at(grey, proposals)
        sure = scores >= self.threshold
        boxes, scores = self.model.refine(grey, proposals[sure]), scores[sure]
        kept = nms(boxes, scores, self.overlap)
        return Faces(boxes[kept], scores[kept])


def build_detector(
    name: str,
    model: Path | str,
    proposal: PluginTable,
    proposal_settings: Mapping[str, Any] | None,
    threshold: float,
    overlap: float,
) -> WindowDetector:
    """Build the detector ``name`` from its settings. Raises UserError."""
    source = from_table("proposal", as_table(proposal, f"{name}: proposal") | dict(proposal_settings or {}))
    return WindowDetector(load(model, name), source, threshold, overlap)
