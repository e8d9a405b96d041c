"""dlib's detector of frontal faces, what the package face_recognition finds them with: HOG under a sliding window.

Davis King, "Max-Margin Object Detection", arXiv:1502.00046: five linear filters, one for each way a head turns, trained
on the faces of LFW (dlib/image_processing/frontal_face_detector.h), so that what it finds there says little of other
sets. The points are those of dlib's shape predictor (Kazemi, Sullivan, "One Millisecond Face Alignment with an Ensemble
of Regression Trees", CVPR 2014). Needs the extra ``dlib``.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.checks import check_image
from eigen2arc.core.types import Faces
from eigen2arc.deep.weights_io.dlib_models import load_dlib, model_file

#: The points of the 68 whose mean is each of ours: the eyes' outlines, the tip of the nose, the mouth's corners.
OF_68 = (range(36, 42), range(42, 48), (30,), (48,), (54,))


class DlibHog:
    """The detector with its shape predictor. upsample : build's. A score is the margin of the filter that fired."""

    def __init__(self, dlib: Any, upsample: int) -> None:
        self.detector, self.upsample = dlib.get_frontal_face_detector(), upsample
        self.predictor = dlib.shape_predictor(model_file("shape_predictor_68_face_landmarks.dat"))

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces with five points in uint8 RGB images: one Faces each, best first."""
        for i, image in enumerate(images):
            check_image(image, f"images[{i}]")
        return [self._detect(np.ascontiguousarray(image)) for image in images]

    def _detect(self, image: np.ndarray) -> Faces:
        found, scores, _ = self.detector.run(image, self.upsample, 0.0)
        if not len(found):
            return Faces.none()
        height, width = image.shape[:2]
        # dlib's right and bottom are inclusive; what sticks out is cut off, as face_recognition does it.
        boxes = np.array([[one.left(), one.top(), one.right() + 1, one.bottom() + 1] for one in found])
        points = np.array([_five(self.predictor(image, one)) for one in found])
        order = np.argsort(-np.array(scores), kind="stable")
        return Faces(boxes.clip(0, [width, height] * 2), np.array(scores), points)[order]


def _five(shape: Any) -> list[np.ndarray]:
    return [np.mean([[shape.part(i).x, shape.part(i).y] for i in group], axis=0) for group in OF_68]


def build(*, upsample: Annotated[int, Ge(0), Le(4)] = 1) -> DlibHog:
    """Build the detector.

    upsample : how many times an image is doubled first; the smallest face has 80 pixels without, 40 with 1, which is
    face_recognition's. Raises UserError where a package is missing.
    """
    return DlibHog(load_dlib(), upsample)
