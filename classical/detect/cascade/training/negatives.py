"""Windows without faces for training a cascade: those of photographs that the cascade so far takes for faces.

P. Viola, M. Jones, CVPR 2001, section 4.1: every stage learns from the false alarms of the stages before it. Late
stages need more than the photographs have, so that each is searched again and again: mirrored, turned, in other
scales and tones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.haar.window_integrals import MIN_DEVIATION
from eigen2arc.classical.image.scale_pyramid import levels_for, scales_for
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read, to_grey

#: From one scale to the next.
FACTOR = 1.2

#: At most so many windows of one view: neighbours are alike, and no photograph shall outvote the others.
MOST_PER_VIEW = 50

#: After the first pass, of the views: turned by quarters, turned freely (up to so far), inverted.
QUARTERS, FREELY, FREE_TURN_DEGREES, INVERTED = 0.5, 0.5, 30.0, 0.25

#: ... and enlarged or reduced by up to this factor, so that the windows fall on other pixels.
RESCALE = 1.5


@dataclass(frozen=True)
class NegativeSearch:
    """The result of a search for negatives.

    windows : (n, S, S) uint8. scanned, accepted : windows in all, and those taken for faces. next_view :
    number of the first view that was not searched.
    """

    windows: np.ndarray
    scanned: int
    accepted: int
    next_view: int


@dataclass(frozen=True)
class Backgrounds:
    """An endless row of views of the photographs ``paths``; view k depends on ``seed`` and k only."""

    paths: Sequence[Path]
    seed: int

    def view(self, number: int) -> np.ndarray:
        """Read a photograph (H, W) uint8: as it is in the first pass over all of them, then changed at random."""
        pass_number, index = divmod(number, len(self.paths))
        order = np.random.default_rng([self.seed, pass_number]).permutation(len(self.paths))
        grey = to_grey(read(self.paths[order[index]]))
        return grey if pass_number == 0 else _changed(grey, np.random.default_rng([self.seed, pass_number, index]))


def _changed(grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    mirrored, quarters, freely, inverted = rng.random(4) < [0.5, QUARTERS, FREELY, INVERTED]
    quarter, turn, grow = int(rng.integers(1, 4)), rng.uniform(-1, 1) * FREE_TURN_DEGREES, rng.uniform(-1, 1)
    if mirrored:
        grey = grey[:, ::-1]
    if quarters:
        grey = np.rot90(grey, quarter)
    if inverted:
        grey = 255 - grey
    grey = np.ascontiguousarray(grey)
    if freely:
        grey = _rotated(grey, float(turn))
    size = [max(round(side * RESCALE**grow), 1) for side in grey.shape[::-1]]
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if grow < 0 else cv2.INTER_LINEAR))


def _rotated(grey: np.ndarray, degrees: float) -> np.ndarray:
    """Return the largest middle part, in the image's own proportions, that the rotated image fills."""
    height, width = grey.shape
    cos, sin = abs(np.cos(np.deg2rad(degrees))), abs(np.sin(np.deg2rad(degrees)))
    shrink = min(width / (width * cos + height * sin), height / (width * sin + height * cos))
    size = max(int(width * shrink), 1), max(int(height * shrink), 1)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR))


def find_negatives(
    cascade: Cascade | None,
    backgrounds: Backgrounds,
    window_px: int,
    wanted: int,
    first_view: int,
    most_scanned: int,
) -> Iterator[NegativeSearch]:
    """Scan view after view until ``wanted`` windows are found or ``most_scanned`` scanned.

    cascade : None takes every window that is not flat. Yields what is found so far after every view; the last one is
    the result, and the same whatever the number of threads. Raises UserError for photographs without a window.
    """
    parts, found, scanned, accepted, number = [np.zeros((0, window_px, window_px), np.uint8)], 0, 0, 0, first_view
    while found < wanted and scanned < most_scanned:
        if scanned == 0 and number - first_view >= len(backgrounds.paths):
            raise UserError(f"the backgrounds are smaller than a window of {window_px} pixels: give larger photographs")
        rng = np.random.default_rng([backgrounds.seed, number, first_view])
        most = min(MOST_PER_VIEW, wanted - found)
        windows, in_view, taken = _false_alarms(cascade, backgrounds.view(number), window_px, most, rng)
        parts.append(windows)
        found, number = found + len(windows), number + 1
        scanned, accepted = scanned + in_view, accepted + taken
        yield NegativeSearch(np.concatenate(parts), scanned, accepted, number)


def _false_alarms(
    cascade: Cascade | None, view: np.ndarray, window_px: int, most: int, rng: np.random.Generator
) -> tuple[np.ndarray, int, int]:
    """Find up to ``most`` windows (n, S, S) taken for faces, as the cascade sees them; count all, and all taken."""
    image_px, side_px = (view.shape[1], view.shape[0]), (window_px, window_px)
    images, corners, scanned = [], [np.zeros((0, 3), np.int64)], 0
    for number, level in enumerate(levels_for(image_px, side_px, scales_for(image_px, side_px, FACTOR, window_px, 0))):
        images.append(level.reduce(view))
        step = level.step_px
        passed = np.ones((-(-level.rows_px // step), -(-level.columns_px // step)), bool)
        if cascade is not None:
            passed = cascade.scan(level, images[-1]) > -np.inf
        rows, columns = np.nonzero(passed)
        corners.append(np.stack([np.full(len(rows), number), step * rows, step * columns], axis=1))
        scanned += passed.size
    taken = np.concatenate(corners)
    chosen = taken[np.sort(rng.permutation(len(taken))[:most])]
    windows = np.empty((len(chosen), window_px, window_px), np.uint8)
    for window, (number, y, x) in zip(windows, chosen, strict=True):
        window[:] = images[number][y : y + window_px, x : x + window_px]
    flat = windows[:, 1:-1, 1:-1].std(axis=(1, 2)) <= MIN_DEVIATION
    return windows[~flat], scanned, len(taken)
