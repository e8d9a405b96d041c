"""AgeDB: drawn pairs against a slow loop, and the authors' lists."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.io import savemat

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.protocols.age_pairs import age_pairs
from eigen2arc.datasets.readers.agedb import build


def make(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new("L", (4, 5), len(name)).save(folder / name, "JPEG")


@st.composite
def people_of_ages(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(st.integers(6, 40))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    return rng.integers(0, 8, n), rng.integers(20, 32, n)


@given(people_of_ages(), st.integers(1, 9), st.sampled_from([2, 6, 1000]), st.integers(1, 10))
def test_drawn_pairs_are_some_of_all(
    drawn: tuple[np.ndarray, np.ndarray], gap_years: int, pairs_per_fold: int, folds: int
) -> None:
    labels, ages = drawn
    try:
        trials = age_pairs(labels, ages, gap_years=gap_years, pairs_per_fold=pairs_per_fold, folds=folds, seed=1)
    except UserError:
        assert len({labels[a] == labels[b] for a, b in _apart(ages, gap_years)}) < 2  # a kind is missing altogether
        return
    pairs = list(zip(trials.first.tolist(), trials.second.tolist(), strict=True))
    assert set(pairs) <= set(_apart(ages, gap_years)) and len(set(pairs)) == len(pairs)
    assert [bool(labels[a] == labels[b]) for a, b in pairs] == trials.same.tolist()
    assert np.array_equal(np.unique(trials.fold), np.arange(trials.fold.max() + 1)) and trials.fold.max() < folds
    members: dict[int, set[int]] = {}
    for fold in np.unique(trials.fold):
        here = trials.fold == fold
        assert 2 * trials.same[here].sum() == here.sum() <= pairs_per_fold
        members[fold] = {int(labels[i]) for i in np.concatenate([trials.first[here], trials.second[here]])}
    assert all(not a & b for a, b in combinations(members.values(), 2))


def _apart(ages: np.ndarray, gap_years: int) -> list[tuple[int, int]]:
    return [(a, b) for a, b in combinations(range(len(ages)), 2) if abs(int(ages[a]) - int(ages[b])) == gap_years]


def test_when_all_are_asked_for_all_genuine_ones_are_drawn() -> None:
    labels, ages = np.array([0, 0, 0, 1, 1, 1]), np.array([20, 50, 50, 21, 50, 51])
    trials = age_pairs(labels, ages, gap_years=30, pairs_per_fold=100, folds=1, seed=0)
    genuine = set(zip(trials.first[trials.same].tolist(), trials.second[trials.same].tolist(), strict=True))
    # 0-4 is the only pair of two people; three genuine ones are there, so one of them is drawn.
    assert len(trials) == 2 and genuine < {(0, 1), (0, 2), (3, 5)}
    assert (trials.first[1], trials.second[1]) == (0, 4)


def test_the_raw_folder(tmp_path: Path) -> None:
    names = ["0_Ann_20_f.jpg", "1_Ann_50_f.jpg", "2_Bo_van_der_X_20_m.jpg", "10_Bo_van_der_X_50_m.jpg", "3_Cy_40_m.jpg"]
    make(tmp_path / "agedb/AgeDB", [*names, "readme.jpg"])
    agedb = build(root=tmp_path)
    assert agedb.people == ("Ann", "Bo_van_der_X", "Cy")
    assert agedb.images.names == tuple(sorted(names)) and agedb.images[0].shape == (5, 4, 3)
    assert agedb.factors["age"].tolist() == [20, 50, 50, 20, 40]
    assert agedb.labels is not None and agedb.labels.tolist() == [0, 1, 0, 1, 2]
    assert agedb.notes[1].endswith("left out: 1")
    assert agedb.trials is not None and len(agedb.trials) == 4 and agedb.trials.fold.max() == 0
    with pytest.raises(UserError, match="gap_years=7: there are no pairs"):
        build(root=tmp_path, gap_years=7)


def test_drawn_again_they_are_the_same(tmp_path: Path) -> None:
    make(tmp_path / "agedb", [f"{9 * p + a}_P{p}_{20 + 10 * a}_m.jpg" for p in range(8) for a in range(6)])
    one, again, other = build(root=tmp_path), build(root=tmp_path), build(root=tmp_path, seed=1)
    assert one.trials is not None and again.trials is not None and other.trials is not None
    assert np.array_equal(one.trials.first, again.trials.first) and np.array_equal(one.trials.fold, again.trials.fold)
    assert not np.array_equal(one.trials.first, other.trials.first)
    assert "30 years apart" in one.protocol and "seed 0" in one.protocol


def authors(path: Path, folds: list[list[tuple[str, str, int]]]) -> None:
    """A file in the form of the authors'."""
    splits = np.empty((len(folds), 1), object)
    for number, pairs in enumerate(folds):
        images = np.empty((2, len(pairs)), object)
        for column, (a, b, _) in enumerate(pairs):
            images[:, column] = [{"name": name, "age": int(name.split("_")[3])} for name in (a, b)]
        splits[number, 0] = {"data": images, "labels": np.array([[label for *_, label in pairs]])}
    savemat(path, {"splits": splits})


PAIRS = [
    [("0_Ann_1_20_f", "0_Ann_2_50_f", 1), ("0_Ann_1_20_f", "1_Bo_3_50_m", -1)],
    [("2_Cy_4_31_m", "2_Cy_5_61_m", 1), ("3_Di_6_70_f", "2_Cy_7_40_m", -1)],
]


def test_the_pairs_of_the_authors(tmp_path: Path) -> None:
    names = {name for fold in PAIRS for a, b, _ in fold for name in (a, b)}
    make(tmp_path / "agedb/03_Protocol_Images", [f"{name}.jpg" for name in names])
    authors(tmp_path / "agedb/04_FINAL_protocol_30_years.mat", PAIRS)
    agedb = build(root=tmp_path)
    trials = agedb.trials
    assert trials is not None and trials.same.tolist() == [True, False] * 2 and trials.fold.tolist() == [0, 0, 1, 1]
    shown = [
        (agedb.images.names[a].removesuffix(".jpg"), agedb.images.names[b].removesuffix(".jpg"))
        for a, b in zip(trials.first, trials.second, strict=True)
    ]
    assert shown == [(a, b) for fold in PAIRS for a, b, _ in fold]
    assert agedb.people == ("0", "1", "2", "3") and "4 pairs of the authors" in agedb.protocol
    (tmp_path / "agedb/03_Protocol_Images/3_Di_6_70_f.jpg").unlink()
    with pytest.raises(UserError, match=r"1 of the 7 images .* missing: 3_Di_6_70_f.jpg"):
        build(root=tmp_path)


def test_a_protocol_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "agedb/04_FINAL_protocol_30_years.mat"
    path.parent.mkdir()
    path.write_bytes(b"not MATLAB, but long enough to be read as the head of such a file" * 4)
    with pytest.raises(UserError, match=r"years.mat: is not a"):
        build(root=tmp_path)
    savemat(path, {"splits": np.zeros((2, 1))})
    with pytest.raises(UserError, match=r"years.mat: is not a protocol of AgeDB"):
        build(root=tmp_path)
    authors(path, [[("0_Ann_1_20_f", "1_Bo_2_50_m", 1)]])
    with pytest.raises(UserError, match="are called one person, by name not so"):
        build(root=tmp_path)
    authors(path, [[("../../x_1_1_20_f", "../../x_1_1_30_f", 1)]])
    with pytest.raises(UserError, match="expected a path below"):
        build(root=tmp_path)
