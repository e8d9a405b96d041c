"""What every sampler keeps: whole batches that follow from the seed and the step alone."""

from typing import Any

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build, plugins

pytestmark = pytest.mark.parametrize("name", list(plugins("sampler")))

LABELS = np.random.default_rng(3).integers(0, 9, 70)


def sampler(name: str, seed: int = 0, batch_size: int = 16, labels: np.ndarray = LABELS) -> Any:
    return build("sampler", name, labels=labels, batch_size=batch_size, seed=seed)


@pytest.mark.parametrize("batch_size", [8, 16, 32])
def test_a_batch_is_whole(name: str, batch_size: int) -> None:
    for step in (0, 1, 7, 10**6):
        rows = sampler(name, batch_size=batch_size).rows(step)
        assert rows.shape == (batch_size,) and rows.dtype == np.int64
        assert rows.min() >= 0 and rows.max() < len(LABELS)


def test_a_step_is_the_same_whatever_came_before(name: str) -> None:
    one_by_one, backwards = sampler(name), sampler(name)
    batches = [one_by_one.rows(step) for step in range(12)]
    for step in reversed(range(12)):
        np.testing.assert_array_equal(backwards.rows(step), batches[step])
        np.testing.assert_array_equal(sampler(name).rows(step), batches[step])


def test_who_changes_a_batch_changes_no_other(name: str) -> None:
    first = sampler(name)
    for step in range(4):
        first.rows(step)[:] = -1
    np.testing.assert_array_equal(first.rows(2), sampler(name).rows(2))


def test_steps_and_seeds_differ(name: str) -> None:
    batches = [tuple(sampler(name, seed).rows(step)) for seed in range(3) for step in range(12)]
    assert len(set(batches)) == len(batches)


def test_labels_may_be_any_numbers_and_are_left_alone(name: str) -> None:
    renamed = LABELS * 1000 + 7
    before = renamed.copy()
    np.testing.assert_array_equal(sampler(name, labels=renamed).rows(5), sampler(name).rows(5))
    np.testing.assert_array_equal(renamed, before)


def test_every_image_has_its_turn(name: str) -> None:
    made = sampler(name)
    assert set(np.concatenate([made.rows(step) for step in range(60)])) == set(range(len(LABELS)))


@pytest.mark.parametrize(("batch_size", "images"), [(0, 70), (16, 0), (16, 10), (80, 70)])
def test_a_batch_that_cannot_be_filled_is_refused(name: str, batch_size: int, images: int) -> None:
    with pytest.raises(UserError, match="batch"):
        sampler(name, batch_size=batch_size, labels=LABELS[:images])
