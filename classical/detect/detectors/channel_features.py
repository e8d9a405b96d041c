"""Boosted channel features: gradients and grey values summed over cells, and one long sum of trees (ACF, TPAMI 2014).

Source: P. Dollár, R. Appel, S. Belongie, P. Perona, "Fast Feature Pyramids for Object Detection"; for faces: B. Yang,
J. Yan, Z. Lei, S. Z. Li, "Aggregate Channel Features for Multi-view Face Detection", IJCB 2014.
"""

from collections.abc import Sequence

import numpy as np

from eigen2arc.classical.detect.channels import model as channel_model
from eigen2arc.classical.detect.channels.channel_cascade import ChannelCascade
from eigen2arc.classical.detect.channels.window_features import EXTENTS, FACE_HEIGHT, boxes_in
from eigen2arc.classical.detect.channels.window_merging import merge
from eigen2arc.classical.detect.landmarks.face_landmarks import FaceLandmarks, read_landmarks
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import to_grey
from eigen2arc.core.types import Faces


class ChannelFeatures:
    """Faces, upright and more or less frontal. A score is the sum of those of all windows that agree."""

    def __init__(
        self,
        cascade: ChannelCascade,
        landmarks: FaceLandmarks | None,
        extent: str,
        min_size_px: int,
        least_score: float,
    ) -> None:
        self.cascade = cascade
        self.landmarks = landmarks
        self.extent = extent
        self.min_size_px = min_size_px
        self.least_score = least_score

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """One Faces per uint8 RGB image, best first."""
        for i, image in enumerate(images):
            check_image(image, f"images[{i}]")
        return [self._detect(image) for image in images]

    def _detect(self, image: np.ndarray) -> Faces:
        grey = to_grey(image)
        windows, scores = merge(*self.cascade.windows(grey, self.min_size_px / FACE_HEIGHT))
        enough = scores >= self.least_score
        windows, scores = windows[enough], scores[enough]
        points = None
        if self.landmarks is not None:
            points = self.landmarks.locate_points(grey, boxes_in(windows, "face"))
        return Faces(boxes_in(windows, self.extent), scores, points)


def build(
    *,
    model: str = channel_model.SHIPPED,
    landmarks: str = "synthetic",
    extent: str = "face",
    min_size_px: int = 20,
    least_score: float = 0.0,
) -> ChannelFeatures:
    """model : a file of `eigen2arc classical train channels`, or "faces", the one that comes with the project.

    landmarks : what finds the five points in a face, a file of `classical train landmarks`, or "synthetic", the shipped
    model; "" looks for none.
    extent : what a box holds, "face" (forehead to chin) or "head" (crown to chin, as FDDB is annotated). min_size_px :
    height of the smallest face, forehead to chin. least_score : of a face that is answered.
    Raises UserError for a file or a setting that cannot be used.
    """
    if extent not in EXTENTS:
        raise UserError(f"channel_features: extent {extent!r} is none of {', '.join(EXTENTS)}")
    if min_size_px < 8 or not np.isfinite(least_score):
        raise UserError(
            "channel_features: expected min_size_px of at least 8 and a finite least_score, "
            f"got {min_size_px} and {least_score}"
        )
    points = read_landmarks(landmarks) if landmarks else None
    return ChannelFeatures(channel_model.load(model), points, extent, min_size_px, least_score)
