import errno
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import (
    atomic_write,
    expand_home,
    keep_copy,
    parse_json,
    read_json,
    write_json,
    write_text,
)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "figures.json"
    write_json(path, {"a": [1, 2]})
    assert json.loads(path.read_text()) == {"a": [1, 2]}
    with pytest.raises(RuntimeError), atomic_write(path) as file:
        file.write(b"half of")
        raise RuntimeError
    assert json.loads(path.read_text()) == {"a": [1, 2]}
    assert [p.name for p in path.parent.iterdir()] == ["figures.json"]


LONG = [os.fsencode("x" * 250), b"\xff" * 250, "\N{CJK UNIFIED IDEOGRAPH-9F8D}".encode() * 83, b"a\nb\x1b"]


@pytest.mark.parametrize("name", LONG, ids=["long", "bytes", "many bytes a letter", "control"])
def test_every_legal_name_can_be_written(name: bytes, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    for number in (1, 2):
        write_text(path, str(number))
        keep_copy(path, tmp_path / os.fsdecode(name[:-1] + b"c"))
    assert path.read_text() == "2" and len(list(tmp_path.iterdir())) == 2


def test_bytes_that_are_no_text_are_escaped_in_texts(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\xffb")
    write_text(tmp_path / "x.csv", f"{name},\u9f8d")
    write_json(tmp_path / "x.json", {name: [name, "\\"]})
    assert (tmp_path / "x.csv").read_text("utf-8") == "a\\xffb,\u9f8d"
    assert read_json(tmp_path / "x.json", dict[str, list[str]]) == {r"a\xffb": [r"a\xffb", "\\"]}


def test_a_full_disk_says_for_what(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught, atomic_write(tmp_path / "x") as file:
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.filename == str(tmp_path / "x") and not list(tmp_path.iterdir())


def test_the_home_folder_stands_in_for_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    given = {"a": ["~/x", {"b": "~"}], "c": "x~/y", "d": 1, "e": "~$lock.jpg"}
    assert expand_home(given) == {"a": ["/home/ada/x", {"b": "/home/ada"}], "c": "x~/y", "d": 1, "e": "~$lock.jpg"}


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", float("nan"))


@dataclass
class Note:
    steps: int
    share: float = 0.5
    names: list[str] = field(default_factory=list)


def test_json_is_read_as_it_was_written(tmp_path: Path, rng: np.random.Generator) -> None:
    values = [*rng.normal(size=1000).tolist(), *(10.0 ** rng.uniform(-300, 300, 1000)).tolist(), 2**70, 1, True, None]
    write_json(tmp_path / "x.json", {"a": values, "ä": {"b": "c"}})
    read = read_json(tmp_path / "x.json", dict[str, Any])
    assert read == {"a": values, "ä": {"b": "c"}} and [type(v) for v in read["a"]] == [type(v) for v in values]
    write_json(tmp_path / "note.json", {"steps": 3, "share": 1, "other": 2})
    assert read_json(tmp_path / "note.json", Note) == Note(3, 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Invalid JSON: EOF .*"),
        ('{"steps": 1} 2', "Invalid JSON: trailing characters .*"),
        ("[" * 100_000, "Invalid JSON: recursion limit exceeded .*"),
        ("[]", r"expected an object, got \[\]"),
        ("{}", "steps: is missing"),
        ('{"steps": "1"}', "steps: expected a valid integer, got '1'"),
        ('{"steps": 1.0}', "steps: expected a valid integer, got 1.0"),
        ('{"steps": true}', "steps: expected a valid integer, got True"),
        ('{"steps": 1, "share": "a\\nb"}', r"share: expected a valid number, got 'a\\nb'"),
        ('{"steps": 1, "names": ["a", ' + "[" * 90 + "]" * 90 + "]}", r"names.1: expected a valid string, got \[{60}"),
    ],
)
def test_wrong_json_is_told_in_a_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "note.json").write_text(text)
    with pytest.raises(UserError, match=f"note.json: {message}. Start anew$") as caught:
        read_json(tmp_path / "note.json", Note, "Start anew")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    with pytest.raises(UserError, match=f"note.json: {message}$"):
        read_json(tmp_path / "note.json", Note)
    with pytest.raises(UserError, match="absent.json: cannot be read .No such file or directory.$"):
        read_json(tmp_path / "absent.json", Note)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"steps": ' + "7" * 5000 + "}", "got a number of thousands of digits|number out of range|Invalid JSON"),
        ('{"steps": 1, "share": ' + "7" * 5000 + "}", "share: |Invalid JSON"),
        ("\udcff\udcfe", "Invalid JSON"),
    ],
)
def test_numbers_and_bytes_that_no_parser_takes_are_a_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "note.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=f"note.json: .*({message})") as caught:
        read_json(tmp_path / "note.json", Note)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.parametrize("text", ["[" * 100_000, "7" * 5000, "{", b"\xff", ""])
def test_json_inside_another_file_is_a_line(text: str | bytes) -> None:
    with pytest.raises(UserError, match=r"^a\.st: is not JSON") as caught:
        parse_json(text, "a.st")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
