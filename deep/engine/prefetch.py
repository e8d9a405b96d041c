"""Prefetching: the next batches are made while this one is used."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

#: Half of the cores make batches; the network has the others.
THREADS = max(1, min(8, (os.cpu_count() or 1) // 2))


def prefetched(make: Callable[[int], T], steps: range) -> Iterator[T]:
    """Yield ``make`` of each step, in order; that of the next THREADS steps runs in threads of its own meanwhile."""
    ahead: deque[Future[T]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for step in steps:
                wanted = range(step + len(ahead), min(step + THREADS + 1, steps.stop))
                ahead.extend(pool.submit(make, other) for other in wanted)
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()
