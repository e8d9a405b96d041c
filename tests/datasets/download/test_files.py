"""Where a set is expected, and what is said when it is not there."""

from pathlib import Path

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.download.files import locate, read_lines


def test_the_set_lies_in_its_folder_or_one_below(tmp_path: Path) -> None:
    (tmp_path / "orl/att_faces/s1").mkdir(parents=True)
    assert locate(tmp_path, "orl", "LAYOUT", "s1") == tmp_path / "orl/att_faces"
    (tmp_path / "orl/s1").mkdir()
    assert locate(tmp_path, "orl", "LAYOUT", "s1") == tmp_path / "orl"
    assert locate(tmp_path, "orl", "LAYOUT") == tmp_path / "orl"


def test_a_missing_set_shows_layout_and_data_root(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"orl: no such folder(.|\n)*EIGEN2ARC_DATA(.|\n)*orl/s1/1\.pgm(.|\n)*fetch orl"
    ):
        locate(tmp_path, "orl", "orl/s1/1.pgm", "s1")
    (tmp_path / "orl").mkdir()
    with pytest.raises(UserError, match="holds no s1 or s2"):
        locate(tmp_path, "orl", "orl/s1/1.pgm", "s1", "s2")


def test_lines_of_a_text_file(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("a\tb\nc", "utf-8")
    assert read_lines(tmp_path / "good.txt") == ["a\tb", "c"]
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(UserError, match=r"bad\.txt: is not a text file"):
        read_lines(tmp_path / "bad.txt")
    with pytest.raises(UserError, match=r"absent\.txt: cannot be read"):
        read_lines(tmp_path / "absent.txt")
