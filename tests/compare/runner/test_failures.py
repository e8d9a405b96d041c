"""Failures of several systems against slow loops over pairs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.runner.failures import NEAREST, NEAREST_SIDE_PX, SHOWN, Decided, failures
from eigen2arc.core.image import read
from eigen2arc.core.metrics.verification import accuracy_by_fold
from eigen2arc.core.types import Dataset, Scores, Trials
from eigen2arc.datasets.images.lazy import ArrayImages

IMAGES, PAIRS = 40, 120


@pytest.fixture
def dataset(rng: np.random.Generator) -> Dataset:
    names = tuple(f"{n}.png" for n in range(IMAGES))
    pixels = [np.zeros((4, 4, 3), np.uint8)] * IMAGES
    trials = Trials(*rng.integers(0, IMAGES, (2, PAIRS)), rng.random(PAIRS) < 0.5, np.arange(PAIRS) % 3)
    return Dataset("noise", ArrayImages(pixels, names), trials=trials)


@pytest.fixture
def systems(rng: np.random.Generator, dataset: Dataset) -> list[Decided]:
    """Three systems that are often wrong about the same pairs; a crop's brightness says whose it is."""
    assert dataset.trials is not None
    same, common = dataset.trials.same, rng.normal(0, 1, PAIRS)
    made = []
    for n in range(3):
        scores = Scores(10**n * (1.5 * same + common + rng.normal(0, 0.5, PAIRS)), same, dataset.trials.fold)
        threshold = accuracy_by_fold(scores).thresholds[dataset.trials.fold]
        crops = np.stack([np.full((96, 80, 3), 40 * n + image, np.uint8) for image in range(IMAGES)])
        made.append(Decided(f"s{n}", scores, threshold, lambda crops=crops: crops))
    return made


def is_wrong(one: Decided, p: int) -> bool:
    return bool((one.scores.value[p] >= one.thresholds[p]) != one.scores.same[p])


def badness(one: Decided, p: int) -> float:
    value, same = one.scores.value, one.scores.same
    if same[p]:
        return float(np.mean([value[q] >= value[p] for q in range(PAIRS) if not same[q]]))
    return float(np.mean([value[q] < value[p] for q in range(PAIRS) if same[q]]))


def pairs_of(shown: list[dict[str, Any]], one: Decided, dataset: Dataset) -> list[int]:
    """The indices of pairs that are shown with a score, which is each pair's own."""
    found = [int(np.flatnonzero(one.scores.value == np.float32(pair["score"]))[0]) for pair in shown]
    trials, names = dataset.trials, dataset.images.names
    assert trials is not None
    for pair, p in zip(shown, found, strict=True):
        assert (pair["first"], pair["second"]) == (names[trials.first[p]], names[trials.second[p]])
        assert pair["same"] == trials.same[p]
    return found


def test_who_fails_where(tmp_path: Path, dataset: Dataset, systems: list[Decided]) -> None:
    by_system, shared = failures(tmp_path, systems, dataset)
    wrong = {p: [one.system for one in systems if is_wrong(one, p)] for p in range(PAIRS)}
    assert shared["systems"] == 3 and shared["pairs"] == PAIRS
    assert shared["nobody"] == sum(not who for who in wrong.values()) > 0
    assert shared["everybody"]["pairs"] == sum(len(who) == 3 for who in wrong.values()) > SHOWN
    assert shared["everybody"]["crops_of"] == "s0" and len(shared["everybody"]["shown"]) == SHOWN
    mean = {p: np.mean([badness(one, p) for one in systems]) for p, who in wrong.items() if len(who) == 3}
    worst = sorted(mean.values(), reverse=True)[:SHOWN]
    assert [pair["outdone"] for pair in shared["everybody"]["shown"]] == pytest.approx(worst)
    for one in systems:
        alone = [p for p, who in wrong.items() if who == [one.system]]
        made = shared["alone"][one.system]
        assert made["pairs"] == len(alone)
        found = pairs_of(made["shown"], one, dataset)
        assert set(found) <= set(alone) and len(found) == min(len(alone), SHOWN)
        assert [pair["outdone"] for pair in made["shown"]] == pytest.approx([badness(one, p) for p in found])
        rest = [badness(one, p) for p in alone if p not in found]
        assert min(pair["outdone"] for pair in made["shown"]) >= max(rest, default=0)
        for kind, same in (("false_accepts", False), ("false_rejects", True)):
            errors = by_system[one.system]["errors"][kind]
            found = pairs_of(errors, one, dataset)
            mistaken = [p for p in wrong if is_wrong(one, p) and one.scores.same[p] == same]
            excess = {p: abs(one.scores.value[p] - one.thresholds[p]) for p in mistaken}
            assert found == sorted(excess, key=lambda p: -excess[p])[:SHOWN]
            assert [pair["failing"] for pair in errors] == [len(wrong[p]) for p in found]
            assert [pair["threshold"] for pair in errors] == [float(one.thresholds[p]) for p in found]


def test_pairs_near_the_threshold(tmp_path: Path, dataset: Dataset, systems: list[Decided]) -> None:
    by_system, _ = failures(tmp_path, systems, dataset)
    for number, one in enumerate(systems):
        near = by_system[one.system]["near_threshold"]
        threshold = float(accuracy_by_fold(one.scores).thresholds.mean())
        scores = [pair["score"] for pair in near]
        assert scores == sorted(scores) and len(near) == 4 * NEAREST
        found = pairs_of(near, one, dataset)
        for same in (True, False):
            for above in (True, False):
                kind = [p for p in range(PAIRS) if one.scores.same[p] == same]
                there = [p for p in kind if (float(one.scores.value[p]) >= threshold) == above]
                nearest = sorted(there, key=lambda p: abs(float(one.scores.value[p]) - threshold))[:NEAREST]
                assert set(nearest) <= set(found)
        picture = read(tmp_path / near[0]["first_picture"])
        assert picture.shape[0] == NEAREST_SIDE_PX  # and of the very system's crops, but for what JPEG loses
        brightness = 40 * number + int(near[0]["first"].removesuffix(".png"))
        assert abs(int(picture.mean()) - brightness) <= 1


def test_one_system_shares_nothing(tmp_path: Path, dataset: Dataset, systems: list[Decided]) -> None:
    by_system, shared = failures(tmp_path, systems[:1], dataset)
    assert shared == {} and set(by_system) == {"s0"}
    assert {pair["failing"] for pair in by_system["s0"]["errors"]["false_accepts"]} == {1}
