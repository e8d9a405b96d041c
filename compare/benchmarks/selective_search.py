"""Our selective search and OpenCV's fast one: ms per synthetic scene of 512 x 512, recall of faces at 1,000 boxes."""

import time
from collections.abc import Callable

import cv2
import numba
import numpy as np

from eigen2arc.compare.peers.races.opencv_proposals import OpenCVSelectiveSearch
from eigen2arc.core import plugins
from eigen2arc.core.bounds import NonNegative
from eigen2arc.core.metrics.proposals import best_overlaps, recall

from ._measure import Row, row

SIDE_PX = 512
BOXES = 1000

#: Recall is of all annotated faces of at least so many scenes: about 170 faces.
LEAST_SCENES, MOST_SCENES = 20, 1000


def build(*, seconds: NonNegative = 60.0) -> list[Row]:
    """Time both and compute their recall, in turns.

    seconds : how long to measure, at least LEAST_SCENES scenes each. Both may use as many threads as numba is given
    (OpenCV's program uses one for most of its work).
    """
    ours, peer = plugins.build("proposal", "selective_search"), OpenCVSelectiveSearch()
    # Not seed 0: on those scenes the ranking was chosen.
    scenes = plugins.build("dataset", "scenes", images=MOST_SCENES, width_px=SIDE_PX, height_px=SIDE_PX, seed=50)
    assert scenes.faces is not None
    ours.propose(scenes.images[0])  # compiles
    threads_before = cv2.getNumThreads()
    cv2.setNumThreads(numba.get_num_threads())
    times: list[tuple[float, float]] = []
    overlaps: list[list[np.ndarray]] = [[], []]
    end = time.perf_counter() + seconds
    while len(times) < LEAST_SCENES or (time.perf_counter() < end and len(times) < MOST_SCENES):
        image, faces = scenes.images[len(times)], scenes.faces[len(times)].boxes
        runs = [_timed(source.propose, image) for source in (ours, peer)]
        times.append((runs[0][1], runs[1][1]))
        for found, (boxes, _) in zip(overlaps, runs, strict=True):
            found.append(best_overlaps(boxes, faces, [BOXES]))
    cv2.setNumThreads(threads_before)
    mine_ms, theirs_ms = (1000 * np.median(times, axis=0)).tolist()
    mine, theirs = (float(recall(np.concatenate(found, axis=1))[0]) for found in overlaps)
    what = f"selective search {SIDE_PX} x {SIDE_PX}"
    faces_seen = sum(found.shape[1] for found in overlaps[0])
    return [
        row(what, "ms/image", mine_ms, theirs_ms, "OpenCV fast", less_is_better=True),
        row(f"{what}: {faces_seen} faces at {BOXES:,} boxes", "recall", mine, theirs, "OpenCV fast"),
    ]


def _timed(propose: Callable[[np.ndarray], np.ndarray], image: np.ndarray) -> tuple[np.ndarray, float]:
    start = time.perf_counter()
    boxes = propose(image)
    return boxes, time.perf_counter() - start
