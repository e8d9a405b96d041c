"""MTCNN against facenet-pytorch's own: scenes in VGA and 1080p, batches of one size and of many sizes."""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any
from unittest.mock import MagicMock

import cv2
import numpy as np
import torch

from eigen2arc.core import plugins
from eigen2arc.core.bounds import NonNegative

from ._measure import Row, one_line, raise_failures, row, seconds_of

BATCH = 16

#: Width and height of a camera's frames.
SIZES_PX = {"540p": (960, 540), "720p": (1280, 720), "1080p": (1920, 1080)}

#: What a rehearsal of on_device() on a CPU takes.
SMALL: dict[str, Any] = {"sizes": {"tiny": (120, 90)}, "batch": 2}


def build(*, seconds: NonNegative = 40.0) -> list[Row]:
    """Time both on the CPU, in turns, for about ``seconds`` in all.

    Returns one row per case: what, unit, ours, peer, peer_name, ratio (how many times faster ours is).
    """
    peer, detector = _peer("cpu"), plugins.build("detector", "mtcnn", pad=False, device="cpu")
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


def on_device(
    device: str, seconds: float, *, sizes: Mapping[str, tuple[int, int]] = SIZES_PX, batch: int = BATCH
) -> Iterator[Row]:
    """Yield rows of one image and of a batch at each size, on a GPU also in float16 with CUDA graphs; for `bench gpu`.

    sizes : names and (width, height) in pixels. A batch is one scene many times: the peer fails where images of a batch
    differ in their numbers of faces. The peer's time is that of the same run. Raises ModuleNotFoundError without
    facenet-pytorch, whose package holds the weights, and RuntimeError, after the last row, for what of ours failed.
    """
    if find_spec("facenet_pytorch") is None:
        raise ModuleNotFoundError("No module named 'facenet_pytorch'", name="facenet_pytorch")
    try:
        peer, peer_error = _peer(device), ""
    except ImportError as error:  # the weights are there, and something that its own code needs is not
        peer, peer_error = None, one_line(error)
    on_gpu = device.startswith("cuda")
    width_px, height_px = max(sizes.values())
    scene = _scene(width_px, height_px)
    cases = {
        (size, count): [cv2.resize(scene, size_px, interpolation=cv2.INTER_AREA)] * count
        for size, size_px in sizes.items()
        for count in (1, batch)
    }
    peer_s: dict[tuple[str, int], float] = {}
    failed: list[str] = []
    # Graphs come last: a capture that fails can leave the GPU useless to this process.
    ways: list[tuple[str, dict[str, bool], float]] = [("float32", {}, 0.7 if on_gpu else 1.0)]
    if on_gpu:
        ways.append(("float16 and CUDA graphs", {"half": True, "cuda_graphs": True}, 0.3))
    for way, settings, share in ways:
        detector = plugins.build("detector", "mtcnn", pad=False, device=device, **settings)
        for case, images in cases.items():
            size, count = case
            runs: dict[str, Callable[[], object]] = {"ours": partial(detector.detect, images)}
            if peer is not None and not settings:
                theirs = images if count > 1 else images[0]
                runs["peer"] = partial(peer.detect, theirs, landmarks=True)
            times, errors = seconds_of(runs, device, seconds * share / len(cases))
            peer_s |= {case: times["peer"]} if "peer" in times else {}
            failed += [f"{way}, {count} x {size}: {errors['ours']}"] if "ours" in errors else []
            note = errors.get("ours") or peer_error or errors.get("peer") or ""
            note = note or f"{len(detector.detect(images)[0])} faces an image"
            our_rate, peer_rate = (count / s if s else None for s in (times.get("ours"), peer_s.get(case)))
            yield row(f"MTCNN, {count} x {size}, {way}", "images/s", our_rate, peer_rate, "facenet-pytorch MTCNN", note)
    raise_failures(failed)


def _peer(device: str) -> Any:
    if "requests" not in sys.modules and find_spec("requests") is None:  # its package imports it, for downloads alone
        sys.modules["requests"] = sys.modules["requests.adapters"] = MagicMock()
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
    largest_px = min(200, min(width_px, height_px) // 2)  # of a face, in the smallest of scenes
    settings = {"width_px": width_px, "height_px": height_px, "largest_face_px": largest_px}
    image: np.ndarray = plugins.build("dataset", "scenes", images=1, **settings).images[0]
    return image


def _row(
    what: str,
    images: Sequence[np.ndarray],
    ours: Callable[[Sequence[np.ndarray]], object],
    theirs: Callable[[Sequence[np.ndarray]], object],
    seconds: float,
) -> Row:
    """Images per second of both, from the medians of runs that take turns."""
    times, errors = seconds_of({"ours": partial(ours, images), "peer": partial(theirs, images)}, "cpu", seconds)
    raise_failures(errors.values())
    our_rate, peer_rate = (len(images) / times[name] for name in ("ours", "peer"))
    return row(f"MTCNN, {what}", "images/s", our_rate, peer_rate, "facenet-pytorch MTCNN")
