import io
import json
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write, parse_json, read_json, read_npz, write_json


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "figures.json"
    write_json(path, {"a": [1, 2]})
    assert json.loads(path.read_text()) == {"a": [1, 2]}
    with pytest.raises(RuntimeError), atomic_write(path) as file:
        file.write(b"half of")
        raise RuntimeError
    assert json.loads(path.read_text()) == {"a": [1, 2]}
    assert [p.name for p in path.parent.iterdir()] == ["figures.json"]


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


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def test_arrays_are_read_as_they_were_written(tmp_path: Path, rng: np.random.Generator) -> None:
    arrays = {
        "a": rng.normal(size=(3, 4)),
        "b": np.array("text"),
        "c": np.zeros((0, 7), np.uint8),
        "d": np.asfortranarray(rng.integers(0, 9, (5, 6))),
        "e": np.array(["x", "yz"]),
        "f": np.array(True),
    }
    (tmp_path / "a.npz").write_bytes(npz(**arrays))
    read = read_npz(tmp_path / "a.npz")
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "absent.npz")


def test_a_file_is_not_made_larger_than_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with path.open("wb") as file:
        np.savez_compressed(file, a=np.zeros(1_000_000, np.uint8))
    with pytest.raises(ValueError, match="compressed"):
        read_npz(path)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", header.getvalue() + bytes(80))
    with pytest.raises(ValueError, match="do not fill"):
        read_npz(path)
    # A thousand names for the same bytes.
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", npz(a=np.zeros(1000)))
        for number in range(1000):
            twin = zipfile.ZipInfo(f"b{number}.npy")
            first = archive.infolist()[0]
            for name in ("header_offset", "file_size", "compress_size", "CRC"):
                setattr(twin, name, getattr(first, name))
            archive.filelist.append(twin)
    with pytest.raises(ValueError, match="larger than the file"):
        read_npz(path)


def test_a_damaged_npz_is_a_value_error(tmp_path: Path, rng: np.random.Generator) -> None:
    path, whole = tmp_path / "a.npz", npz(a=np.arange(30), b=np.array("text"))
    for _ in range(100):
        content = bytearray(whole)
        for position in rng.integers(0, len(content), rng.integers(1, 4)):
            content[position] = rng.integers(256)
        path.write_bytes(content[: rng.integers(len(content) // 2, len(content) + 1)])
        with suppress(ValueError):
            read_npz(path)
