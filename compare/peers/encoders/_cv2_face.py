"""What Eigenfaces and Fisherfaces of cv2.face share: training, and the projection that predict makes."""

from typing import Any

import cv2
import numpy as np

from eigen2arc.classical.linear.projection import LinearProjection, grey
from eigen2arc.core.checks import check_shape


class Cv2Projection(LinearProjection):
    """The projection of a recognizer, by OpenCV: a vector x becomes W^T (x - mean), W its eigenvectors."""

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) to (N, K) float32. Raises ValueError for vectors of another length."""
        check_shape(vectors, f"N {len(self.mean)}", "vectors")
        if not len(vectors):
            return np.zeros((0, len(self.axes)), np.float32)
        return cv2.PCAProject(vectors.astype(np.float32), self.mean[None], self.axes)


def trained(recognizer: Any, crops: np.ndarray, labels: np.ndarray) -> Cv2Projection:
    """Train a recognizer of cv2.face on crops (N, S, S, 3), and return its projection.

    cv2.face projects a new image only inside predict, which gives the distance to the nearest image it knows.
    """
    recognizer.train(list(grey(crops)), labels.astype(np.int32))
    mean, axes = recognizer.getMean(), recognizer.getEigenVectors()
    return Cv2Projection(mean[0].astype(np.float32), np.ascontiguousarray(axes.T, np.float32))
