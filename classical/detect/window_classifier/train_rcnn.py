"""Training R-CNN: the classifier of warped proposals first, then the regression of proposals near a face to it."""

from collections.abc import Callable

import numpy as np

from eigen2arc.core.geometry import iou
from eigen2arc.core.image import to_grey
from eigen2arc.core.progress import progress_bars

from .box_regression import BoxRegression, fit_box_regression, targets
from .hard_negatives import Proposal
from .model import WindowModel
from .rcnn import RCNN
from .samples import Annotated, Samples
from .train_windows import Round, WindowTraining, train_windows

#: A proposal that overlaps a face by more than this is near enough to learn from: R. Girshick et al., CVPR 2014,
#: appendix C.
MIN_IOU = 0.6


def train_rcnn(training: WindowTraining, samples: Samples, proposal: Proposal, report: Callable[[Round], None]) -> RCNN:
    """Train R-CNN. samples.faces : images with annotated faces. See train_windows for the rest."""
    windows = train_windows(training, samples, proposal, report)
    return RCNN(windows, train_boxes(windows, samples.faces, proposal))


def train_boxes(windows: WindowModel, faces: Annotated, proposal: Proposal) -> BoxRegression | None:
    """Learn from every proposal that overlaps its nearest face by more than MIN_IOU; None if there is none."""
    x, t = [], []
    with progress_bars() as progress:
        for _, image, truth in progress.track(faces, total=len(faces.boxes), description="boxes"):
            if len(truth) == 0:
                continue
            proposals = proposal.propose(image)
            overlap = iou(proposals, truth)
            near = overlap.max(axis=1) > MIN_IOU
            x.append(windows.feature.describe(windows.crop(to_grey(image), proposals[near])))
            t.append(targets(proposals[near], truth[overlap[near].argmax(axis=1)]))
    if not sum(map(len, t)):
        return None
    return fit_box_regression(np.concatenate(x), np.concatenate(t))
