"""Histograms of gradients by scikit-image's hog."""

import numpy as np
from skimage.feature import hog

from eigen2arc.classical.encode.encoders.hog_grid import HOGGrid
from eigen2arc.classical.linear.projection import grey

from .race import Peer, Race


def _races(encoder: HOGGrid, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    block = (encoder.block_cells, encoder.block_cells)

    def scikit_image(some: np.ndarray) -> np.ndarray:
        """Each pixel votes for one bin of one cell; ours shares its vote out among the nearest."""
        return np.stack(
            [
                np.concatenate([hog(image, encoder.orientations, (px, px), block, "L2-Hys") for px in encoder.sizes_px])
                for image in grey(some)
            ]
        )

    return [Race("hog_grid", min(len(crops), 32), encoder.encode, scikit_image, "scikit-image hog")]


def build() -> Peer:
    """Build the peer; it has no settings."""
    return _races
