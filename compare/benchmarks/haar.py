"""All classic Haar features of a 24 x 24 window beside scikit-image's haar_like_feature, one thread each."""

import time

import numpy as np
from skimage.feature import haar_like_feature
from skimage.transform import integral_image

from eigen2arc.classical.detect.haar.features import HaarFeatures, enumerate_features
from eigen2arc.classical.detect.haar.table import HaarTable

SIDE_PX = 24


def peers_features(side_px: int) -> HaarFeatures:
    """Those of scikit-image: ours, except that it weighs the middle of three rectangles as it does their sides."""
    features = enumerate_features(side_px, side_px)
    return features._replace(weights=np.where(features.weights == 3, np.float32(2), features.weights))


def build(*, seconds: float = 5.0) -> list[dict[str, object]]:
    """seconds : how long to measure, at least three times each. From pixels to values; ours and the peer take turns."""
    window = np.random.default_rng(0).integers(0, 256, (SIDE_PX, SIDE_PX), dtype=np.uint8)
    table = HaarTable.of(peers_features(SIDE_PX), SIDE_PX, SIDE_PX)
    table.responses(window)  # compiles
    times: list[tuple[float, float]] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        table.responses(window)
        between = time.perf_counter()
        haar_like_feature(integral_image(window), 0, 0, SIDE_PX, SIDE_PX)
        times.append((between - start, time.perf_counter() - between))
    ours, peers = 1000 * np.median(times, axis=0)
    row = {
        "what": f"{len(table.corners):,} Haar features of a window",
        "unit": "ms/window",
        "peer_name": "scikit-image",
    }
    return [row | {"ours": float(ours), "peer": float(peers), "ratio": float(peers / ours)}]
