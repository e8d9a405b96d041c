"""Looks at held-out faces, against loops over pairs."""

import itertools

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Trials
from eigen2arc.deep.encode.data.validation import HeldOutPairs, HeldOutPeople


class Vectors:
    """Crops of one pixel whose colour is their vector."""

    name = "vectors"

    def __init__(self, colours: np.ndarray, damaged: tuple[int, ...] = ()) -> None:
        self.colours, self.damaged = colours, dict.fromkeys(damaged, "is damaged")

    def __len__(self) -> int:
        return len(self.colours)

    def read(self, number: int) -> np.ndarray | None:
        return None if number in self.damaged else self.colours[number].reshape(1, 1, 3)


def embed(crops: np.ndarray) -> np.ndarray:
    return crops.reshape(-1, 3).astype(np.float32)


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))


def test_people_are_told_apart_at_angles_that_a_loop_finds(rng: np.random.Generator) -> None:
    colours = rng.integers(1, 256, (12, 3)).astype(np.uint8)
    labels = np.repeat([3, 4, 5], 4)
    look = HeldOutPeople(Vectors(colours, damaged=(6,)), np.arange(12), labels).evaluate(embed)
    there = [n for n in range(12) if n != 6]
    x = colours.astype(float)
    genuine = [angle_deg(x[i], x[j]) for i in there for j in there if i < j and labels[i] == labels[j]]
    expected = np.histogram(genuine, np.arange(0, 181, 5))[0]
    assert look["genuine_angles"] == expected.tolist() and sum(look["impostor_angles"]) == len(genuine)
    assert look["pairs"] == 2 * len(genuine) and 0 <= look["accuracy"] <= 1


class Numbered:
    """Crops that are their own numbers."""

    name, damaged = "numbers", {}

    def read(self, number: int) -> np.ndarray:
        return np.array(number)


def people_apart(vectors: np.ndarray, labels: np.ndarray) -> tuple[float, int]:
    made = HeldOutPeople(Numbered(), np.arange(len(labels)), labels).evaluate(lambda numbers: vectors[numbers])
    return made["accuracy"], made["pairs"]


def test_people_who_point_in_different_directions_are_told_apart() -> None:
    labels = np.repeat(np.arange(8), 5)
    vectors = np.eye(8)[labels] * np.arange(1, 41)[:, None]  # the length says nothing
    assert people_apart(vectors, labels) == (1.0, 2 * 8 * 10)


def test_noise_tells_no_one_apart(rng: np.random.Generator) -> None:
    accuracy, pairs = people_apart(rng.normal(size=(300, 16)), np.repeat(np.arange(30), 10))
    assert pairs == 2 * 30 * 45
    assert accuracy == pytest.approx(0.5, abs=0.03)


def test_faces_on_the_wrong_side_cost_what_they_must(rng: np.random.Generator) -> None:
    # Two people on a line, on either side of 0, each on the wrong side with probability q: a pair is judged right
    # if both or neither are, 1 - 2 q (1 - q).
    q, labels = 0.1, np.repeat([0, 1], 400)
    side = np.where(rng.random(800) < q, -1, 1) * (2 * labels - 1)
    accuracy, _ = people_apart(side[:, None].astype(np.float32), labels)
    assert accuracy == pytest.approx(1 - 2 * q * (1 - q), abs=0.02)


def test_people_of_one_colour_each_are_all_told_apart() -> None:
    colours = np.repeat(np.eye(3, dtype=np.uint8) * 200, 4, axis=0)
    look = HeldOutPeople(Vectors(colours), np.arange(12), np.repeat(range(3), 4)).evaluate(embed)
    assert look["accuracy"] == 1.0
    assert look["genuine_angles"][0] == 18 and look["impostor_angles"][18] == 18  # 0 and 90 degrees


def test_the_pairs_of_a_protocol_are_judged_fold_by_fold(rng: np.random.Generator) -> None:
    colours = rng.integers(1, 256, (20, 3)).astype(np.uint8)
    pairs = rng.integers(0, 20, (2, 60))
    trials = Trials(pairs[0], pairs[1], rng.random(60) < 0.5, np.arange(60) % 3)
    name, accuracy = next(iter(HeldOutPairs("some", Vectors(colours, damaged=(4,)), trials).evaluate(embed).items()))
    x = colours.astype(float)
    score = np.array([np.cos(np.radians(angle_deg(x[i], x[j]))) for i, j in pairs.T])
    there = (pairs != 4).all(axis=0)
    right = []
    for fold in range(3):
        judged, others = there & (trials.fold == fold), there & (trials.fold != fold)
        levels = sorted(set(score[others].tolist()))
        ways = [
            (np.count_nonzero((score[others] >= high) != trials.same[others]), low - high, (low + high) / 2)
            for low, high in itertools.pairwise(levels)
        ]  # the fewest errors, then the widest interval, then the lowest, as the report does it
        right.append(np.mean((score[judged] >= min(ways)[2]) == trials.same[judged]))
    assert name == "some" and accuracy == pytest.approx(np.mean(right))


@pytest.mark.parametrize("labels", [[1, 1, 1], [1, 2, 3]])
def test_people_who_make_no_pairs_are_refused(labels: list[int]) -> None:
    with pytest.raises(UserError, match="two people are needed at least, one of them with two crops"):
        HeldOutPeople(Vectors(np.zeros((3, 3), np.uint8)), np.arange(3), np.array(labels))
