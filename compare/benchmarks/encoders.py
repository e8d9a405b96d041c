"""Every encoder at 112 x 112, images per second on one thread, beside what other libraries have for the same work.

Times are of the processor, so that other programs on the machine do not change them. Encoders that learn are fitted on
the same synthetic crops first; a row says so where fitting is what is timed. Those that cannot be built without a file
or a download are named and left out.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numba
import numpy as np
import torch
from threadpoolctl import threadpool_limits

from eigen2arc.compare.peers.encoders import Race, races
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import FittedEncoder

SIZE_PX = 112
PEOPLE, IMAGES_EACH = 16, 8

DOWNLOADS = ("facenet",)

#: Encoders that are made of others: an example of each, and what it is called in its row.
MADE_OF_OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "fusion": ("fusion of HOG and Gabor jets", {"members": ["hog_grid", "gabor_jets"]}),
    "projected": (
        "projected: LBP histograms, square root, whitened PCA",
        {"base": "lbp_histogram", "projections": ["square_root", "whitened_pca"]},
    ),
    "symmetric": ("symmetric LBP histograms", {"base": "lbp_histogram"}),
}


def build(*, seconds: float = 60.0) -> list[dict[str, Any]]:
    """seconds : about how long to measure in all, each at least once. Ours and the peer take turns.

    A row without a peer has None there. Its ratio, where there is one, says how many times faster ours is.
    """
    crops, labels = _faces()
    rows: list[dict[str, Any]] = []
    with one_thread():
        names = plugins.plugins("encoder")
        for plugin in names:
            name, settings = MADE_OF_OTHERS.get(plugin, (plugin, {}))
            encoder = _built(plugin, settings)
            if isinstance(encoder, str):
                rows.append(_row(f"{name}: left out, {encoder}", None, None, ""))
                continue
            if isinstance(encoder, FittedEncoder):
                encoder.fit(crops, labels)
            entered = races(name, encoder, crops, labels)
            rows += [_timed(race, crops, seconds / len(names) / len(entered)) for race in entered]
    return rows


def _faces() -> tuple[np.ndarray, np.ndarray]:
    people = plugins.build("dataset", "synthetic", people=PEOPLE, images_per_person=IMAGES_EACH)
    aligner = plugins.build("aligner", "five_point", size_px=SIZE_PX)
    crops = [aligner.align(people.images[i], faces) for i, faces in enumerate(people.faces)]
    return np.concatenate(crops), people.labels


def _built(name: str, settings: dict[str, Any]) -> Any:
    """The encoder, on the CPU; or the reason why there is none."""
    if name in DOWNLOADS:
        return "its weights are a download"
    on_cpu = {"device": "cpu"} if "device" in plugins.find("encoder", name).settings else {}
    try:
        return plugins.build("encoder", name, **settings, **on_cpu)
    except UserError as error:
        return str(error)


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for OpenCV, numba, torch, BLAS and OpenMP."""
    before = cv2.getNumThreads(), numba.get_num_threads(), torch.get_num_threads()
    cv2.setNumThreads(1)
    numba.set_num_threads(1)
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(before[0])
        numba.set_num_threads(before[1])
        torch.set_num_threads(before[2])


def _timed(race: Race, crops: np.ndarray, seconds: float) -> dict[str, Any]:
    some = crops[: race.images]
    runs = [race.ours] if race.peer is None else [race.ours, race.peer]
    race.ours(some)  # compiles; a peer has nothing to compile
    taken: list[list[float]] = [[] for _ in runs]
    end = time.perf_counter() + seconds
    while not taken[0] or time.perf_counter() < end:
        for run, times in zip(runs, taken, strict=True):
            start = time.process_time()
            run(some)
            times.append(time.process_time() - start)
    rates = [len(some) / float(np.median(times)) for times in taken]
    return _row(race.what, rates[0], rates[1] if len(rates) > 1 else None, race.peer_name)


def _row(what: str, ours: float | None, peer: float | None, peer_name: str) -> dict[str, Any]:
    row = {"what": what, "unit": "images/s" if ours is not None else "", "peer_name": peer_name}
    ratio = ours / peer if ours is not None and peer is not None else None
    return row | {"ours": ours, "peer": peer, "ratio": ratio}
