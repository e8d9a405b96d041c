"""Our cascade engine and cv2.CascadeClassifier: ms per synthetic scene; an error if their windows differ."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import cv2
import numba
import numpy as np
import skimage.data

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.formats.files import load_cascade
from eigen2arc.classical.detect.cascade.formats.xml_form import FOLDER
from eigen2arc.classical.detect.cascade.formats.xml_write import write_cascade_xml
from eigen2arc.core import plugins
from eigen2arc.core.bounds import NonNegative
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import to_grey

from ._measure import Row, raise_failures, row, seconds_of

SIZES = {"VGA": (640, 480), "1080p": (1920, 1080)}
#: By their paths: OpenCV's parser is to see no file of this name that lies in the user's folder.
CASCADES = (
    str(FOLDER / "haarcascade_frontalface_default.xml"),
    str(FOLDER / "haarcascade_frontalface_alt2.xml"),
    skimage.data.lbp_frontal_face_cascade_filename(),
)
FACTOR, NEIGHBOURS, SMALLEST_PX = 1.1, 2, 20


def build(*, seconds: NonNegative = 30.0) -> list[Row]:
    """Time both engines, ours and the peer in turns.

    seconds : how long to measure in all, each at least once. Raises UserError if the two do not find the same windows.
    """
    scenes = {label: _scene(*size) for label, size in SIZES.items()}
    counts = [count for count in (1, 2) if count <= numba.get_num_threads()]
    share = seconds / (len(CASCADES) * len(scenes) * len(counts))
    rows = []
    for name in CASCADES:
        ours, peer = load_cascade(name), _peer(name)
        for label, image in scenes.items():
            for threads in counts:
                with _threads(threads):
                    _check_windows(ours, peer, image, f"{Path(name).name} {label}")  # compiles, too
                    mine = partial(ours.detect, image, FACTOR, NEIGHBOURS, SMALLEST_PX)
                    theirs = partial(_peers_boxes, peer, image, NEIGHBOURS)
                    times, errors = seconds_of({"ours": mine, "peer": theirs}, "cpu", share)
                raise_failures(errors.values())
                ours_ms, peer_ms = 1000 * times["ours"], 1000 * times["peer"]
                what = f"{Path(name).stem} {label}, {threads} thread{'s' if threads > 1 else ''}"
                rows.append(row(what, "ms/image", ours_ms, peer_ms, "OpenCV", less_is_better=True))
    return rows


def _scene(width_px: int, height_px: int) -> np.ndarray:
    scenes = plugins.build("dataset", "scenes", images=1, width_px=width_px, height_px=height_px)
    return to_grey(scenes.images[0])


def _peer(name: str) -> cv2.CascadeClassifier:
    """OpenCV's engine. It cannot read scikit-image's file for a misspelt tag in it; what we write, it can."""
    peer = cv2.CascadeClassifier(name)
    if peer.empty():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cascade.xml"
            write_cascade_xml(path, load_cascade(name))
            peer = cv2.CascadeClassifier(str(path))
    return peer


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Set the threads of OpenCV and of numba."""
    before = cv2.getNumThreads(), numba.get_num_threads()
    cv2.setNumThreads(count)
    numba.set_num_threads(count)
    try:
        yield
    finally:
        cv2.setNumThreads(before[0])
        numba.set_num_threads(before[1])


def _check_windows(ours: Cascade, peer: cv2.CascadeClassifier, image: np.ndarray, what: str) -> None:
    for neighbours in (0, NEIGHBOURS):
        boxes, weights = ours.detect(image, FACTOR, neighbours, SMALLEST_PX)
        expected, sums = _peers_boxes(peer, image, neighbours)
        mine, theirs = (
            sorted(map(tuple, np.column_stack(found).tolist())) for found in ((boxes, weights), (expected, sums))
        )
        if mine != theirs:
            both = len(set(mine) & set(theirs))
            raise UserError(f"{what}: ours finds {len(mine)} windows, OpenCV {len(theirs)}, {both} of them the same")


def _peers_boxes(peer: cv2.CascadeClassifier, image: np.ndarray, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    smallest = (SMALLEST_PX, SMALLEST_PX)
    boxes, _, sums = peer.detectMultiScale3(image, FACTOR, neighbours, 0, smallest, outputRejectLevels=True)
    return np.reshape(boxes, (-1, 4)), np.ravel(sums)
