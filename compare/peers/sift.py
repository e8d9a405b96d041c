"""The patches of our dense SIFT for cv2.SIFT, and the mixture of our Fisher vectors for scikit-image."""

import cv2
import numpy as np
from sklearn.mixture import GaussianMixture as SklearnMixture

from eigen2arc.classical.descriptors.dense_sift import CELL_PX, patch_centres, sides_px
from eigen2arc.classical.encode.vocabulary.gaussian_mixture import GaussianMixture


def sift_keypoints(size_px: int, stride_px: int, scales: int) -> list[cv2.KeyPoint]:
    """Key points for all patches of an image size_px wide; a histogram is 3/2 of a key point's size wide."""
    points = []
    for side in sides_px(size_px, scales):
        width_px = CELL_PX * size_px / side
        centres = (patch_centres(side, stride_px, 1) + 0.5) * size_px - 0.5
        points += [cv2.KeyPoint(x, y, width_px / 1.5, 0) for x, y in centres.tolist()]
    return points


def sklearn_mixture(mixture: GaussianMixture) -> SklearnMixture:
    """Ours as scikit-learn's, which scikit-image takes."""
    theirs = SklearnMixture(len(mixture.weights), covariance_type="diag")
    theirs.weights_, theirs.means_, theirs.covariances_ = mixture.weights, mixture.means, mixture.variances
    theirs.precisions_cholesky_ = 1 / np.sqrt(mixture.variances)
    return theirs
