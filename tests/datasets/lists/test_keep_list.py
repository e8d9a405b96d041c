"""The list of kept images, written and read again."""

import csv
from pathlib import Path

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.lists.keep_list import read_keep_list, write_keep_list
from eigen2arc.datasets.readers.folder import build

NAMES = ["a/1.jpg", 'b/with, comma "quoted".jpg', "c/3.jpg"]

#: What a disk allows: a line break, no UTF-8, what looks like the end of a line to some.
ODD_NAMES = ["a/1\n2.jpg", "b/\udce9.jpg", "c/\u2028.jpg", "d\\e.jpg"]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_keep_list(tmp_path / "kept.csv", NAMES[1:])
    with (tmp_path / "kept.csv").open(newline="") as file:
        assert [row["image"] for row in csv.DictReader(file)] == NAMES[1:]
    assert read_keep_list(NAMES, tmp_path / "kept.csv").tolist() == [1, 2]
    assert read_keep_list(NAMES[::-1], tmp_path / "kept.csv").tolist() == [0, 1]  # in the set's order, not the list's
    assert read_keep_list(NAMES, "").tolist() == [0, 1, 2]


def test_odd_names_come_back(tmp_path: Path) -> None:
    write_keep_list(tmp_path / "kept.csv", ODD_NAMES)
    assert read_keep_list(["0", *ODD_NAMES], tmp_path / "kept.csv").tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a/1.jpg\n", "kept.csv:1: expected 'image', got 'a/1.jpg'"),
        ("", "kept.csv:1: expected 'image', got ''"),
        ("image\na/1.jpg\nd/4.jpg\n", "kept.csv:3: the set has no image 'd/4.jpg'"),
        ("image\n", "keeps no image"),
        ('image\n"' + 200_000 * "a", "is not a CSV file"),
    ],
)
def test_a_list_that_does_not_fit(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "kept.csv").write_text(text)
    with pytest.raises(UserError, match=message):
        read_keep_list(NAMES, tmp_path / "kept.csv")


def test_no_list(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"absent.csv: cannot be read"):
        read_keep_list(NAMES, tmp_path / "absent.csv")


def test_a_folder_with_a_list(tmp_path: Path) -> None:
    for person in ("Ada", "Bob"):
        (tmp_path / person).mkdir()
        for number in range(3):
            (tmp_path / person / f"{number}.png").touch()
    write_keep_list(tmp_path / "kept.csv", ["Bob/2.png", "Ada/0.png", "Ada/2.png", "Bob/0.png"])
    mine = build(root=tmp_path, kept=tmp_path / "kept.csv")
    assert mine.images.names == ("Ada/0.png", "Ada/2.png", "Bob/0.png", "Bob/2.png")
    assert mine.labels is not None and mine.labels.tolist() == [0, 0, 1, 1]
    assert mine.protocol.endswith("of those that kept.csv keeps")
