"""R-CNN in the manner of 2014: selective search, each region warped and described, an SVM, and boxes moved to fit.

R. Girshick, J. Donahue, T. Darrell, J. Malik, "Rich feature hierarchies for accurate object detection and semantic
segmentation", CVPR 2014, sections 2.1 to 2.3 and appendices A and C; HOG or dense SIFT stand where their network
stands. The model comes from `eigen2arc classical train rcnn`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eigen2arc.classical.detect.window_classifier.detector import WindowDetector, build_detector
from eigen2arc.core.bounds import PluginTable, Share


def build(
    *,
    model: str | Path,
    proposal: PluginTable = "selective_search",
    proposal_settings: Mapping[str, Any] | None = None,
    threshold: Share = 0.5,
    overlap: Share = 0.3,
) -> WindowDetector:
    """Build the R-CNN detector.

    model : a file written by `eigen2arc classical train rcnn`. proposal : a name of `eigen2arc list proposal`, or a
    table of name and settings, {name = "selective_search", mode = "quality"}. proposal_settings : of a proposal that is
    given as a name. threshold : the least probability. overlap : of two boxes that overlap by more (intersection
    over union) the surer one is kept. Raises UserError.
    """
    return build_detector("rcnn", model, proposal, proposal_settings, threshold, overlap)
