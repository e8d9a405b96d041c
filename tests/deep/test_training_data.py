"""Who is trained on, and which crops a step sees."""

import numpy as np
import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.deep.training_data import TrainingData


def data(batch_size: int = 4, people: int = 3, seed: int = 0) -> TrainingData:
    """Five people with four crops each, and one crop of somebody unknown; a crop's grey level is its number."""
    labels = np.append(np.repeat(np.arange(5), 4), -1)
    crops = np.broadcast_to(np.arange(21, dtype=np.uint8)[:, None, None, None] * 10, (21, 8, 8, 3))
    return TrainingData("crops.npy", crops, labels, people, batch_size, seed)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eigen2arc.deep.training_data.augment", lambda crops, rng: crops)


def numbers(crops: torch.Tensor) -> list[int]:
    return [int(crop[0, 0, 0]) // 10 for crop in crops]


@pytest.mark.usefixtures("plain")
def test_an_epoch_sees_every_crop_of_known_people_once() -> None:
    epochs = [[n for step in steps for n in numbers(data().batch(step, 0, 1)[0])] for steps in ((0, 1, 2), (3, 4, 5))]
    assert [sorted(epoch) for epoch in epochs] == [list(range(12)), list(range(12))]
    assert epochs[0] != epochs[1] and epochs[0] != sorted(epochs[0])


@pytest.mark.usefixtures("plain")
def test_labels_go_with_their_crops() -> None:
    crops, labels = data().batch(1, 0, 1)
    assert [n // 4 for n in numbers(crops)] == labels.tolist()


@pytest.mark.usefixtures("plain")
def test_devices_share_a_batch() -> None:
    whole, parts = data().batch(2, 0, 1), [data().batch(2, part, 2) for part in range(2)]
    assert sorted(numbers(whole[0])) == sorted(n for crops, _ in parts for n in numbers(crops))


def test_a_step_is_the_same_whatever_came_before() -> None:
    streams = [list(data().batches(range(start, 7), 0, 1)) for start in (0, 4)]
    assert [len(stream) for stream in streams] == [7, 3]
    for (a, labels_a), (b, labels_b) in zip(streams[0][4:], streams[1], strict=True):
        assert torch.equal(a, b) and torch.equal(labels_a, labels_b)


def test_the_seed_decides() -> None:
    assert not torch.equal(data(seed=0).batch(0, 0, 1)[0], data(seed=1).batch(0, 0, 1)[0])


def test_the_last_people_are_held_out() -> None:
    crops, labels = data().held_out
    assert labels.tolist() == [3, 3, 3, 3, 4, 4, 4, 4]
    assert numbers(torch.from_numpy(crops)) == list(range(12, 20))


@pytest.mark.parametrize(("batch_size", "people"), [(13, 3), (4, 1), (4, 4)])
def test_too_little_data_is_refused(batch_size: int, people: int) -> None:
    with pytest.raises(UserError, match="both need two people at least"):
        data(batch_size=batch_size, people=people)
