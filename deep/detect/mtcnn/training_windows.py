"""The windows that MTCNN learns from: near faces and far from them, told apart by their overlap.

Zhang et al. 2016, section II.C, "Training data": from an intersection over union of 0.65 with a face on, a window is
positive; from 0.4 on it shows part of one; below 0.3 it is negative; in between it teaches nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eigen2arc.core.geometry import iou
from eigen2arc.core.types import Faces

POSITIVE_IOU, PART_IOU, NEGATIVE_IOU = 0.65, 0.4, 0.3

#: What a window shows.
NEGATIVE, PART, POSITIVE, NOTHING_SURE = 0, 1, 2, 3


@dataclass(frozen=True)
class TrainingWindows:
    """Square windows of one image, with the targets of the networks.

    boxes : (N, 4) float32 pixels. kind : (N,) int64. offsets : (N, 4) float32, from the window's sides to those of the
    nearest face's box, in sides of the window. points : (N, 5, 2) float32, that face's landmarks, 0..1 from the
    window's left and top to its right and bottom; NaN where they are not known.
    """

    boxes: np.ndarray
    kind: np.ndarray
    offsets: np.ndarray
    points: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    def __getitem__(self, rows: np.ndarray) -> "TrainingWindows":
        return TrainingWindows(self.boxes[rows], self.kind[rows], self.offsets[rows], self.points[rows])

    @classmethod
    def concat(cls, parts: Sequence["TrainingWindows"]) -> "TrainingWindows":
        columns = ("boxes", "kind", "offsets", "points")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def label_windows(boxes: np.ndarray, faces: Faces) -> TrainingWindows:
    """Label square boxes (N, 4) by what they show of an image's faces.

    A window with much of a face to be ignored (score 0) shows nothing sure.
    """
    n = len(boxes)
    if len(faces) == 0:
        nothing = np.full((n, 5, 2), np.nan, np.float32)
        return TrainingWindows(boxes.astype(np.float32), np.full(n, NEGATIVE), np.zeros((n, 4), np.float32), nothing)
    overlap = iou(boxes, faces.boxes)
    nearest = overlap.argmax(axis=1)
    best = overlap[np.arange(n), nearest]
    cases = [best >= POSITIVE_IOU, best >= PART_IOU, best < NEGATIVE_IOU]
    kind = np.select(cases, [POSITIVE, PART, NEGATIVE], NOTHING_SURE)
    kind[(faces.scores[nearest] == 0) & (kind != NEGATIVE)] = NOTHING_SURE
    side = (boxes[:, 2] - boxes[:, 0])[:, None]
    offsets = (faces.boxes[nearest] - boxes) / side
    points = np.full((n, 5, 2), np.nan)
    if faces.landmarks is not None:
        points = (faces.landmarks[nearest] - boxes[:, None, :2]) / side[:, None]
    return TrainingWindows(boxes.astype(np.float32), kind, offsets.astype(np.float32), points.astype(np.float32))


def draw_windows(
    faces: Faces, height: int, width: int, least_px: float, each: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw square boxes (N, 4): ``each`` anywhere in the image and, around every face, 2 ``each``.

    Of these half are centred within 0.2 of the face's width and height of its centre, half within 1, with sides of 0.8
    of the face's shorter to 1.25 of its longer one; label_windows() tells by the IoU what each shows. least_px : the
    smallest side. Boxes may reach over the image's border.
    """
    largest = max(min(height, width) / 2, least_px)
    side = least_px * (largest / least_px) ** rng.random(each)
    drawn = [_squares(rng.uniform([0, 0], [width, height], (each, 2)), side)]
    for x1, y1, x2, y2 in faces.boxes:
        size = np.array([x2 - x1, y2 - y1])
        middle = np.array([x1 + x2, y1 + y2]) / 2
        for reach in (0.2, 1.0):
            side = rng.uniform(0.8 * size.min(), 1.25 * size.max(), each).clip(least_px)
            drawn.append(_squares(middle + rng.uniform(-reach, reach, (each, 2)) * size, side))
    return np.concatenate(drawn)


def _squares(middle: np.ndarray, side: np.ndarray) -> np.ndarray:
    half = side[:, None] / 2
    return np.concatenate([middle - half, middle + half], axis=1)
