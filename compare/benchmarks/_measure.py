"""Timing on any device, and the rows that say what came out of it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cv2
import numba
import numpy as np
import torch
from threadpoolctl import threadpool_limits

#: One line of a benchmark: what, unit, ours, peer, peer_name, ratio, and perhaps a note.
Row = dict[str, Any]


def row(
    what: str, unit: str, ours: float | None, peer: float | None = None, peer_name: str = "", note: str = ""
) -> Row:
    """Return the row of a benchmark; its ratio, where there are two numbers, says how many times better ours is."""
    ratio = ours / peer if ours is not None and peer else None
    return {"what": what, "unit": unit, "ours": ours, "peer": peer, "peer_name": peer_name, "ratio": ratio} | (
        {"note": note} if note else {}
    )


def synchronize(device: str) -> None:
    """Wait until a GPU has done all that it was given; a CPU has."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit OpenCV, numba, torch, BLAS and OpenMP to one thread."""
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


def seconds_of(
    runs: Mapping[str, Callable[[], object]], device: str, seconds: float
) -> tuple[dict[str, float], dict[str, str]]:
    """Time functions that take turns for about ``seconds`` in all, each at least once after a call to warm up.

    Returns the median seconds of a call by name, and of those that failed the error in a line.
    """
    taken: dict[str, list[float]] = {name: [] for name in runs}
    errors: dict[str, str] = {}

    def turn() -> None:
        for name in [name for name in runs if name not in errors]:
            start = time.perf_counter()
            try:
                runs[name]()
                synchronize(device)
                taken[name].append(time.perf_counter() - start)
            except Exception as error:  # a peer's is not in our hands, and the others are to be timed all the same
                errors[name] = one_line(error)

    turn()
    end = time.perf_counter() + seconds
    turn()
    while time.perf_counter() < end and len(errors) < len(runs):
        turn()
    # Of the first turn, the warm-up, nothing counts: things are compiled and allocated in it.
    return {name: float(np.median(times[1:])) for name, times in taken.items() if name not in errors}, errors


def one_line(error: BaseException) -> str:
    """Return an error's kind and the first line of what it says."""
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def raise_failures(errors: Iterable[str]) -> None:
    """Raise RuntimeError for the first of the errors of what had to work, if there is any."""
    for error in errors:
        raise RuntimeError(error)
