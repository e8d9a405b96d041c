"""Our cascade engine beside cv2.CascadeClassifier: milliseconds an image, same windows."""

import time

import cv2
import numpy as np

from eigen2arc.classical.cascade_xml import find_cascade, read_cascade

SIZES = {"VGA": (640, 480), "1080p": (1920, 1080)}
CASCADES = ("haarcascade_frontalface_default.xml", "haarcascade_frontalface_alt2.xml")


def textured(width: int, height: int) -> np.ndarray:
    """A grey image with structure at every size, so that windows survive a few stages, as they do in a photograph."""
    rng = np.random.default_rng(0)
    octaves = [
        cv2.resize(rng.normal(0, size, (max(height // size, 1), max(width // size, 1))), (width, height))
        for size in (4, 8, 16, 32, 64)
    ]
    image = np.sum(octaves, axis=0)
    return np.asarray(255 * (image - image.min()) / np.ptp(image), np.uint8)


def build(*, seconds: float = 20.0) -> list[dict[str, object]]:
    """seconds : how long to measure in all, at least three times each. Ours and the peer take turns."""
    rows: list[dict[str, object]] = []
    for name in CASCADES:
        ours, peer = read_cascade(name), cv2.CascadeClassifier(str(find_cascade(name)))
        for label, (width, height) in SIZES.items():
            image = textured(width, height)
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
