"""All classic Haar features of a 24 x 24 window, ours and scikit-image's haar_like_feature, one thread each.

One window at a time is the task of scikit-image's function, and haar/table.py is made for it; nothing else in this
project has that task. Training asks for one feature of many windows, which haar/responses.py computes, three to ten
times as fast as the table would.
"""

import numpy as np
from skimage.feature import haar_like_feature
from skimage.transform import integral_image

from eigen2arc.classical.detect.haar.features import HaarFeatures, enumerate_features
from eigen2arc.classical.detect.haar.table import HaarTable
from eigen2arc.core.bounds import NonNegative

from ._measure import Row, raise_failures, row, seconds_of

SIDE_PX = 24


def peers_features(side_px: int) -> HaarFeatures:
    """Return scikit-image's features: ours, but the middle of three rectangles weighs as much as the outer two."""
    features = enumerate_features(side_px, side_px)
    return features._replace(weights=np.where(features.weights == 3, np.float32(2), features.weights))


def build(*, seconds: NonNegative = 5.0) -> list[Row]:
    """Time both from pixels to values, in turns. seconds : how long to measure, each at least once."""
    window = np.random.default_rng(0).integers(0, 256, (SIDE_PX, SIDE_PX), dtype=np.uint8)
    table = HaarTable.of(peers_features(SIDE_PX), SIDE_PX, SIDE_PX)
    times, errors = seconds_of(
        {
            "ours": lambda: table.responses(window),
            "peer": lambda: haar_like_feature(integral_image(window), 0, 0, SIDE_PX, SIDE_PX),
        },
        "cpu",
        seconds,
    )
    raise_failures(errors.values())
    ours, peer = 1000 * times["ours"], 1000 * times["peer"]
    what = f"{len(table.corners):,} Haar features of a window"
    return [row(what, "ms/window", ours, peer, "scikit-image", less_is_better=True)]
