"""Dense SIFT by OpenCV, and Fisher vectors by scikit-image."""

import cv2
import numpy as np
from skimage.feature import fisher_vector
from sklearn.mixture import GaussianMixture as SklearnMixture

from eigen2arc.classical.descriptors.dense_sift import CELL_PX, dense_sift, patch_centres, sides_px
from eigen2arc.classical.encode.encoders.fisher_vector_faces import FisherVectorFaces
from eigen2arc.classical.encode.vocabulary.fisher_vector import fisher_vectors
from eigen2arc.classical.encode.vocabulary.gaussian_mixture import GaussianMixture
from eigen2arc.classical.linear.projection import grey

from .race import Peer, Race


def _races(encoder: FisherVectorFaces, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    stride_px, scales = encoder.stride_px, encoder.scales
    keypoints = sift_keypoints(crops.shape[1], stride_px, scales)
    sift = cv2.SIFT.create()
    mixture = encoder.mixture_
    peers_mixture = sklearn_mixture(mixture)
    descriptors = encoder.sift_.describe(grey(crops[:4]))

    def opencv(some: np.ndarray) -> list[np.ndarray]:
        return [sift.compute(image, keypoints)[1] for image in grey(some)]

    def scikit_image(some: np.ndarray) -> list[np.ndarray]:
        return [fisher_vector(x, peers_mixture, improved=True) for x in descriptors[: len(some)]]

    patches = f"{len(keypoints):,} patches"
    return [
        Race("fisher_vector_faces", min(len(crops), 16), encoder.encode),
        Race(f"dense SIFT, {patches}", 4, lambda some: dense_sift(grey(some), stride_px, scales), opencv, "cv2.SIFT"),
        Race(
            f"Fisher vectors of {patches}, {len(mixture.weights)} Gaussians",
            4,
            lambda some: fisher_vectors(descriptors[: len(some)], mixture),
            scikit_image,
            "scikit-image fisher_vector",
        ),
    ]


def sift_keypoints(size_px: int, stride_px: int, scales: int) -> list[cv2.KeyPoint]:
    """Place key points on all patches of our dense SIFT in an image size_px wide; a histogram is 3/2 of a size wide."""
    points = []
    for side in sides_px(size_px, scales):
        width_px = CELL_PX * size_px / side
        centres = (patch_centres(side, stride_px, 1) + 0.5) * size_px - 0.5
        points += [cv2.KeyPoint(x, y, width_px / 1.5, 0) for x, y in centres.tolist()]
    return points


def sklearn_mixture(mixture: GaussianMixture) -> SklearnMixture:
    """Convert our mixture to scikit-learn's, which scikit-image takes."""
    theirs = SklearnMixture(len(mixture.weights), covariance_type="diag")
    theirs.weights_, theirs.means_, theirs.covariances_ = mixture.weights, mixture.means, mixture.variances
    theirs.precisions_cholesky_ = 1 / np.sqrt(mixture.variances)
    return theirs


def build() -> Peer:
    """Build the peer; it has no settings."""
    return _races
