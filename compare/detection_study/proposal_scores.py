"""Sources of proposals as finders of faces: how well their first boxes cover the annotated ones, and how fast."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from eigen2arc.core.metrics.proposals import best_overlaps, mabo, recall
from eigen2arc.core.types import Dataset

#: The numbers of boxes in the table.
COUNTS = (10, 100, 1000, 2000)

#: And those of the curves: eight a decade.
CURVE = tuple(int(n) for n in np.unique(np.rint(np.geomspace(1, 10_000, 33))))


class Source(Protocol):
    """What proposes boxes: a plug-in of the kind "proposal", or a peer in its form."""

    def propose(self, image: np.ndarray) -> np.ndarray:
        """uint8 RGB (H, W, 3) to (N, 4) float32 x1 y1 x2 y2, best first."""
        ...


@dataclass(frozen=True)
class Scored:
    """One source on a set of images.

    overlaps : (len(CURVE), T) the best overlap of each of T faces with the first n boxes. at_counts : the same for
    COUNTS. boxes : (images,) how many it proposed. seconds : (images,) how long it took.
    """

    overlaps: np.ndarray
    at_counts: np.ndarray
    boxes: np.ndarray
    seconds: np.ndarray

    def figures(self) -> dict[str, Any]:
        """All figures, ready for JSON; lists are in the order of COUNTS and of CURVE."""
        return {
            "ms_per_image": 1000 * float(np.median(self.seconds)),
            "boxes_per_image": float(self.boxes.mean()),
            "recall_at_iou_0.5": dict(zip(map(str, COUNTS), recall(self.at_counts).tolist(), strict=True)),
            "recall_at_iou_0.7": dict(zip(map(str, COUNTS), recall(self.at_counts, 0.7).tolist(), strict=True)),
            "mabo": dict(zip(map(str, COUNTS), mabo(self.at_counts).tolist(), strict=True)),
            "curve": {
                "boxes": CURVE,
                "recall_at_iou_0.5": recall(self.overlaps).tolist(),
                "mabo": mabo(self.overlaps).tolist(),
            },
        }


def evenly(count: int, limit: int) -> list[int]:
    """At most ``limit`` numbers from 0 to count - 1, evenly spread, in order."""
    return [int(n) for n in np.linspace(0, count - 1, min(limit, count))]


def score(source: Source, dataset: Dataset, images: Sequence[int]) -> Scored:
    """Run a source over the chosen images of a set with annotated faces."""
    assert dataset.faces is not None
    source.propose(dataset.images[images[0]])  # compiles, which is not what is timed
    overlaps, boxes_per_image, seconds = [], [], []
    for number in images:
        image = dataset.images[number]
        start = time.perf_counter()
        boxes = source.propose(image)
        seconds.append(time.perf_counter() - start)
        boxes_per_image.append(len(boxes))
        overlaps.append(best_overlaps(boxes, dataset.faces[number].counted.boxes, [*CURVE, *COUNTS]))
    both = np.concatenate(overlaps, axis=1)
    return Scored(both[: len(CURVE)], both[len(CURVE) :], np.array(boxes_per_image), np.array(seconds))
