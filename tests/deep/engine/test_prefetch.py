"""Batches come in the order of the steps, made once each, and ahead of time."""

import threading

import pytest

from eigen2arc.deep.engine.prefetch import THREADS, prefetched


@pytest.mark.parametrize("steps", [range(0), range(1), range(3, 20)])
def test_batches_come_in_order_and_once(steps: range) -> None:
    made: list[int] = []

    def make(step: int) -> int:
        made.append(step)
        return step * step

    assert list(prefetched(make, steps)) == [step * step for step in steps]
    assert sorted(made) == list(steps)


def test_the_next_batch_is_made_while_one_is_used() -> None:
    ahead = threading.Event()

    def make(step: int) -> int:
        if step == 1:
            ahead.set()
        return step

    batches = prefetched(make, range(5))
    assert next(batches) == 0
    assert ahead.wait(timeout=300)
    batches.close()


def test_a_failure_is_raised_where_its_batch_is_wanted() -> None:
    def make(step: int) -> int:
        if step == 2:
            raise OSError("picture 2")
        return step

    batches = prefetched(make, range(THREADS + 5))
    assert [next(batches), next(batches)] == [0, 1]
    with pytest.raises(OSError, match="picture 2"):
        next(batches)
