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
    (tmp_path / "good.txt").write_bytes(b"a\tb\r\n\r\nc\r\n")
    assert read_lines(tmp_path / "good.txt") == ["a\tb", "", "c"]
    (tmp_path / "empty.txt").touch()
    assert read_lines(tmp_path / "empty.txt") == []
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(UserError, match=r"bad\.txt: is not a text file"):
        read_lines(tmp_path / "bad.txt")
    with pytest.raises(UserError, match=r"absent\.txt: cannot be read"):
        read_lines(tmp_path / "absent.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-mark", "utf-16-be-mark"])
def test_what_editors_save(tmp_path: Path, encoding: str) -> None:
    path, text = tmp_path / "a.txt", "# José.jpg\r\n1 2\u2028 3\x0c4\r\n"
    mark = "\ufeff" if encoding.endswith("-mark") else ""
    path.write_bytes((mark + text).encode(encoding.removesuffix("-mark")))
    assert read_lines(path) == ["# José.jpg", "1 2\u2028 3\x0c4"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\nJosé\n".encode("latin-1"), r"a\.txt:2: is not UTF-8 \(b'Jos\\xe9'\); save the list as UTF-8"),
        (b"x" * 9000 + b"\n" + "José".encode("latin-1"), r"a\.txt:2: is not UTF-8"),
        ("a\nb\n".encode("utf-16-le"), r"a\.txt: is not a text file, or is one in UTF-16 without a mark"),
        (b"\x89PNG\r\n\x1a\n\0\0", r"a\.txt: is not a text file"),
        (b"ab\x01\xff", r"a\.txt: is not a text file"),
        ("ab".encode("utf-16")[:-1], r"a\.txt: is not a text file"),
    ],
)
def test_other_encodings_are_told(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_lines(tmp_path / "a.txt")
