"""A cascade over reduced images, over Gaussian octaves with the window enlarged between them, and enlarged only.

The peer is the way of OpenCV and of our detector: the image reduced to every scale. Enlarging the window, as Viola and
Jones did, saves the reducing, but the values that a large window looks up lie far apart in memory; and our engine is
made for small windows: it works in bands, whose integral images overlap by a window's height.
"""

import time
from collections.abc import Callable
from typing import Annotated

import numpy as np

from eigen2arc.classical.detect.cascade.engine.group_rectangles import clip, group_rectangles
from eigen2arc.classical.detect.cascade.engine.scaled_windows import ScaledWindows
from eigen2arc.classical.detect.cascade.formats.xml_form import read_cascade
from eigen2arc.core import plugins
from eigen2arc.core.bounds import Ge, Le, NonNegative
from eigen2arc.core.geometry import iou
from eigen2arc.core.image import to_grey
from eigen2arc.core.metrics.detection import match
from eigen2arc.core.types import Faces

from ._measure import Row, row

CASCADE = "haarcascade_frontalface_alt2.xml"
WIDTH_PX, HEIGHT_PX = 640, 480

#: From one scale to the next, and the sizes of faces: up to where an enlarged window's sums still fit into 32 bits.
FACTOR, MIN_SIZE_PX, MAX_SIZE_PX = 1.1, 20, 250

#: A box in which so many windows or fewer agree is dropped.
MIN_NEIGHBORS = 2

Windows = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def build(*, seconds: NonNegative = 15.0, images: Annotated[int, Ge(1), Le(10_000)] = 8) -> list[Row]:
    """Time a cascade with reduced images, with Gaussian octaves and with enlarged windows, in turns.

    seconds : how long to measure in all, each image at least once. images : synthetic scenes, VGA. Returns for either
    way with an enlarged window its ms per image, its share of the annotated faces found (intersection over
    union above 0.5), and its share of the peer's boxes found again.
    """
    scenes = plugins.build("dataset", "scenes", images=images, width_px=WIDTH_PX, height_px=HEIGHT_PX)
    assert scenes.faces is not None
    greys = [to_grey(scenes.images[i]) for i in range(images)]
    cascade = read_cascade(CASCADE)
    sizes = (FACTOR, MIN_SIZE_PX, MAX_SIZE_PX)
    ways: dict[str, Windows] = {
        "reduced images": lambda grey: cascade.windows(grey, *sizes),
        "Gaussian octaves": ScaledWindows.of(cascade, (WIDTH_PX, HEIGHT_PX), *sizes, octaves=4).windows,
        "enlarged windows": ScaledWindows.of(cascade, (WIDTH_PX, HEIGHT_PX), *sizes, octaves=0).windows,
    }
    milliseconds = _milliseconds(list(ways.values()), greys, seconds)
    found = [[_faces(way, grey) for grey in greys] for way in ways.values()]
    recall = [_share(faces, [truth.boxes for truth in scenes.faces]) for faces in found]
    peer_name = "reduced images"
    rows = []
    for number, name in list(enumerate(ways))[1:]:
        again = float(np.mean(_found_again(found[number], found[0])))
        scanned = milliseconds[number], milliseconds[0]
        rows.append(row(f"{name}, scanned", "ms/image", *scanned, peer_name, less_is_better=True))
        rows.append(row(f"{name}, faces found", "share", recall[number], recall[0], peer_name))
        rows.append(row(f"{name}, the peer's boxes found again", "share", again, 1.0, peer_name))
    return rows


def _milliseconds(ways: list[Windows], greys: list[np.ndarray], seconds: float) -> list[float]:
    """The median over the images; the ways take turns."""
    for way in ways:
        way(greys[0])  # compiles
    times: list[list[float]] = []
    end = time.perf_counter() + seconds
    while len(times) < len(greys) or time.perf_counter() < end:
        grey, taken = greys[len(times) % len(greys)], []
        for way in ways:
            start = time.perf_counter()
            way(grey)
            taken.append(1000 * (time.perf_counter() - start))
        times.append(taken)
    return [float(value) for value in np.median(times, axis=0)]


def _faces(way: Windows, grey: np.ndarray) -> Faces:
    boxes, weights = clip(*group_rectangles(*way(grey), MIN_NEIGHBORS), (WIDTH_PX, HEIGHT_PX))
    return Faces(np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1), weights)


def _share(found: list[Faces], truth: list[np.ndarray]) -> float:
    hits = sum(int(match(faces, boxes).sum()) for faces, boxes in zip(found, truth, strict=True))
    return hits / sum(map(len, truth))


def _found_again(found: list[Faces], peers: list[Faces]) -> np.ndarray:
    """(B,) bool: which of the peer's boxes has one of ours with an intersection over union above 0.5."""
    overlaps = [iou(peer.boxes, ours.boxes) for ours, peer in zip(found, peers, strict=True)]
    return np.concatenate([overlap.max(axis=1, initial=0) > 0.5 for overlap in overlaps])
