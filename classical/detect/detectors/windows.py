"""Windows: proposals, each scored by a feature and a classifier, and of those that overlap the surest one kept.

Any source of proposals, any feature, any classifier: Viola and Jones' predecessors and rivals on one bench, such as
HOG with a linear SVM (N. Dalal, B. Triggs, CVPR 2005). The model comes from `eigen2arc classical train window`.
"""

from pathlib import Path

from eigen2arc.classical.detect.window_classifier.detector import WindowDetector
from eigen2arc.classical.detect.window_classifier.model import load
from eigen2arc.core.bounds import PluginTable, Share
from eigen2arc.core.component import Component


def build(
    *,
    model: str | Path,
    proposal: PluginTable = "sliding_window",
    threshold: Share = 0.5,
    overlap: Share = 0.3,
) -> WindowDetector:
    """Build the detector that classifies proposed windows.

    model : a file written by `eigen2arc classical train window`. proposal : a name of `eigen2arc list proposal`, or a
    table of name and settings, {name = "sliding_window", stride = 0.1}. threshold : the least probability, which is a
    face's score. overlap : of two boxes that overlap by more (intersection over union) the surer one is kept. Raises
    UserError.
    """
    source = Component.parse("proposal", proposal, "windows: proposal").built
    return WindowDetector(load(model, "windows"), source, threshold, overlap)
