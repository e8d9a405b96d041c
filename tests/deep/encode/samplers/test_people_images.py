"""P people, K images of each: who comes how often, and which of their images."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.samplers.people_images import PeopleImages


def people_images(counts: list[int], people: int, images: int, seed: int = 0) -> tuple[PeopleImages, np.ndarray]:
    """A sampler of batches of so many people and images each, and its labels: counts[i] images of person i, mixed."""
    labels = np.random.default_rng(9).permutation(np.repeat(np.arange(len(counts)), counts))
    settings = {"labels": labels, "batch_size": people * images, "seed": seed, "images_per_person": images}
    sampler: PeopleImages = build("sampler", "people_images", **settings)
    return sampler, labels


@st.composite
def sets(draw: st.DrawFn) -> tuple[list[int], int, int]:
    """Images per person, P and K, with enough people of two images and more."""
    counts = draw(st.lists(st.integers(1, 7), min_size=2, max_size=12).filter(lambda c: sum(n > 1 for n in c) > 1))
    return counts, draw(st.integers(2, sum(n > 1 for n in counts))), draw(st.integers(2, 6))


@given(made=sets(), step=st.integers(0, 30), seed=st.integers(0, 100))
def test_a_batch_is_p_people_with_k_images_each(made: tuple[list[int], int, int], step: int, seed: int) -> None:
    counts, people, images = made
    sampler, labels = people_images(counts, people, images, seed)
    rows = sampler.rows(step)
    assert sorted(Counter(labels[rows].tolist()).values()) == [images] * people
    assert min(counts[person] for person in labels[rows]) > 1


@given(made=sets(), step=st.integers(0, 30))
def test_an_image_comes_again_only_when_the_persons_others_have_come(
    made: tuple[list[int], int, int], step: int
) -> None:
    counts, people, images = made
    sampler, labels = people_images(counts, people, images)
    times = Counter(sampler.rows(step).tolist())
    for person, count in enumerate(counts):
        own = [times[row] for row in np.flatnonzero(labels == person)]
        if sum(own):
            assert max(own) - min(own) <= 1 and sum(own) == images and sum(t > 0 for t in own) == min(count, images)


@given(made=sets(), epoch=st.integers(0, 4))
def test_in_an_epoch_nobody_comes_twice_and_less_than_a_batch_is_missing(
    made: tuple[list[int], int, int], epoch: int
) -> None:
    counts, people, images = made
    sampler, labels = people_images(counts, people, images)
    able = sum(n > 1 for n in counts)
    steps = range(epoch * (able // people), (epoch + 1) * (able // people))
    seen = [person for step in steps for person in set(labels[sampler.rows(step)].tolist())]
    assert len(set(seen)) == len(seen) > able - people


def test_over_many_epochs_people_and_their_images_come_equally_often() -> None:
    """Five people in batches of two: 2000 steps are 1000 epochs of four of them."""
    sampler, labels = people_images([20, 3, 5, 1, 8, 4], people=2, images=3)
    times = np.bincount(np.concatenate([sampler.rows(step) for step in range(2000)]), minlength=len(labels))
    by_person = [times[labels == person] for person in range(6)]
    assert by_person[3].sum() == 0
    for person in (0, 1, 2, 4, 5):
        assert by_person[person].sum() == pytest.approx(3 * 4000 / 5, rel=0.05)
        assert by_person[person] == pytest.approx(by_person[person].mean(), rel=0.3)


@pytest.mark.parametrize(
    ("counts", "people", "images", "message"),
    [
        ([5] * 4, 4, 1, "people_images: images_per_person = 1: expected a whole number of at least 2"),
        ([5] * 4, 1, 4, "a multiple of 4 from 8 on, got 4"),
        ([5, 5, 1, 1], 3, 4, "a batch of 12 wants 3 people, 4 images of each; 2 people have two images or more"),
    ],
)
def test_batches_that_cannot_be_filled_are_refused(counts: list[int], people: int, images: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        people_images(counts, people, images)


def test_a_batch_size_that_is_no_multiple_is_refused() -> None:
    with pytest.raises(UserError, match="a multiple of 4 from 8 on, got 30"):
        build("sampler", "people_images", labels=np.arange(100) % 20, batch_size=30, seed=0)
