"""LBP histograms by scikit-image's local_binary_pattern, and by cv2.face."""

import cv2
import numpy as np
from skimage.feature import local_binary_pattern

from eigen2arc.classical.encode.encoders.lbp_histogram import LBPHistogram
from eigen2arc.classical.linear.projection import grey

from .race import Peer, Race


def _races(encoder: LBPHistogram, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    ((p, r),), (grid,) = encoder.circles, encoder.grids

    def scikit_image(some: np.ndarray) -> np.ndarray:
        return np.stack([lbp_histograms(image, p, r, grid) for image in grey(some)])

    def opencv(some: np.ndarray) -> object:
        """Training is computing the histograms: of all 2^P patterns, from 8 neighbours on the circle on."""
        recognizer = cv2.face.LBPHFaceRecognizer.create(round(r), p, grid, grid)
        recognizer.train(list(grey(some)), np.arange(len(some), dtype=np.int32))
        return recognizer

    return [
        Race("lbp_histogram", min(len(crops), 32), encoder.encode, scikit_image, "scikit-image local_binary_pattern"),
        Race("lbp_histogram", len(crops), encoder.encode, opencv, "cv2.face LBPH, train"),
    ]


def lbp_histograms(image: np.ndarray, neighbours: int, radius_px: float, grid: int) -> np.ndarray:
    """Compute histograms of uniform patterns in a grey image's cells: scikit-image's labels, numpy's counts."""
    border, bins = int(np.ceil(radius_px)), neighbours * (neighbours - 1) + 3
    labels = local_binary_pattern(image, neighbours, radius_px, "nri_uniform").astype(np.int64)
    labels = labels[border:-border, border:-border]  # circles that reach over the image's edge tell of nothing there
    edges = -(-np.arange(1, grid) * len(labels) // grid)
    histograms = []
    for rows in np.split(labels, edges):
        for cell in np.split(rows, edges, axis=1):
            histograms.append(np.bincount(cell.ravel(), minlength=bins) / cell.size)
    return np.concatenate(histograms).astype(np.float32)


def build() -> Peer:
    """Build the peer; it has no settings."""
    return _races
