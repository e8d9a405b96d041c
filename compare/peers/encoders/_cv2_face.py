"""What Eigenfaces and Fisherfaces of cv2.face share: what they learn from, and the projection that predict makes."""

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


def trained(recognizer: Any, crops: np.ndarray, labels: np.ndarray, images: int | None) -> Cv2Projection:
    """Train a recognizer of cv2.face on (at most ``images``, see drawn) crops, and return its projection.

    cv2.face projects a new image only inside predict, which gives the distance to the nearest image it knows.
    """
    rows = drawn(labels, images)
    recognizer.train(list(grey(crops[rows])), labels[rows].astype(np.int32))
    mean, axes = recognizer.getMean(), recognizer.getEigenVectors()
    return Cv2Projection(mean[0].astype(np.float32), np.ascontiguousarray(axes.T, np.float32))


def drawn(labels: np.ndarray, images: int | None) -> np.ndarray:
    """Draw the images (M,), ascending, that are learned from: whole people, always the same, as many as fit.

    People with several images come first: one with a single image tells Fisherfaces nothing. images : None for all.
    """
    if images is None or len(labels) <= images:
        return np.arange(len(labels))
    _, person, counts = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.random.default_rng(0).permutation(len(counts))
    taken, left = np.zeros(len(counts), bool), images
    for one in order[np.argsort(counts[order] == 1, kind="stable")]:
        if counts[one] <= left:
            taken[one], left = True, left - counts[one]
    return np.flatnonzero(taken[person])
