"""MTCNN against facenet-pytorch's own: scenes in VGA and 1080p, batches of one size and of many, and those of a GPU."""

import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from eigen2arc.core import plugins

BATCH = 16


def build(*, seconds: float = 40.0) -> list[dict[str, Any]]:
    """Time both on the CPU, in turns, for about ``seconds`` in all, and where there is a GPU as long on that.

    Returns one row per case: what, unit, ours, peer, peer_name, ratio (how many times faster ours is).
    """
    rows = _on_cpu(seconds)
    if torch.cuda.is_available():
        rows += _on_gpu(seconds)
    return rows


def _on_cpu(seconds: float) -> list[dict[str, Any]]:
    peer, detector = _peer("cpu"), plugins.build("detector", "mtcnn", device="cpu")
    people = plugins.build("dataset", "synthetic", people=BATCH, images_per_person=1, size_px=250)
    cases = {
        "a VGA scene": [_scene(640, 480)],
        "a 1080p scene": [_scene(1920, 1080)],
        f"{BATCH} portraits of 250 x 250": [people.images[i] for i in range(BATCH)],
        f"{BATCH} scenes of {BATCH} sizes, about VGA": [_scene(450 + 25 * i, 680 - 15 * i) for i in range(BATCH)],
    }
    return [
        _row(what, images, detector.detect, partial(_one_by_one, peer), seconds / len(cases))
        for what, images in cases.items()
    ]


def _on_gpu(seconds: float) -> list[dict[str, Any]]:
    """Batches of one scene, many times: the peer fails where images of a batch differ in their numbers of faces."""
    peer, card = _peer("cuda"), torch.cuda.get_device_name()
    ways: dict[str, dict[str, bool]] = {"float32": {}, "float16 and CUDA graphs": {"half": True, "cuda_graphs": True}}
    sizes = {"720p": (1280, 720), "1080p": (1920, 1080)}
    rows = []
    for way, settings in ways.items():
        detector = plugins.build("detector", "mtcnn", device="cuda", **settings)
        for size, (width_px, height_px) in sizes.items():
            images = [_scene(width_px, height_px)] * BATCH
            what = f"{BATCH} times a {size} scene, {way}, {card}"
            theirs = partial(peer.detect, landmarks=True)
            rows.append(_row(what, images, detector.detect, theirs, seconds / len(ways) / len(sizes)))
    return rows


def _peer(device: str) -> Any:
    with warnings.catch_warnings():
        # Its import calls torch.load without weights_only, about which some versions of torch warn.
        warnings.filterwarnings("ignore", category=FutureWarning, module="facenet_pytorch")
        from facenet_pytorch import MTCNN

        return MTCNN(keep_all=True, device=torch.device(device))


def _one_by_one(peer: Any, images: Sequence[np.ndarray]) -> None:
    """It takes batches of one size only, and raises an error where their numbers of faces differ."""
    for image in images:
        peer.detect(image, landmarks=True)


def _scene(width_px: int, height_px: int) -> np.ndarray:
    return plugins.build("dataset", "scenes", images=1, width_px=width_px, height_px=height_px).images[0]


def _row(
    what: str,
    images: Sequence[np.ndarray],
    ours: Callable[[Sequence[np.ndarray]], Any],
    theirs: Callable[[Sequence[np.ndarray]], Any],
    seconds: float,
) -> dict[str, Any]:
    """Images per second of both, from the medians of runs that take turns."""
    ours(images)  # what is compiled or allocated once is not timed
    theirs(images)
    durations: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + seconds
    while not durations[0] or time.perf_counter() < end:
        for run, taken in zip((ours, theirs), durations, strict=True):
            start = time.perf_counter()
            run(images)
            taken.append(time.perf_counter() - start)
    our_rate, peer_rate = (len(images) / float(np.median(taken)) for taken in durations)
    return {
        "what": f"MTCNN, {what}",
        "unit": "images/s",
        "ours": our_rate,
        "peer": peer_rate,
        "peer_name": "facenet-pytorch MTCNN",
        "ratio": our_rate / peer_rate,
    }
