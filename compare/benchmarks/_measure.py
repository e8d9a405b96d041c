"""Timing on any device, and the rows that say what came out of it.

torch is loaded where it is used: what is measured without it is measured in a process without it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NotRequired, TypedDict

import cv2
import numba
import numpy as np
from threadpoolctl import threadpool_limits


class Row(TypedDict):
    """One line of a benchmark.

    what : was measured; one that was left out says so, and why. unit : of ours and peer, which are None where there is
    none. ratio : how many times better ours is, where there are both. note : what else is to be known.
    """

    what: str
    unit: str
    ours: float | None
    peer: float | None
    peer_name: str
    ratio: float | None
    note: NotRequired[str]


def row(
    what: str,
    unit: str,
    ours: float | None,
    peer: float | None = None,
    peer_name: str = "",
    note: str = "",
    *,
    less_is_better: bool = False,
) -> Row:
    """Return the row of a benchmark with its ratio. less_is_better : as of milliseconds, unlike images/s."""
    better, worse = (peer, ours) if less_is_better else (ours, peer)
    ratio = better / worse if better is not None and worse else None
    whole = Row(what=what, unit=unit, ours=ours, peer=peer, peer_name=peer_name, ratio=ratio)
    return Row(**whole, note=note) if note else whole


def synchronize(device: str) -> None:
    """Wait until a GPU has done all that it was given; a CPU has."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.synchronize(device)


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit OpenCV, numba, torch, BLAS and OpenMP to one thread."""
    import torch

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
    runs: Mapping[str, Callable[[], object]],
    device: str,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[dict[str, float], dict[str, str]]:
    """Time functions that take turns for about ``seconds`` in all, each at least once after a call to warm up.

    clock : time.process_time where other programs on the machine are not to count, and there is no GPU to wait for.
    Returns the median seconds of a call by name, and of those that failed the error in a line.
    """
    taken: dict[str, list[float]] = {name: [] for name in runs}
    errors: dict[str, str] = {}

    def turn() -> None:
        for name in [name for name in runs if name not in errors]:
            start = clock()
            try:
                runs[name]()
                synchronize(device)
                taken[name].append(clock() - start)
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
