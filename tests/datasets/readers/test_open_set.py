"""A set whose people are enrolled or strangers, from one set or two."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, UNUSED
from eigen2arc.datasets.readers.open_set import build


def write(root: Path, **people: int) -> Path:
    """Folders of people with so many images, each of another grey."""
    for person, count in people.items():
        for number in range(count):
            path = root / person / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (6, 5), sum(f"{root.name}{person}{number}".encode()) % 256).save(path)
    return root


def unlabelled(root: Path) -> dict[str, str]:
    """Two images of nobody known."""
    write(root / "train", images=2)
    (root / "train/label.txt").write_text("# 0.png\n1 1 3 3\n# 1.png\n")
    return {"name": "face_boxes", "root": str(root)}


def test_of_one_set(tmp_path: Path) -> None:
    root = write(tmp_path / "a", Ada=3, Bob=2, Cid=1, Dan=1)
    (tmp_path / "groups.csv").write_text("person,group\nAda,x\nBob,y\n")
    base = {"name": "folder", "groups": str(tmp_path / "groups.csv")}
    made = build(root=root, base=base, people=1, strangers=2, rounds=3, split_seed=4)
    assert made.labels is not None and made.splits is not None and made.splits.shape == (3, len(made.images))
    for split in made.splits:
        enrolled = set(made.labels[split == GALLERY].tolist())
        assert len(enrolled) == 1
        assert len(set(made.labels[split == PROBE].tolist()) - enrolled) == 2
    assert (made.splits != UNUSED).any(axis=0).all()
    names = [name.split("/")[0] for name in made.images.names]
    assert names == [made.people[label] for label in made.labels]
    assert made.groups["group"] == tuple({"Ada": "x", "Bob": "y"}.get(name, "") for name in names)
    assert made.trials is None and made.fold is None
    assert "3 rounds, the first: 1 people enrolled with 1 images and looked up with" in made.protocol
    again = build(root=root, base=base, people=1, strangers=2, rounds=1, split_seed=4)
    kept = [made.images.names.index(name) for name in again.images.names]
    assert again.splits is not None and np.array_equal(again.splits[0], made.splits[0][kept])


def test_strangers_of_another_set_who_may_have_the_same_names(tmp_path: Path) -> None:
    root = write(tmp_path / "a", Ada=2, Bob=2)
    others = write(tmp_path / "b", Ada=2, Eve=1)
    made = build(root=root, strangers_from={"name": "folder", "root": str(others)})
    assert made.labels is not None and made.splits is not None
    assert sorted(made.people) == ["0/Ada", "0/Bob", "1/Ada", "1/Eve"]
    owner = [made.people[label] for label in made.labels]
    assert owner == [name.rpartition("/")[0] for name in made.images.names]
    (split,) = made.splits
    assert sorted(name for name, kind in zip(owner, split, strict=True) if kind == GALLERY) == ["0/Ada", "0/Bob"]
    assert [name for name, kind in zip(owner, split, strict=True) if kind == PROBE and name[0] == "1"] == [
        "1/Ada", "1/Ada", "1/Eve",
    ]  # fmt: skip
    assert made.images[list(made.images.names).index("1/Eve/0.png")].shape == (5, 6, 3)


def test_strangers_who_are_nobody_known(tmp_path: Path) -> None:
    root = write(tmp_path / "a", Ada=2, Bob=2)
    made = build(root=root, strangers_from=unlabelled(tmp_path / "b"))
    assert made.labels is not None and made.labels.tolist() == [0, 0, 1, 1, -1, -1]
    assert made.splits is not None and (made.splits[0, 4:] == PROBE).all()


def test_what_cannot_be_made(tmp_path: Path) -> None:
    root = write(tmp_path / "a", Ada=2, Bob=2)
    with pytest.raises(UserError, match="open_set, folder: 2 people have more than 1 images, 3 are to be enrolled"):
        build(root=root, people=3)
    with pytest.raises(UserError, match="face_boxes does not say who is who"):
        build(root=root, base=unlabelled(tmp_path / "b"))
    with pytest.raises(UserError, match="open_set, base: no dataset is called 'folders'"):
        build(root=root, base="folders")
