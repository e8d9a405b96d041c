"""LFW: a small one in the official layout, broken ones, and the real one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.lfw import build

PAIRS = """2\t1
Ada\t1\t2
Ada\t2\tBob\t1
Cy\t1\t3
Cy\t3\tDee\t1
"""
PEOPLE = "2\n2\nAda\t2\nBob\t1\n2\nCy\t3\nDee\t1\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for person, count in {"Ada": 2, "Bob": 1, "Cy": 3, "Dee": 1}.items():
        folder = tmp_path / "lfw/lfw-deepfunneled" / person
        folder.mkdir(parents=True)
        for i in range(1, count + 1):
            Image.new("RGB", (4, 4), (10 * i, 0, 0)).save(folder / f"{person}_{i:04d}.jpg")
    (tmp_path / "lfw/pairs.txt").write_text(PAIRS)
    (tmp_path / "lfw/pairsDevTest.txt").write_text("1\nCy\t1\t2\nCy\t1\tDee\t1\n")
    (tmp_path / "lfw/people.txt").write_text(PEOPLE)
    return tmp_path


def test_view2(root: Path) -> None:
    lfw = build(root=root)
    # Cy_0002 is in no pair.
    assert lfw.images.names == tuple(
        f"{name[:-5]}/{name}.jpg" for name in ("Ada_0001", "Ada_0002", "Bob_0001", "Cy_0001", "Cy_0003", "Dee_0001")
    )
    assert lfw.people == ("Ada", "Bob", "Cy", "Dee")
    assert lfw.labels is not None and lfw.labels.tolist() == [0, 0, 1, 2, 2, 3]
    assert lfw.trials is not None
    assert lfw.trials.first.tolist() == [0, 1, 3, 4] and lfw.trials.second.tolist() == [1, 2, 4, 5]
    assert lfw.trials.same.tolist() == [True, False, True, False] and lfw.trials.fold.tolist() == [0, 0, 1, 1]
    assert lfw.protocol == "LFW View 2, 2 folds x 2 pairs, deep-funneled images"


def test_view1_and_people(root: Path) -> None:
    test = build(root=root, view="view1-test")
    assert test.trials is not None and test.trials.fold.tolist() == [0, 0] and len(test.images) == 3
    people = build(root=root, view="people")
    assert people.fold is not None and people.fold.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert people.trials is None and len(people.images) == 7


def test_view2_with_all_images(root: Path) -> None:
    pairs, people, both = (build(root=root, view=view) for view in ("view2", "people", "view2-all"))
    assert both.images.names == people.images.names and both.people == people.people
    assert np.array_equal(both.labels, people.labels) and np.array_equal(both.fold, people.fold)
    assert both.trials is not None and pairs.trials is not None
    for side in ("first", "second"):
        named, expected = ([lfw.images.names[i] for i in getattr(lfw.trials, side).tolist()] for lfw in (both, pairs))
        assert named == expected
    assert np.array_equal(both.trials.same, pairs.trials.same) and np.array_equal(both.trials.fold, pairs.trials.fold)
    assert both.protocol == "LFW View 2, 2 folds x 2 pairs; all 7 images of 4 people, deep-funneled images"


@pytest.mark.parametrize(
    ("people", "message"),
    [
        ("2\n2\nAda\t2\nCy\t3\n2\nBob\t1\nDee\t1\n", r"Cy/Cy_0001\.jpg is in a pair of fold 2, .* is in fold 1"),
        ("2\n2\nAda\t2\nDee\t1\n2\nCy\t3\nBob\t1\n", r"Bob/Bob_0001\.jpg is in a pair of fold 1, .* is in fold 2"),
        ("2\n2\nAda\t2\nBob\t1\n2\nCy\t2\nDee\t1\n", r"1 of its images are not in people\.txt: Cy/Cy_0003\.jpg"),
    ],
)
def test_lists_that_disagree_are_refused(root: Path, people: str, message: str) -> None:
    (root / "lfw/people.txt").write_text(people)
    with pytest.raises(UserError, match=message):
        build(root=root, view="view2-all")


def test_the_edition_is_the_folder(root: Path) -> None:
    (root / "lfw/lfw-deepfunneled").rename(root / "lfw/lfw_funneled")
    assert "funneled images" in build(root=root).protocol and "deep" not in build(root=root).protocol
    with pytest.raises(UserError, match="holds no folder lfw-deepfunneled"):
        build(root=root, edition="deep-funneled")


def test_missing_images_are_counted_and_named(root: Path) -> None:
    (root / "lfw/lfw-deepfunneled/Cy/Cy_0003.jpg").unlink()
    with pytest.raises(UserError, match=r"1 of the 6 images of pairs\.txt are missing: Cy/Cy_0003\.jpg"):
        build(root=root)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2\t1\n", "two\t1\n", r":1: expected the number of folds"),
        ("2\t1\n", "", r":1: expected the number of folds"),
        ("2\t1\n", "0\t1\n", r":1: expected the number of folds"),
        ("Ada\t1\t2", "Ada\tone\t2", r":2: expected 'person i j', got 'Ada\\tone\\t2'"),
        ("Ada\t1\t2", "../Ada\t1\t2", r":2: expected 'person i j'"),
        ("Ada\t1\t2", "Ada\t1\t" + "2" * 5000, r":2: expected 'person i j'"),
        ("2\t1\n", "2\t" + "1" * 5000 + "\n", r":1: expected the number of folds"),
        ("Ada\t1\t2", "A" * 300 + "\t1\t2", r":2: no file has so long a name: 'A+"),
        ("Ada\t2\tBob\t1", "Ada\t2\tBob", r":3: expected 'person i person j'"),
        ("Cy\t3\tDee\t1\n", "", "ends too early"),
        ("Cy\t3\tDee\t1\n", "Cy\t3\tDee\t1\nAda\t1\t2\n", r":6: expected the end"),
    ],
)
def test_a_broken_pairs_file(root: Path, old: str, new: str, message: str) -> None:
    (root / "lfw/pairs.txt").write_text(PAIRS.replace(old, new))
    with pytest.raises(UserError, match=r"pairs\.txt" + (message if message.startswith(":") else ".*" + message)):
        build(root=root)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("Ada\t2", "Ada two", ":3: expected 'person"), ("2\nCy", "x\nCy", ":5: expected the number of people"),
     ("Dee\t1\n", "", ": ends too early"), ("2\n2\n", "2\n0\n", ":2: expected the number"),
     ("Ada\t2", "Ada\t999999999", ": counts more than 1,000,000 images"),
     ("Ada\t2", "Ada\t9999999999", ":3: expected")],
)  # fmt: skip
def test_a_broken_people_file(root: Path, old: str, new: str, message: str) -> None:
    (root / "lfw/people.txt").write_text(PEOPLE.replace(old, new))
    with pytest.raises(UserError, match=r"people\.txt" + message):
        build(root=root, view="people")


@pytest.mark.data
def test_the_real_view2(data_root: Path) -> None:
    lfw = build(root=data_root)
    trials, labels = lfw.trials, lfw.labels
    assert trials is not None and labels is not None
    assert (len(trials), int(trials.same.sum()), len(lfw.images)) == (6000, 3000, 7701)
    assert list(lfw.images.names) == sorted(lfw.images.names)
    assert np.array_equal(labels[trials.first] == labels[trials.second], trials.same)
    seen: set[int] = set()
    for fold in range(10):
        here = trials.fold == fold
        assert here.sum() == 600 and trials.same[here].sum() == 300
        people = set(labels[trials.first[here]]) | set(labels[trials.second[here]])
        assert not people & seen
        seen |= people
    # The first line of the first fold and the last line of the last, as the makers' file has them.
    names = lfw.images.names
    lines = (data_root / "lfw/pairs.txt").read_text().splitlines()
    person, i, j = lines[1].split()
    assert names[trials.first[0]].endswith(f"{person}_{int(i):04d}.jpg")
    assert names[trials.second[0]].endswith(f"{person}_{int(j):04d}.jpg")
    a, i, b, j = lines[-1].split()
    assert names[trials.first[-1]].endswith(f"{a}_{int(i):04d}.jpg")
    assert names[trials.second[-1]].endswith(f"{b}_{int(j):04d}.jpg")


@pytest.mark.data
def test_the_other_real_views(data_root: Path) -> None:
    train, test = build(root=data_root, view="view1-train"), build(root=data_root, view="view1-test")
    assert train.trials is not None and test.trials is not None
    assert (len(train.trials), len(test.trials)) == (2200, 1000)
    assert not set(train.people) & set(test.people)
    people = build(root=data_root, view="people")
    assert (len(people.images), len(people.people)) == (13233, 5749)
    both = build(root=data_root, view="view2-all")
    trials, fold, labels = both.trials, both.fold, both.labels
    assert trials is not None and fold is not None and labels is not None
    assert (len(trials), len(both.images), len(both.people)) == (6000, 13233, 5749)
    for image in (trials.first, trials.second):
        assert np.array_equal(fold[image], trials.fold)
    assert np.array_equal(labels[trials.first] == labels[trials.second], trials.same)
    folds_of_person = [np.unique(fold[labels == person]) for person in range(0, 5749, 50)]
    assert all(len(folds) == 1 for folds in folds_of_person)
