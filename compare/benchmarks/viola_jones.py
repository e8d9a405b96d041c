"""Our cascade engine beside cv2.CascadeClassifier: milliseconds a synthetic scene, same windows."""

import time

import cv2
import numpy as np

from eigen2arc.classical.cascade_xml import find_cascade, read_cascade
from eigen2arc.core import plugins

SIZES = {"VGA": (640, 480), "1080p": (1920, 1080)}
CASCADES = ("haarcascade_frontalface_default.xml", "haarcascade_frontalface_alt2.xml")


def build(*, seconds: float = 20.0) -> list[dict[str, object]]:
    """seconds : how long to measure in all, at least three times each. Ours and the peer take turns."""
    rows: list[dict[str, object]] = []
    for name in CASCADES:
        ours, peer = read_cascade(name), cv2.CascadeClassifier(str(find_cascade(name)))
        for label, (width, height) in SIZES.items():
            scenes = plugins.build("dataset", "scenes", images=1, width_px=width, height_px=height)
            image = cv2.cvtColor(scenes.images[0], cv2.COLOR_RGB2GRAY)
            ours.detect(image, 1.1, 2, 20)  # compiles
            times: list[tuple[float, float]] = []
            end = time.perf_counter() + seconds / (len(CASCADES) * len(SIZES))
            while len(times) < 3 or time.perf_counter() < end:
                start = time.perf_counter()
                ours.detect(image, 1.1, 2, 20)
                between = time.perf_counter()
                peer.detectMultiScale3(image, 1.1, 2, 0, (20, 20), outputRejectLevels=True)
                times.append((between - start, time.perf_counter() - between))
            mine, theirs = 1000 * np.median(times, axis=0)
            row = {"what": f"{name.removesuffix('.xml')} {label}", "unit": "ms/image", "peer_name": "OpenCV"}
            rows.append(row | {"ours": float(mine), "peer": float(theirs), "ratio": float(theirs / mine)})
    return rows
