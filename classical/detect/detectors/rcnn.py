"""R-CNN in the manner of 2014: selective search, each region warped and described, an SVM, and boxes moved to fit.

R. Girshick, J. Donahue, T. Darrell, J. Malik, "Rich feature hierarchies for accurate object detection and semantic
segmentation", CVPR 2014, sections 2.1 to 2.3 and appendices A and C; HOG or dense SIFT stand where their network
stands. The model comes from `eigen2arc classical train rcnn`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eigen2arc.classical.detect.window_classifier.detector import WindowDetector, build_detector


def build(
    *,
    model: str | Path,
    proposal: str = "selective_search",
    proposal_settings: Mapping[str, Any] | None = None,
    threshold: float = 0.5,
    overlap: float = 0.3,
) -> WindowDetector:
    """Build the R-CNN detector.

    model : a file written by `eigen2arc classical train rcnn`. proposal : see `eigen2arc list proposal`.
    proposal_settings : of that plug-in, e.g. {mode = "quality"}. threshold : the least probability, 0..1. overlap : of
    two boxes that overlap by more (intersection over union) the surer one is kept. Raises UserError.
    """
    return build_detector("rcnn", model, proposal, proposal_settings, threshold, overlap)
