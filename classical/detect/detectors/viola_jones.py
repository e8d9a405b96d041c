"""Viola-Jones: a boosted cascade of Haar (or LBP) features finds faces, a second one the eyes in them (CVPR 2001).

With a landmark model all five points come from supervised descent instead:
classical/detect/landmarks/supervised_descent.py. Evaluates OpenCV's cascade files and our own with an engine of our
own, see classical/detect/cascade/engine/cascade.py.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.formats.files import load_cascade
from eigen2arc.classical.detect.landmarks.face_landmarks import FaceLandmarks, read_landmarks
from eigen2arc.core.bounds import Count, Ge, Le
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import to_grey
from eigen2arc.core.types import Faces

#: Eyes are searched in the upper part of the box, enlarged to this width where it is smaller: the eye cascade's
#: window of 20 px is a quarter of a face.
EYES_HEIGHT = 0.6
EYES_WIDTH_PX = 120

#: The middle of an eye cascade's window lies to the left of the eye, as seen in the image, by this share of the eyes'
#: distance: the median over both eyes of 80 synthetic faces.
EYES_SHIFT = 0.028

#: Where eyes lie in a frontal face's box, as shares of its side: apart from each other, and the slope between them.
EYE_DISTANCE_RANGE = (0.25, 0.6)
MAX_EYE_SLOPE = 0.35

#: How far from the box's middle the point between the eyes may lie, as a share of the side.
MAX_EYE_SHIFT = 0.15


class ViolaJones:
    """Frontal faces. A score is the larger the surer, see Cascade.detect for the two there are.

    Points are those of ``landmarks``; without them the eyes that the eye cascade finds, and NaN for all others.
    """

    def __init__(
        self,
        face: Cascade,
        eye: Cascade | None,
        landmarks: FaceLandmarks | None,
        scale_factor: float,
        min_neighbors: int,
        min_size_px: int,
        summed_scores: bool,
    ) -> None:
        self.face = face
        self.eye = eye
        self.landmarks = landmarks
        self.scale_factor = scale_factor
        self.min_neighbors = min_neighbors
        self.min_size_px = min_size_px
        self.summed_scores = summed_scores

    @property
    def parameters(self) -> int | None:
        """How many numbers its cascades hold; None with a model of landmarks, which is not counted."""
        return None if self.landmarks is not None else self.face.parameters + (self.eye.parameters if self.eye else 0)

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces in uint8 RGB images: one Faces each, best first."""
        for i, image in enumerate(images):
            check_image(image, f"images[{i}]")
        return [self._detect(image) for image in images]

    def _detect(self, image: np.ndarray) -> Faces:
        grey = to_grey(image)
        boxes, weights = self.face.detect(
            grey, self.scale_factor, self.min_neighbors, self.min_size_px, summed=self.summed_scores
        )
        order = np.argsort(-weights, kind="stable")
        boxes, weights = boxes[order], weights[order]
        # Where the faces are in the windows: the windows themselves, with a cascade that does not say.
        corners = np.tile(boxes[:, :2], 2) + np.tile(boxes[:, 2:], 2) * self.face.face
        if self.landmarks is not None:
            return Faces(corners, weights, self.landmarks.locate_points(grey, corners))
        points = np.full((len(boxes), 5, 2), np.nan)
        if self.eye is not None:
            for eyes, box in zip(points, boxes, strict=True):
                eyes[:2] = self._eyes(self.eye, grey, box)
        return Faces(corners, weights, points)

    def _eyes(self, eye: Cascade, grey: np.ndarray, box: np.ndarray) -> np.ndarray:
        """(2, 2) x y of the eyes in the image, NaN if no pair is found."""
        x, y, width, height = box
        upper = grey[y : y + max(int(height * EYES_HEIGHT), 1), x : x + width]
        zoom = max(EYES_WIDTH_PX / width, 1.0)
        if zoom > 1:
            upper = cv2.resize(upper, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)
        found, weights = eye.detect(upper, 1.05, 1, round(0.15 * width * zoom), round(0.4 * width * zoom))
        eyes = eye_pair(found, weights, width * zoom) / zoom
        eyes[:, 0] += EYES_SHIFT * (eyes[1, 0] - eyes[0, 0])
        return np.array([x, y]) + eyes


def eye_pair(boxes: np.ndarray, weights: np.ndarray, face_side_px: float) -> np.ndarray:
    """Choose two eyes in a face's box: of an eye cascade's windows the surest pair that could be a pair of eyes.

    boxes : (N, 4) x y width height of candidates, seen from the face box's corner. weights : (N,), higher is surer.
    Returns (2, 2) float64, the centres x y of the eye on the left and of that on the right in the image; NaN where no
    two candidates lie as eyes do. Of several pairs the one with the largest sum of weights is taken.
    """
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    best, chosen = -np.inf, np.full((2, 2), np.nan)
    for a, b in itertools.combinations(range(len(boxes)), 2):
        left, right = sorted((a, b), key=lambda i: centres[i, 0])
        across, down = centres[right] - centres[left]
        middle = (centres[left, 0] + centres[right, 0]) / 2
        if (
            EYE_DISTANCE_RANGE[0] * face_side_px <= across <= EYE_DISTANCE_RANGE[1] * face_side_px
            and abs(down) <= MAX_EYE_SLOPE * across
            and abs(middle - face_side_px / 2) <= MAX_EYE_SHIFT * face_side_px
            and weights[a] + weights[b] > best
        ):
            best, chosen = weights[a] + weights[b], centres[[left, right]]
    return chosen


def build(
    *,
    cascade: str | Path = "frontal_cascade_20.json",
    eye_cascade: str | Path = "haarcascade_eye.xml",
    landmarks: str | Path = "",
    scale_factor: Annotated[float, Ge(1.001), Le(100)] = 1.1,
    min_neighbors: Annotated[int, Ge(0)] = 2,
    min_size_px: Annotated[int, Ge(0)] = 20,
    summed_scores: bool = True,
    stages: Count | None = None,
) -> ViolaJones:
    """Build the Viola-Jones detector.

    cascade : of faces, a file (.xml, .json), or the name of one of OpenCV's or of ours. eye_cascade : of eyes, the
    same; "" searches none. landmarks : "synthetic" for the shipped five-point model, or a file written by ``classical
    train landmarks``; then the eye cascade is not used. "" finds the eyes only. scale_factor : from one window size to
    the next. min_neighbors : a face is what more than so many like windows agree on; 1 finds more faces and more false
    alarms than 2. 0 does not group: every window that passes stands alone, dozens around one face, which all but one
    count as false alarms. min_size_px : side of the smallest face. summed_scores : a face's score is the sum over its
    windows of what they have above the last stage's threshold; that ranks better than the best window's sum alone,
    which OpenCV takes. stages : how many of the face cascade's stages a window has to pass; fewer find more faces and
    more false alarms, so that a curve goes on; all if it is not given.
    Raises UserError for files that cannot be used, and for more stages than there are.
    """
    points = read_landmarks(landmarks) if landmarks else None
    eye = load_cascade(eye_cascade) if eye_cascade and points is None else None
    face = load_cascade(cascade)
    if stages is not None:
        if stages > len(face.stages.thresholds):
            raise UserError(f"viola_jones: stages = {stages}: {cascade} has {len(face.stages.thresholds)}")
        face = face.first_stages(stages)
    return ViolaJones(face, eye, points, scale_factor, min_neighbors, min_size_px, summed_scores)
