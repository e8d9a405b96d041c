"""Members of tar archives against the standard library's writer, in all its formats; damaged and lying headers."""

import io
import tarfile
from pathlib import Path

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
        (124, b"\xff" * 12, "the size"),
        (124, b"00000000009\0", "the size"),
        (124, b"-0000000001\0", "the size"),
        (156, b"x", "the number .* in a pax header"),
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
    with pytest.raises(UserError, match="a name of 70,000 bytes at byte 0"):
        list(members(path))


@pytest.mark.parametrize(
    "note", [b"9 size=-1\n", b"13 size=1e9\n\n", b"99 path=a\n", b"0 path=a\n", b"11 path", b"x y=z\n"]
)
def test_broken_pax_headers(tmp_path: Path, note: bytes) -> None:
    path = write(tmp_path / "a.tar", [("a", note), ("b", b"")])
    patch(path, 156, b"x")
    with pytest.raises(UserError, match="pax header at byte 0"):
        list(members(path))


def test_cut_off_anywhere(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.tar", [("a", b"x" * 600), ("b", b"y")]).read_bytes()
    end = 512 + 1024 + 512 + 512
    for length in [*range(0, end, 100), 512, 1536, 2048, end]:
        (tmp_path / "a.tar").write_bytes(whole[:length])
        with pytest.raises(UserError, match="cut off"):
            list(members(tmp_path / "a.tar"))


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"\x1f\x8b" + b"no tar" * 200)
    with pytest.raises(UserError, match="no uncompressed tar archive"):
        list(members(tmp_path / "a.tar"))
    with pytest.raises(UserError, match="absent.tar: cannot be read"):
        list(members(tmp_path / "absent.tar"))
