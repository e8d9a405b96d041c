"""R-CNN in the manner of 2014: selective search, each region warped and described, an SVM, and boxes moved to fit.

R. Girshick, J. Donahue, T. Darrell, J. Malik, "Rich feature hierarchies for accurate object detection and semantic
segmentation", CVPR 2014, sections 2.1 to 2.3 and appendices A and C; HOG or dense SIFT stand where their network
stands. The model comes from `eigen2arc classical train rcnn`.
"""

from pathlib import Path

from eigen2arc.classical.detect.window_classifier.detector import WindowDetector
from eigen2arc.classical.detect.window_classifier.model import load
from eigen2arc.core.bounds import PluginTable, Share
from eigen2arc.core.component import Component


def build(
    *,
    model: str | Path,
    proposal: PluginTable = "selective_search",
    threshold: Share = 0.5,
    overlap: Share = 0.3,
) -> WindowDetector:
    """Build the R-CNN detector.

    model : a file written by `eigen2arc classical train rcnn`. proposal : a name of `eigen2arc list proposal`, or a
    table of name and settings, {name = "selective_search", mode = "quality"}. threshold : the least probability, which
    is a face's score. overlap : of two boxes that overlap by more (intersection over union) the surer one is kept.
    Raises UserError.
    """
    source = Component.parse("proposal", proposal, "rcnn: proposal").built
    return WindowDetector(load(model, "rcnn"), source, threshold, overlap)
