"""Augmentation of images that a detector is trained on: a square cut out of them, a mirror, another exposure.

Deng et al., "RetinaFace", CVPR 2020, section 4.2, "Data augmentation": as faces in photographs are small, squares of
0.3 to 1 times the shorter side are cut out at random and brought to the size of the input.
"""

import cv2
import numpy as np

from eigen2arc.core.types import Faces
from eigen2arc.deep.augment.crops import exposure

#: Of the square's side, in shorter sides of the image.
LEAST_SQUARE = 0.3

#: Left eye for right eye, left mouth corner for right mouth corner.
MIRRORED_POINTS = [1, 0, 2, 4, 3]


def augment_image(image: np.ndarray, faces: Faces, size_px: int, rng: np.random.Generator) -> tuple[np.ndarray, Faces]:
    """Cut a random square out of (H, W, 3) uint8 RGB, scale it to (size_px, size_px, 3), and vary it; with its faces.

    A face whose middle is in the square is cut off at its border. One with its middle outside is left as a face to be
    ignored, with a score of 0: part of it may be seen, too little to learn from.
    """
    height, width = image.shape[:2]
    side = max(1, round(min(height, width) * rng.uniform(LEAST_SQUARE, 1)))
    left, top = (int(rng.integers(0, length - side + 1)) for length in (width, height))
    square = image[top : top + side, left : left + side]
    smaller = cv2.INTER_AREA if side > size_px else cv2.INTER_LINEAR
    resized = cv2.resize(square, (size_px, size_px), interpolation=smaller)
    moved = crop_faces(faces, np.array([left, top], np.float32), side, size_px / side)
    return expose_and_mirror(resized, moved, rng)


def expose_and_mirror(image: np.ndarray, faces: Faces, rng: np.random.Generator) -> tuple[np.ndarray, Faces]:
    """Change an image's exposure at random, and mirror half of the images with their faces."""
    image = exposure(image, rng)
    if rng.random() < 0.5:
        return np.ascontiguousarray(image[:, ::-1]), mirror_faces(faces, image.shape[1])
    return image, faces


def crop_faces(faces: Faces, corner: np.ndarray, side: float, zoom: float) -> Faces:
    """Return the faces seen in a square of an image, in the square's pixels times ``zoom``; see augment_image.

    corner : (2,) x y of the square's left top. side : its side, in pixels.
    """
    middle = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2 - corner
    inside = ((middle > 0) & (middle < side)).all(axis=1)
    boxes = (faces.boxes - np.tile(corner, 2)).clip(0, side)
    seen = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    points = None if faces.landmarks is None else (faces.landmarks[seen] - corner) * zoom
    return Faces(boxes[seen] * zoom, np.where(inside, faces.scores, 0)[seen], points)


def mirror_faces(faces: Faces, width_px: int) -> Faces:
    """Mirror the faces of an image that is width_px wide."""
    boxes = faces.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [width_px, 0, width_px, 0]
    points = None
    if faces.landmarks is not None:
        points = faces.landmarks[:, MIRRORED_POINTS] * [-1, 1] + [width_px, 0]
    return Faces(boxes, faces.scores, points)
