"""A folder per person, and the pairs drawn from it."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.protocols.pairs import balanced_pairs
from eigen2arc.datasets.readers.folder import build


def make(root: Path, people: dict[str, int]) -> Path:
    for person, count in people.items():
        (root / person).mkdir(parents=True)
        for i in range(count):
            Image.new("RGB", (4, 4), (i, 0, 0)).save(root / person / f"{i}.png")
    return root


def test_people_are_folders(tmp_path: Path) -> None:
    make(tmp_path, {"Ada": 2, "Bob": 3, ".hidden": 2})
    (tmp_path / "Bob/old").mkdir()
    (tmp_path / "Bob/2.png").rename(tmp_path / "Bob/old/2.JPG")
    (tmp_path / "labels.csv").write_text("not an image")
    (tmp_path / "Ada/notes.txt").write_text("not an image")
    mine = build(root=tmp_path)
    assert mine.people == ("Ada", "Bob")
    assert mine.images.names == ("Ada/0.png", "Ada/1.png", "Bob/0.png", "Bob/1.png", "Bob/old/2.JPG")
    assert mine.labels is not None and mine.labels.tolist() == [0, 0, 1, 1, 1]
    assert mine.trials is not None and int(mine.trials.same.sum()) == 4 and len(mine.trials) == 8


@pytest.mark.parametrize(
    ("people", "message"),
    [({"Ada": 5}, "at least 2 people, there is 1"), ({}, "there is 0"), ({"Ada": 1, "Bob": 1}, "each person has only")],
)
def test_too_few_people_or_images(tmp_path: Path, people: dict[str, int], message: str) -> None:
    with pytest.raises(UserError, match=f"{message}.* one folder per person"):
        build(root=make(tmp_path, people))


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="absent: no such folder"):
        build(root=tmp_path / "absent")


@given(st.lists(st.integers(1, 6), min_size=2, max_size=40), st.integers(0, 99), st.sampled_from([2, 10, 600]))
def test_pairs_against_all_pairs(counts: list[int], seed: int, pairs_per_fold: int) -> None:
    if max(counts) < 2:
        counts[0] = 2
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    trials = balanced_pairs(labels, pairs_per_fold=pairs_per_fold, folds=10, seed=seed)
    a, b = labels[trials.first], labels[trials.second]
    assert np.array_equal(a == b, trials.same)
    assert len({frozenset(pair) for pair in zip(trials.first, trials.second, strict=True)}) == len(trials)
    folds = int(trials.fold.max()) + 1
    assert folds == min(10, sum(count > 1 for count in counts), len(counts) // 2)
    members: list[set[int]] = []
    for fold in range(folds):
        here = trials.fold == fold
        members.append(set(a[here]) | set(b[here]))
        assert trials.same[here].sum() * 2 == here.sum() <= pairs_per_fold
        assert here.sum() > 0
    assert all(not one & other for one, other in combinations(members, 2))


def test_when_all_are_asked_for_all_are_drawn() -> None:
    labels = np.array([0, 1, 1, 2, 0, 2, 1])
    trials = balanced_pairs(labels, pairs_per_fold=1000, folds=1, seed=0)
    genuine = {pair for pair in combinations(range(7), 2) if labels[pair[0]] == labels[pair[1]]}
    drawn = {tuple(sorted(p)) for p in zip(trials.first[trials.same], trials.second[trials.same], strict=True)}
    assert drawn == genuine


def test_pairs_are_drawn_evenly() -> None:
    """Each genuine pair is as likely as another, and each impostor pair: within four standard errors."""
    labels = np.array([0, 0, 0, 1, 1])
    count: dict[tuple[int, int], int] = {}
    for seed in range(2000):
        trials = balanced_pairs(labels, pairs_per_fold=2, folds=1, seed=seed)
        for pair in zip(trials.first, trials.second, strict=True):
            key = (int(min(pair)), int(max(pair)))
            count[key] = count.get(key, 0) + 1
    assert len(count) == 10  # 4 genuine, 6 impostor
    for pair, times in count.items():
        chance = 1 / 4 if labels[pair[0]] == labels[pair[1]] else 1 / 6
        assert abs(times - 2000 * chance) < 4 * (2000 * chance * (1 - chance)) ** 0.5
