"""Members of tar archives against the standard library's writer, in all its formats; damaged and lying headers."""

import io
import tarfile
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.containers.tar_members import members

FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
NAMES = st.sampled_from(["a.jpg", "folder/b.png", "x" * 99, "y" * 60 + "/" + "z" * 60, "ä/ö.jpg"])


def write(path: Path, files: list[tuple[str, bytes]], form: int = tarfile.USTAR_FORMAT) -> Path:
    with tarfile.open(path, "w", format=form) as tar:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


@given(st.sampled_from(FORMATS), st.lists(st.tuples(NAMES, st.binary(max_size=1100)), max_size=5))
def test_members_are_those_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, form: int, files: list[tuple[str, bytes]]
) -> None:
    path = write(tmp_path_factory.getbasetemp() / "a.tar", files, form)
    content = path.read_bytes()
    assert [(m.name, content[m.offset : m.offset + m.size]) for m in members(path)] == files


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names(tmp_path: Path, form: int) -> None:
    files = [("n" * 300 + ".jpg", b"1"), ("short.jpg", b"22")]
    assert [m.name for m in members(write(tmp_path / "a.tar", files, form))] == [name for name, _ in files]


def test_links_and_folders_are_left_out(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for name, kind in (("folder", tarfile.DIRTYPE), ("link", tarfile.SYMTYPE), ("device", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type = kind
            tar.addfile(member)
        member = tarfile.TarInfo("file")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"abc"))
    assert [(m.name, m.size) for m in members(tmp_path / "a.tar")] == [("file", 3)]


def test_a_size_that_only_pax_says(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo("a")
        member.size = 0
        member.pax_headers = {"size": "512"}
        tar.addfile(member)
        tar.fileobj.write(b"x" * 512)  # type: ignore[union-attr]
        tar.offset += 512
    assert [m.size for m in members(tmp_path / "a.tar")] == [512]


def test_a_large_size_in_base_256(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", [("a", b"x" * 600)])
    patch(path, 124, b"\x80" + (600).to_bytes(11))
    assert [m.size for m in members(path)] == [600]


def patch(path: Path, at: int, with_: bytes) -> None:
    """Change the first header, and mend its sum."""
    content = bytearray(path.read_bytes())
    content[at : at + len(with_)] = with_
    content[148:156] = b" " * 8
    content[148:156] = b"%06o\0 " % sum(content[:512])
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("at", "with_", "message"),
    [
        (124, b"77777777777\0", "a file of 8,589,934,591 bytes, but the archive has 10,240: it was cut off at byte 0"),
        (124, b"\x80" + b"\xff" * 11, "it was cut off"),
        (124, b"\xff" * 12, "a file of -1 bytes"),
        (124, b"\xff" * 10 + b"\x00\x00", "a file of -65,536 bytes"),
        (124, b"00000000009\0", "invalid header at byte 0"),
        (124, b"-0000000001\0", "a file of -1 bytes"),
        (156, b"x", "end of file header at byte 0"),
    ],
)
def test_lying_headers(tmp_path: Path, at: int, with_: bytes, message: str) -> None:
    path = write(tmp_path / "a.tar", [("a", b"x" * 600)])
    patch(path, at, with_)
    with pytest.raises(UserError, match=f"a.tar: is no uncompressed tar archive, or is damaged: .*{message}"):
        list(members(path))


@pytest.mark.parametrize("kind", [b"x", b"L"])
def test_a_name_without_end(tmp_path: Path, kind: bytes) -> None:
    path = write(tmp_path / "a.tar", [("a", b"x" * 70_000)])
    patch(path, 156, kind)
    with pytest.raises(UserError, match="a header of more than 16,384 bytes at byte 0"):
        list(members(path))


@pytest.mark.parametrize(
    ("note", "message"),
    [
        (b"11 size=-1\n", "a file of -1 bytes"),
        (b"14 size=1,000\n", "a file of 0 bytes|a header whose sum is wrong"),
        (b"16 size=9999999\n", "a file of 9,999,999 bytes"),
        (b"0 path=a\n", "invalid header"),
        (b"9" * 5000 + b" path=a\n", "integer string conversion"),
        (b"21 hdrcharset=BINARY\n" * 800, "a header of more than"),
        (b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n", "not enough values"),
    ],
)
def test_lying_pax_headers(tmp_path: Path, note: bytes, message: str) -> None:
    path = write(tmp_path / "a.tar", [("a", note), ("b", b"x" * 600)])
    patch(path, 156, b"x")
    with pytest.raises(UserError, match=f"{message}.* at byte"):
        list(members(path))


def test_a_broken_header_between_two_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", [("a", b""), ("b", b""), ("c", b"")])
    content = bytearray(path.read_bytes())
    content[512] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="a header whose sum is wrong at byte 512"):
        list(members(path))


@pytest.mark.parametrize("form", FORMATS)
def test_damage_anywhere_is_a_user_error(tmp_path: Path, form: int, rng: np.random.Generator) -> None:
    whole = write(tmp_path / "a.tar", [("n" * 90 + "/" + "m" * 60, b"x" * 600), ("b", b"y")], form).read_bytes()
    for _ in range(300):
        content = np.frombuffer(whole, np.uint8).copy()
        content[rng.integers(len(content) // 2, size=3)] = rng.integers(256, size=3)
        (tmp_path / "a.tar").write_bytes(content.tobytes())
        patch(tmp_path / "a.tar", 0, content[:1].tobytes())
        with suppress(UserError):
            assert all(m.size <= len(whole) for m in members(tmp_path / "a.tar"))


def test_what_is_said_about_all_files_is_not_kept_with_each(tmp_path: Path) -> None:
    """A global header of many records, then many files: tarfile keeps a copy of the records with each of them."""
    path = tmp_path / "a.tar"
    said = {f"k{i}": "v" for i in range(1000)}
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, pax_headers=said) as tar:
        for number in range(1000):
            tar.addfile(tarfile.TarInfo(f"{number}.jpg"))
    tracemalloc.start()
    assert sum(1 for _ in members(path)) == 1000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 21


def test_cut_off_anywhere(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.tar", [("a", b"x" * 600), ("b", b"y")]).read_bytes()
    end = 512 + 1024 + 512 + 512
    for length in [*range(0, end, 100), 512, 1536, 2048, end]:
        (tmp_path / "a.tar").write_bytes(whole[:length])
        with pytest.raises(UserError, match="cut off|empty file|truncated header"):
            list(members(tmp_path / "a.tar"))


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"\x1f\x8b" + b"no tar" * 200)
    with pytest.raises(UserError, match="no uncompressed tar archive"):
        list(members(tmp_path / "a.tar"))
    with pytest.raises(UserError, match="absent.tar: cannot be read"):
        list(members(tmp_path / "absent.tar"))
