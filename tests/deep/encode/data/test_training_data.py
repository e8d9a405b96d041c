"""Which crops a step sees, and whose they are; what is learned from and what is held out share no image."""

import numpy as np
import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.core.types import GALLERY, PROBE, UNUSED, Dataset
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.deep.augment.degradations import Degradations
from eigen2arc.deep.encode.data.training_data import Sampler, TrainingData, damage_report, split

PEOPLE, EACH = 3, 4

#: Whose the images of a set to be split are.
LABELS = np.array([0, 0, 1, -1, 1, 2, 3, 3, 2])


class Grey:
    """Crops whose grey level is their number."""

    name = "grey"

    def __init__(self, damaged: tuple[int, ...] = ()) -> None:
        self.damaged = {number: f"{number}.png: is damaged" for number in damaged}

    def __len__(self) -> int:
        return 20

    def read(self, number: int) -> np.ndarray | None:
        return None if number in self.damaged else np.full((8, 8, 3), 10 * number, np.uint8)


def data(seed: int = 0, damaged: tuple[int, ...] = ()) -> TrainingData:
    """Every person but the first of a set: crops 4 to 15, of the people 5, 6 and 7."""
    labels = np.repeat(np.arange(PEOPLE), EACH) + 5
    return TrainingData(Grey(damaged), np.arange(4, 16), labels, Degradations(), seed)


def sampler(of: TrainingData, batch_size: int = 4) -> Sampler:
    made: Sampler = build("sampler", "shuffled", labels=of.classes, batch_size=batch_size, seed=0)
    return made


def batch(step: int, part: int, parts: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    return data(seed).batch(sampler(data()).rows(step), step, part, parts)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eigen2arc.deep.encode.data.training_data.augment", lambda crop, degradations, rng: crop)


def numbers(crops: torch.Tensor) -> list[int]:
    return [int(crop[0, 0, 0]) // 10 for crop in crops]


@pytest.mark.usefixtures("plain")
def test_an_epoch_sees_every_crop_once() -> None:
    epochs = [[n for step in steps for n in numbers(batch(step, 0, 1)[0])] for steps in ((0, 1, 2), (3, 4, 5))]
    assert [sorted(epoch) for epoch in epochs] == [list(range(4, 16)), list(range(4, 16))]
    assert epochs[0] != epochs[1] and epochs[0] != sorted(epochs[0])


@pytest.mark.usefixtures("plain")
def test_classes_go_with_their_crops_and_count_from_0() -> None:
    crops, classes = batch(1, 0, 1)
    assert [n // EACH - 1 for n in numbers(crops)] == classes.tolist()
    assert data().people == PEOPLE


def test_devices_share_a_batch_that_is_the_same_whatever_their_number() -> None:
    whole, parts = batch(2, 0, 1), [batch(2, part, 2) for part in range(2)]
    for tensor, of_parts in zip(whole, zip(*parts, strict=True), strict=True):
        assert torch.equal(tensor, torch.stack(of_parts, 1).flatten(0, 1))
    with pytest.raises(UserError, match="a batch of 4 cannot be shared by 3 devices"):
        batch(0, 0, 3)


def test_a_step_is_the_same_whatever_came_before() -> None:
    streams = [list(data().batches(sampler(data()), range(start, 7), 0, 1)) for start in (0, 4)]
    assert [len(stream) for stream in streams] == [7, 3]
    for (a, classes_a), (b, classes_b) in zip(streams[0][4:], streams[1], strict=True):
        assert torch.equal(a, b) and torch.equal(classes_a, classes_b)


def test_the_seed_decides() -> None:
    assert not torch.equal(batch(0, 0, 1, seed=0)[0], batch(0, 0, 1, seed=1)[0])


@pytest.mark.usefixtures("plain")
def test_a_damaged_crop_is_replaced_by_the_next_one_counted_and_named() -> None:
    damaged = data(damaged=(7, 15))
    crops, classes = damaged.batch(np.array([3, 0, 11]), 0, 0, 1)
    assert numbers(crops) == [8, 4, 4] and classes.tolist() == [1, 0, 0]
    assert damage_report([damaged.crops]) == (
        "2 of 20 images could not be read and were skipped: 7.png: is damaged; 15.png: is damaged"
    )
    assert damage_report([Grey()]) == ""
    assert damage_report([Grey(tuple(range(5)))]).endswith("2.png: is damaged and 2 more")


def test_without_one_whole_crop_nothing_is_learned() -> None:
    with pytest.raises(UserError, match="not one of the crops"):
        data(damaged=tuple(range(20))).batch(np.zeros(1, int), 0, 0, 1)


def test_one_person_is_refused() -> None:
    with pytest.raises(UserError, match="4 crops of 1 people would be trained on: two people"):
        TrainingData(Grey(), np.arange(4), np.zeros(4, int), Degradations(), 0)


def people(labels: np.ndarray | None = LABELS, splits: np.ndarray | None = None) -> Dataset:
    images = ArrayImages([np.zeros((2, 2, 3), np.uint8)] * len(LABELS), tuple(map(str, range(len(LABELS)))))
    return Dataset("made up", images, tuple("abcd"), labels, splits=splits)


def test_the_last_people_are_held_out() -> None:
    """They share no person with what is learned from."""
    chosen = split(people(), 2)
    assert chosen.train.tolist() == [0, 1, 2, 4] and chosen.held_out.tolist() == [5, 6, 7, 8]
    assert not set(LABELS[chosen.train]) & set(LABELS[chosen.held_out])


def test_no_one_need_be_held_out() -> None:
    chosen = split(people(), 0)
    assert chosen.train.tolist() == np.flatnonzero(LABELS >= 0).tolist() and len(chosen.held_out) == 0


def test_a_protocol_of_gallery_and_probe_is_kept_to() -> None:
    rounds = np.array(
        [[GALLERY, PROBE, GALLERY, GALLERY, PROBE, UNUSED, GALLERY, PROBE, UNUSED], [PROBE, *[GALLERY] * 8]]
    )
    chosen = split(people(splits=rounds), 2)
    assert chosen.train.tolist() == [0, 2, 6] and chosen.held_out.tolist() == [1, 4, 7]


def test_a_split_that_cannot_be_is_refused() -> None:
    with pytest.raises(UserError, match="does not say who is who"):
        split(people(labels=None), 1)
    with pytest.raises(UserError, match="fewer than the set's 4, got 4"):
        split(people(), 4)
