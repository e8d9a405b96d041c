"""Groups from a CSV file, by image or by person; what it must not hold is said with its line."""

from pathlib import Path

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.lists.groups import read_groups

NAMES, OWNERS = ["Ada/1.png", "Ada/2.png", "Bob/1.png"], ["Ada", "Ada", "Bob"]


def read(folder: Path, text: str) -> dict[str, tuple[str, ...]]:
    (folder / "groups.csv").write_text(text, "utf-8")
    return read_groups(folder / "groups.csv", NAMES, OWNERS)


def test_by_image_and_by_person(tmp_path: Path) -> None:
    assert read(tmp_path, "image,group\nBob/1.png,b\nAda/2.png,a\n") == {"group": ("", "a", "b")}
    made = read(tmp_path, "person,group,age\nAda,north,\n\nBob,south,30s\n")
    assert made == {"group": ("north", "north", "south"), "age": ("", "", "30s")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"groups\.csv:1: got ''\. The form is: a line 'image,group'"),
        ("image\n", ":1: got 'image'"),
        ("name,group\n", ":1: got 'name,group'"),
        ("image,group,group\n", ":1: got"),
        ("image,\n", ":1: got"),
        (
            "image,group\nCid/1.png,x\n",
            r":2: got 'Cid/1\.png,x': expected 2 cells, .* a known image",
        ),
        ("person,group\nAda\n", ":2: got 'Ada': expected 2 cells, the first the name of a known person"),
        ("person,group\nAda,x\nAda,x\n", ":3: got 'Ada,x': is there already"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read(tmp_path, text)
