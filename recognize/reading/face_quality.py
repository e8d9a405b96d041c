"""How a face lies in its photo: how large it is, how it is turned, how sharp it is, and what else shows a face."""

from typing import NamedTuple

import cv2
import numpy as np

from eigen2arc.core.align import TEMPLATE_112
from eigen2arc.core.geometry import area, intersection, similarity_transform
from eigen2arc.core.image import to_grey
from eigen2arc.core.types import Faces

#: Pixels between the eyes of a face that looks ahead, in a crop of 112 pixels.
EYES_112 = float(np.linalg.norm(TEMPLATE_112[1] - TEMPLATE_112[0]))

#: The part of a crop of 112 pixels that shows a face and no background, from and to, on both axes.
INNER = slice(24, 104)

#: Fewer pixels between the eyes show less than an encoder needs. Of 80 pairs of images of one person, of LFW, dlib's
#: network takes 99 % for one person's; with one image scaled to 20, 16, 12, 10, 8, 6 px 98, 96, 91, 91, 85, 56 %.
TINY_EYES_PX = 12.0

#: A face is blurred below this sharpness. Of 300 images of LFW none was, .0139 the least; blurred, in the crop of 112
#: pixels, by a Gaussian of 1.5, 2, 2.5, 3 px 31, 77, 97, 99 % were. Of the pairs above dlib's network takes 98,
#: 93, 76, 48 % for one person's with one image blurred by 1, 2, 3, 4 px.
BLURRED = 0.01

#: A face that is surer than this is upright, and its photo is not looked at on its sides. Of 60 images of LFW 54 were
#: surer; on their sides and upside down none of 180 was, .9982 the most, and each was surer when it was upright.
SURE = 0.999

#: So sure has a face to be that is found after a turn, and so many times less likely to be none than the one that is
#: found without. Of the 180 photos of LFW on their sides or upside down the least had 8 times.
SURE_TURNED, TIMES_SURER = 0.95, 4

#: Another face could be meant as well where it is so large a share, by area, of the one that is taken, and so much of
#: its box lies in the image: one that the border cuts is nobody's portrait.
AS_LARGE, WHOLE = 0.7, 0.9


class Placed(NamedTuple):
    """How a face lies: what a similarity makes of its five points to lay them on those of an upright crop.

    eyes_px : between the eyes, if it looked ahead, in pixels of its image. roll_deg : how far it is turned, clockwise,
    -180..180; 0 for an upright one.
    """

    eyes_px: float
    roll_deg: float


def place(face: Faces) -> Placed:
    """Measure how the one face of ``face`` lies; by its box where it has no points."""
    points = None if face.landmarks is None else face.landmarks[0]
    if points is None or not np.isfinite(points).all() or len(np.unique(points, axis=0)) < 2:
        return Placed(float(face.boxes[0, 2] - face.boxes[0, 0]) * EYES_112 / 80, 0.0)
    onto = similarity_transform(points.astype(np.float64), TEMPLATE_112)
    scale = float(np.hypot(onto[0, 0], onto[1, 0]))
    return Placed(EYES_112 / scale, float(-np.degrees(np.arctan2(onto[1, 0], onto[0, 0]))))


def nose_offset(face: Faces) -> float:
    """Measure how far the nose lies beside the middle of the eyes, along the line through them, in their distance.

    0 for a face that looks ahead, .5 where the nose is below an eye; 0 where a face has no points.
    """
    points = None if face.landmarks is None else face.landmarks[0].astype(np.float64)
    if points is None or not np.isfinite(points[:3]).all():
        return 0.0
    across = points[1] - points[0]
    return float(abs((points[2] - points[:2].mean(axis=0)) @ across) / max(float(across @ across), 1e-6))


def sharpness(crop: np.ndarray) -> float:
    """Measure how sharp the face in an aligned crop (112, 112, 3) is; 0 for one of a single brightness.

    The variance of the Laplacian (Pech-Pacheco, Cristobal, Chamorro-Martinez, Fernandez-Valdivia, "Diatom
    autofocusing in brightfield microscopy: a comparative study", ICPR 2000) over the variance of the brightness, so
    that neither contrast nor the size of the face counts.
    """
    grey = to_grey(crop).astype(np.float32)
    bent = cv2.Laplacian(grey, cv2.CV_32F)[INNER, INNER]
    return float(bent.var() / max(float(grey[INNER, INNER].var()), 1.0))


def count_rivals(faces: Faces, chosen: Faces, image_shape: tuple[int, ...]) -> int:
    """Count the faces of an image that could be meant as well as the one that is chosen of them."""
    frame = np.array([[0, 0, image_shape[1], image_shape[0]]], np.float32)
    size = area(faces.boxes)
    whole = intersection(faces.boxes, frame)[:, 0] >= WHOLE * size
    itself = (faces.boxes == chosen.boxes).all(axis=1)
    return int((whole & ~itself & (size >= AS_LARGE * area(chosen.boxes)[0])).sum())
