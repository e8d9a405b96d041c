"""CFP's lists and folds, on a small copy of its layout."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.cfp import build

PEOPLE = ("001", "002", "003", "004")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four people with two frontal and two profile images, two folds of two people."""
    base = tmp_path / "cfp/cfp-dataset"
    lists: dict[str, list[str]] = {"frontal": [], "profile": []}
    for person in PEOPLE:
        for kind, lines in lists.items():
            (base / f"Data/Images/{person}/{kind}").mkdir(parents=True)
            for number in ("01", "02"):
                Image.new("L", (4, 6), int(person)).save(base / f"Data/Images/{person}/{kind}/{number}.jpg")
                lines.append(f"{len(lines) + 1} ../Data/Images/{person}/{kind}/{number}.jpg")
    (base / "Protocol").mkdir()
    (base / "Protocol/Pair_list_F.txt").write_text("\n".join(lists["frontal"]) + "\n")
    (base / "Protocol/Pair_list_P.txt").write_text("\n".join(lists["profile"]) + "\n")
    # Images 1 and 2 are of person 001, 3 and 4 of 002, and so on.
    for protocol, same, diff in (("FF", "1,2 3,4", "1,3 2,4"), ("FP", "1,1 1,2 3,4", "1,3 3,2 4,1")):
        for fold in ("01", "02"):
            place = base / f"Protocol/Split/{protocol}/{fold}"
            place.mkdir(parents=True)
            for file, pairs in (("same.txt", same), ("diff.txt", diff)):
                shift = 4 * (fold == "02")
                rows = [",".join(str(int(n) + shift) for n in pair.split(",")) for pair in pairs.split()]
                (place / file).write_text("\n".join(rows) + "\n")
    return tmp_path


def test_frontal_beside_profile(root: Path) -> None:
    cfp = build(root=root)
    assert cfp.people == PEOPLE and cfp.trials is not None and cfp.labels is not None
    assert cfp.trials.same.tolist() == [True] * 3 + [False] * 3 + [True] * 3 + [False] * 3
    assert cfp.trials.fold.tolist() == [0] * 6 + [1] * 6
    names = cfp.images.names
    assert list(names) == sorted(names)
    shown = [(names[a], names[b]) for a, b in zip(cfp.trials.first, cfp.trials.second, strict=True)]
    assert all("/frontal/" in a and "/profile/" in b for a, b in shown)
    assert shown[4] == ("Data/Images/002/frontal/01.jpg", "Data/Images/001/profile/02.jpg")
    assert shown[8] == ("Data/Images/004/frontal/01.jpg", "Data/Images/004/profile/02.jpg")
    same = cfp.labels[cfp.trials.first] == cfp.labels[cfp.trials.second]
    assert np.array_equal(same, cfp.trials.same)
    assert cfp.images[0].shape == (6, 4, 3)
    assert cfp.protocol == "CFP FP, 2 folds, 12 pairs, 6 of one person"


def test_frontal_beside_frontal(root: Path) -> None:
    cfp = build(root=root, protocol="FF")
    assert all("/frontal/" in name for name in cfp.images.names) and len(cfp.images) == 8
    assert cfp.trials is not None and cfp.trials.fold.tolist() == [0] * 4 + [1] * 4


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("Pair_list_F.txt", "1 ../Data/Images/001/frontal/01.jpg\nx y\n", r"Pair_list_F.txt:2: expected 'number"),
        ("Pair_list_P.txt", "1 ../../../../etc/passwd/a\n", r"Pair_list_P.txt:1: expected a path below"),
        ("Split/FP/02/diff.txt", "5,7\n6\n", r"diff.txt:2: expected 'number,number'"),
        ("Split/FP/02/diff.txt", "5,9\n", r"diff.txt:1: expected 'number,number'"),
        ("Split/FP/01/same.txt", "\n1,3\n", r"same.txt:2: .*show two people"),
        ("Split/FP/01/diff.txt", "1,2\n", r"diff.txt:1: .*show one person"),
    ],
)
def test_a_mistake_is_named(root: Path, file: str, text: str, message: str) -> None:
    (root / "cfp/cfp-dataset/Protocol" / file).write_text(text)
    with pytest.raises(UserError, match=message):
        build(root=root)


def test_what_is_missing_is_named(root: Path) -> None:
    base = root / "cfp/cfp-dataset"
    (base / "Data/Images/003/profile/01.jpg").unlink()
    with pytest.raises(UserError, match=r"1 of the \d+ images .* are missing: Data/Images/003/profile/01.jpg"):
        build(root=root)
    assert len(build(root=root, protocol="FF").images) == 8
    (base / "Protocol/Split/FF/02/same.txt").unlink()
    with pytest.raises(UserError, match=r"02/same.txt: cannot be read"):
        build(root=root, protocol="FF")
    for fold in ("01", "02"):
        for path in (base / f"Protocol/Split/FP/{fold}").iterdir():
            path.unlink()
        (base / f"Protocol/Split/FP/{fold}").rmdir()
    with pytest.raises(UserError, match=r"holds no folds(.|\n)*same.txt"):
        build(root=root)
