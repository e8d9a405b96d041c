"""MTCNN against facenet-pytorch's own: a VGA scene, and a batch of portraits of 250 x 250."""

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from eigen2arc.core import plugins

PORTRAITS = 16


def build(*, seconds: float = 10.0) -> list[dict[str, Any]]:
    """Time both on the CPU, in turns, for about ``seconds`` in all.

    Returns one row per case: what, unit, ours, peer, peer_name, ratio (how many times faster ours is).
    """
    with warnings.catch_warnings():
        # Its import calls torch.load without weights_only, about which some versions of torch warn.
        warnings.filterwarnings("ignore", category=FutureWarning, module="facenet_pytorch")
        from facenet_pytorch import MTCNN

        peer = MTCNN(keep_all=True, device=torch.device("cpu"))
    detector = plugins.build("detector", "mtcnn", device="cpu")
    scene = plugins.build("dataset", "scenes", images=1).images[0]
    people = plugins.build("dataset", "synthetic", people=PORTRAITS, images_per_person=1, size_px=250)
    portraits = [people.images[i] for i in range(PORTRAITS)]
    # One by one for the peer: its batches raise an error where the numbers of faces differ.
    cases: list[tuple[str, int, Callable[[], Any], Callable[[], Any]]] = [
        ("one VGA scene", 1, lambda: detector.detect([scene]), lambda: peer.detect(scene, landmarks=True)),
        (
            f"{PORTRAITS} portraits of 250 x 250",
            PORTRAITS,
            lambda: detector.detect(portraits),
            lambda: [peer.detect(image, landmarks=True) for image in portraits],
        ),
    ]
    return [_row(what, images, ours, theirs, seconds / len(cases)) for what, images, ours, theirs in cases]


def _row(what: str, images: int, ours: Callable[[], Any], theirs: Callable[[], Any], seconds: float) -> dict[str, Any]:
    """Images per second of both, from the medians of runs that take turns."""
    ours()  # what is compiled or allocated once is not timed
    theirs()
    durations: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + seconds
    while not durations[0] or time.perf_counter() < end:
        for run, taken in zip((ours, theirs), durations, strict=True):
            start = time.perf_counter()
            run()
            taken.append(time.perf_counter() - start)
    our_rate, peer_rate = (images / float(np.median(taken)) for taken in durations)
    return {
        "what": f"MTCNN, {what}",
        "unit": "images/s",
        "ours": our_rate,
        "peer": peer_rate,
        "peer_name": "facenet-pytorch MTCNN",
        "ratio": our_rate / peer_rate,
    }
