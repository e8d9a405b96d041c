"""Yale: names without suffixes, conditions, the missing image by name."""

from pathlib import Path

import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.yale import CONDITIONS, build


def draw(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 3), 40 * value).save(path, "GIF")


def test_a_small_one(tmp_path: Path) -> None:
    folder = tmp_path / "yale/yalefaces"
    for number, name in enumerate(("subject02.wink", "subject02.normal", "subject01.gif", "subject01.glasses")):
        draw(folder / name, number)
    for ignored in ("subject01.glasses.gif", "subject16.wink", "subject01.asleep", "Readme.txt"):
        (folder / ignored).write_bytes(b"")
    (folder / "subject02.noglasses").write_bytes((folder / "subject02.normal").read_bytes())
    yale = build(root=tmp_path)
    assert yale.images.names == (
        "subject01.gif", "subject01.glasses", "subject02.noglasses", "subject02.normal", "subject02.wink",
    )  # fmt: skip
    assert yale.people == ("subject01", "subject02")
    assert yale.labels is not None and yale.labels.tolist() == [0, 0, 1, 1, 1]
    assert [CONDITIONS[int(i)] for i in yale.factors["condition"]] == [
        "centerlight", "glasses", "noglasses", "normal", "wink",
    ]  # fmt: skip
    assert yale.images[0].shape == (3, 4, 3)
    assert yale.notes[0].startswith("missing: subject01.happy, subject01.leftlight")
    assert yale.notes[1] == "byte-for-byte copies of another image: 1"
    assert yale.protocol == "Yale, 5 of 165 images, 2 people, 11 conditions"


def test_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "yale").mkdir()
    (tmp_path / "yale/subject01.asleep").write_bytes(b"")
    with pytest.raises(UserError, match=r"no subjectNN\.condition(.|\n)*yale/subject01\.centerlight"):
        build(root=tmp_path)


@pytest.mark.data
def test_the_real_one(data_root: Path) -> None:
    yale = build(root=data_root)
    assert (len(yale.images), len(yale.people)) == (164, 15)
    assert yale.notes[0] == "missing: subject01.centerlight"
    assert yale.images[0].shape == (243, 320, 3)
