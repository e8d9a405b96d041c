"""Windows: proposals, each scored by a feature and a classifier, and of those that overlap the surest one kept.

Any source of proposals, any feature, any classifier: Viola and Jones' predecessors and rivals on one bench, such as
HOG with a linear SVM (N. Dalal, B. Triggs, CVPR 2005). The model comes from `eigen2arc classical train window`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eigen2arc.classical.detect.window_classifier.detector import WindowDetector, build_detector
from eigen2arc.core.bounds import PluginTable, Share


def build(
    *,
    model: str | Path,
    proposal: PluginTable = "sliding_window",
    proposal_settings: Mapping[str, Any] | None = None,
    threshold: Share = 0.5,
    overlap: Share = 0.3,
) -> WindowDetector:
    """Build the detector that classifies proposed windows.

    model : a file written by `eigen2arc classical train window`. proposal : a name of `eigen2arc list proposal`, or a
    table of name and settings, {name = "sliding_window", stride = 0.1}. proposal_settings : of a proposal that is
    given as a name. threshold : the least probability. overlap : of two boxes that overlap by more (intersection
    over union) the surer one is kept. Raises UserError.
    """
    return build_detector("windows", model, proposal, proposal_settings, threshold, overlap)
