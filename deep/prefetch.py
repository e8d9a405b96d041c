"""The next batch is made while this one is used."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetched(make: Callable[[int], T], steps: range) -> Iterator[T]:
    """``make`` of each step, in order; that of the next one runs in a thread of its own meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        ahead = [pool.submit(make, step) for step in steps[:1]]
        for step in steps:
            made = ahead.pop().result()
            if step + 1 in steps:
                ahead.append(pool.submit(make, step + 1))
            yield made
