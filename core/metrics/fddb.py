"""FDDB's regions, ellipses and not boxes, and its continuous score, which counts how well a face is covered.

Jain and Learned-Miller, "FDDB: A benchmark for face detection in unconstrained settings", 2010, sections 5 and 6, and
the makers' program ``evaluate``, which draws both regions into masks of the image's size and counts pixels.
"""

from collections.abc import Callable

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

#: Draws one region into a mask (H, W) of uint8 as ones.
Draw = Callable[[np.ndarray, np.ndarray], None]


def region_overlaps(boxes: np.ndarray, ellipses: np.ndarray, height_px: int, width_px: int, region: str) -> np.ndarray:
    """Compute the intersection over union of detected regions and annotated ellipses, in whole pixels.

    boxes : (N, 4) x1 y1 x2 y2. ellipses : (T, 5), see datasets.readers.fddb. Both are cut off at the image's border.
    region : "rectangle" takes a box as it is; "ellipse" the upright ellipse inscribed in it: the same centre, half its
    height and half its width for semi-axes. Nothing is added or moved to fit FDDB's way to annotate.
    Returns (N, T) float64, 0..1.
    """
    draw: Draw = {"rectangle": _draw_box, "ellipse": lambda mask, box: _draw_ellipse(mask, _inscribed(box))}[region]
    annotated = [_mask(height_px, width_px, _draw_ellipse, ellipse) for ellipse in ellipses]
    areas = [cv2.countNonZero(mask) for mask in annotated]
    overlaps = np.zeros((len(boxes), len(ellipses)))
    for row, box in zip(overlaps, boxes, strict=True):
        detected = _mask(height_px, width_px, draw, box)
        area = cv2.countNonZero(detected)
        shared = np.array([cv2.countNonZero(cv2.bitwise_and(detected, mask)) for mask in annotated])
        row[:] = shared / np.maximum(area + np.array(areas) - shared, 1)
    return overlaps


def _mask(height_px: int, width_px: int, draw: Draw, what: np.ndarray) -> np.ndarray:
    mask = np.zeros((height_px, width_px), np.uint8)
    draw(mask, what)
    return mask


def _draw_box(mask: np.ndarray, box: np.ndarray) -> None:
    """As ``evaluate`` does: both corners rounded and drawn in."""
    x1, y1, x2, y2 = (round(float(side)) for side in box)
    cv2.rectangle(mask, (x1, y1), (x2, y2), 1, cv2.FILLED)


def _draw_ellipse(mask: np.ndarray, ellipse: np.ndarray) -> None:
    """As ``evaluate`` does: the centre rounded, the semi-axes cut to whole pixels, the angle in degrees."""
    a, b, t, x, y = (float(value) for value in ellipse)
    cv2.ellipse(mask, (round(x), round(y)), (int(a), int(b)), np.degrees(t), 0, 360, 1, cv2.FILLED)


def _inscribed(box: np.ndarray) -> np.ndarray:
    """The upright ellipse in a box: semi-axes a (vertical) and b, the angle of a, the centre."""
    x1, y1, x2, y2 = box
    return np.array([(y2 - y1) / 2, (x2 - x1) / 2, np.pi / 2, (x1 + x2) / 2, (y1 + y2) / 2])


def gains(overlaps: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Compute by how much each detection in an image raises its continuous score: (N,) float64, 0..1.

    overlaps : (N, T) with the annotated regions; scores : (N,). At every threshold the detections above it are matched
    to the faces, one to one, so that the overlaps of all pairs (below one half, too) add up to the most; that sum is
    the image's score there. So the gains of all detections above a threshold add up to the score, whichever comes
    first among equal scores.
    """
    gain = np.zeros(len(scores))
    order = np.argsort(-scores, kind="stable")
    before = 0.0
    for n, number in enumerate(order, 1):
        if overlaps[number].any():
            above = overlaps[order[:n]]
            total = above[linear_sum_assignment(above, maximize=True)].sum()
            gain[number], before = total - before, total
    return gain
