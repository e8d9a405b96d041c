"""Shuffled epochs: every image once, in the order that training has always had."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


def shuffled(images: int, batch_size: int, seed: int = 0) -> Any:
    return build("sampler", "shuffled", labels=np.zeros(images, np.int64), batch_size=batch_size, seed=seed)


@given(images=st.integers(1, 60), batch_size=st.integers(1, 20), epoch=st.integers(0, 5))
def test_an_epoch_holds_no_image_twice_and_less_than_a_batch_is_missing(
    images: int, batch_size: int, epoch: int
) -> None:
    assume(batch_size <= images)
    steps = images // batch_size
    seen = [row for step in range(steps) for row in shuffled(images, batch_size).rows(epoch * steps + step)]
    assert len(set(seen)) == len(seen) > images - batch_size and set(seen) <= set(range(images))


@given(seed=st.integers(0, 1000), step=st.integers(0, 40))
def test_the_order_is_that_of_a_permutation_by_seed_and_epoch(seed: int, step: int) -> None:
    """Of the places themselves, or of whatever stands there: of known faces' rows, as runs of before did."""
    known = np.flatnonzero(np.arange(50) % 5)
    epoch, place = divmod(step, len(known) // 6)
    order = np.random.default_rng((seed, 0, epoch)).permutation(known)
    np.testing.assert_array_equal(known[shuffled(len(known), 6, seed).rows(step)], order[place * 6 : place * 6 + 6])


def test_batches_that_are_too_large_are_refused() -> None:
    with pytest.raises(UserError, match="expected 1 to 10, the images there are, got 11"):
        shuffled(10, 11)
