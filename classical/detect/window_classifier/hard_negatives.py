"""Hard negatives: the windows without a face that a classifier takes most for one, to be learned from next.

K.-K. Sung, T. Poggio, "Example-based Learning for View-based Human Face Detection", PAMI 20(1), 1998 ("bootstrap");
for any source of proposals, as R. Girshick et al., CVPR 2014, section 2.3, do.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from eigen2arc.core.geometry import iou, nms
from eigen2arc.core.image import to_grey
from eigen2arc.core.progress import progress_bars

from .samples import AnnotatedImages

#: A window that overlaps a face by less than this (intersection over union) is none: Girshick et al., section 2.3. What
#: overlaps it by more is neither face nor negative.
MAX_IOU = 0.3

#: Of hard windows that overlap one another by more than this only the hardest is taken.
APART = 0.5


class Proposal(Protocol):
    """Where in an image objects may be; a plug-in of kind "proposal"."""

    def propose(self, image: np.ndarray) -> np.ndarray:
        """Propose boxes (N, 4) float32, best first, in an image uint8 RGB (H, W, 3)."""
        ...


class NegativeWindows:
    """The proposals in ``searched`` that hold no face, each given out once.

    most : windows of an image that are classified, the first proposals; their boxes are kept from round to round.
    crop : from a grey image and boxes (N, 4) to windows (N, S, S).
    """

    def __init__(
        self,
        searched: AnnotatedImages,
        proposal: Proposal,
        most: int,
        crop: Callable[[np.ndarray, np.ndarray], np.ndarray],
    ) -> None:
        self.searched = searched
        self.proposal = proposal
        self.most = most
        self.crop = crop
        self._left: dict[int, np.ndarray] = {}

    def random(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw about ``count`` windows (N, S, S) uint8, the same number from each image where there are as many."""
        each = -(-count // max(len(self.searched.boxes), 1))
        return self._take("random windows", lambda windows, boxes: rng.permutation(len(boxes))[:each])

    def hardest(self, each: int, decide: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Take the windows (N, S, S) uint8 with the highest decision values, up to ``each`` from every image."""

        def choose(windows: np.ndarray, boxes: np.ndarray) -> np.ndarray:
            values = decide(windows)
            best = np.argsort(-values, kind="stable")[: 10 * each]
            return best[nms(boxes[best], values[best], APART)[:each]]

        return self._take("hard negatives", choose)

    def _take(self, what: str, choose: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
        taken: list[np.ndarray] = []
        with progress_bars() as progress:
            for number, image, faces in progress.track(self.searched, total=len(self.searched.boxes), description=what):
                boxes = self._left[number] if number in self._left else self._negatives(image, faces)
                windows = self.crop(to_grey(image), boxes)
                chosen = choose(windows, boxes)
                taken.append(windows[chosen])
                self._left[number] = np.delete(boxes, chosen, axis=0)
        return np.concatenate([self.crop(np.zeros((1, 1), np.uint8), np.zeros((0, 4))), *taken])

    def _negatives(self, image: np.ndarray, faces: np.ndarray) -> np.ndarray:
        boxes = self.proposal.propose(image)[: self.most]
        if len(faces) == 0:
            return boxes
        return boxes[iou(boxes, faces).max(axis=1) < MAX_IOU]
