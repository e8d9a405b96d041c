"""Yale: names without suffixes, conditions, the missing image by name."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.yale import build


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
    assert yale.groups["condition"] == ("centerlight", "glasses", "noglasses", "normal", "wink")
    assert yale.images[0].shape == (3, 4, 3)
    assert yale.notes[0].startswith("missing: subject01.happy, subject01.leftlight")
    assert yale.notes[1] == "byte-for-byte copies of another image: 1"
    assert yale.protocol == "Yale, 5 of 165 images, 2 people, 11 conditions"


def test_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "yale").mkdir()
    (tmp_path / "yale/subject01.asleep").write_bytes(b"")
    with pytest.raises(UserError, match=r"no subjectNN\.condition(.|\n)*yale/subject01\.centerlight"):
        build(root=tmp_path)


def test_leaving_one_out_with_and_without_its_copies(tmp_path: Path) -> None:
    folder = tmp_path / "yale"
    for number, name in enumerate(("subject01.happy", "subject01.sad", "subject02.normal", "subject02.wink")):
        draw(folder / name, number)
    (folder / "subject02.noglasses").write_bytes((folder / "subject02.normal").read_bytes())
    assert build(root=tmp_path).splits is None
    with_copies = build(root=tmp_path, leave_one_out=True)
    assert with_copies.splits is not None and np.array_equal(with_copies.splits, np.eye(5))
    assert with_copies.protocol == "Yale, 5 of 165 images, 2 people, 11 conditions; leave one out, 5 rounds"
    without = build(root=tmp_path, leave_one_out=True, without_copies=True)
    assert without.splits is not None and without.splits[2].tolist() == [0, 0, 1, -1, 0]
    assert without.protocol.endswith("5 rounds, copies of the probe left out too")
    assert without.notes == with_copies.notes and without.notes[1].endswith("copies of another image: 1")
    with pytest.raises(UserError, match="without_copies is about the rounds of leave_one_out=true"):
        build(root=tmp_path, without_copies=True)


@pytest.mark.data
def test_the_real_one(data_root: Path) -> None:
    yale = build(root=data_root)
    assert (len(yale.images), len(yale.people)) == (164, 15)
    assert yale.notes[0] == "missing: subject01.centerlight"
    assert yale.images[0].shape == (243, 320, 3)
    # Copies that a person's two conditions share, which a look at all pixels finds too.
    pixels = np.stack([yale.images[i] for i in range(164)]).reshape(164, -1)
    copies = [(pixels[i] == pixels).all(axis=1) for i in range(164)]
    without = build(root=data_root, leave_one_out=True, without_copies=True).splits
    assert without is not None
    np.testing.assert_array_equal(without == -1, np.array(copies) & ~np.eye(164, dtype=bool))
    assert (without == -1).sum() == 18
