"""Unpacking: an archive writes into its folder and nowhere else."""

import fcntl
import gzip
import io
import os
import shutil
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.download import archives
from eigen2arc.datasets.download.archives import unpack, unpack_all


def make_zip(path: Path, names: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        for name, content in names.items():
            bundle.writestr(name, content)
    return path


def make_tar(path: Path, members: list[tarfile.TarInfo], content: bytes = b"abc") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(content) if member.isreg() else None)
    return path


def link(name: str, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


def test_zip_and_tar_are_unpacked(tmp_path: Path) -> None:
    unpack(make_zip(tmp_path / "a.zip", {"s1/1.txt": b"one", "top.txt": b"top"}), tmp_path / "zip")
    unpack(make_tar(tmp_path / "a.tgz", [tarfile.TarInfo("s1/1.txt")]), tmp_path / "tar")
    assert (tmp_path / "zip/s1/1.txt").read_bytes() == b"one" and (tmp_path / "tar/s1/1.txt").read_bytes() == b"abc"
    assert sorted(path.name for path in (tmp_path / "zip").iterdir()) == ["s1", "top.txt"]


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/top.txt").write_bytes(b"mine")
    entries = unpack(make_zip(tmp_path / "a.zip", {"top.txt": b"theirs", "new.txt": b"new"}), tmp_path / "out")
    assert [path.read_bytes() for path in entries] == [b"new", b"mine"]


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:/evil.txt"])
def test_a_zip_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="outside the folder"):
        unpack(make_zip(tmp_path / "a.zip", {"good.txt": b"x", name: b"x"}), tmp_path / "deep/out")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.zip"]


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.writestr(entry, "/etc")
    with pytest.raises(UserError, match="is a link"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize("member", [tarfile.TarInfo("../evil.txt"), link("link", "/etc"), link("link", "../../x")])
def test_a_tar_cannot_leave_its_folder(tmp_path: Path, member: tarfile.TarInfo) -> None:
    with pytest.raises(UserError, match="refused"):
        unpack(make_tar(tmp_path / "a.tgz", [tarfile.TarInfo("good.txt"), member]), tmp_path / "deep/out")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.tgz"]


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    for archive in (
        make_zip(tmp_path / "a.zip", {"1": b"abc", "2": b"abc"}),
        make_tar(tmp_path / "a.tgz", [tarfile.TarInfo("1"), tarfile.TarInfo("2")]),
    ):
        with pytest.raises(UserError, match="more than the allowed 5 bytes"):
            unpack(archive, tmp_path / "out", max_bytes=5)
        assert list((tmp_path / "out").iterdir()) == []
        unpack(archive, tmp_path / archive.suffix, max_bytes=6)


@pytest.mark.parametrize("name", ["a.zip", "a.tgz"])
def test_a_damaged_archive_is_named(tmp_path: Path, name: str) -> None:
    whole = make_zip(tmp_path / "w.zip", {"1": b"abc" * 99}) if name == "a.zip" else None
    whole = whole or make_tar(tmp_path / "w.tgz", [tarfile.TarInfo("1")], b"abc" * 99)
    (tmp_path / name).write_bytes(whole.read_bytes()[:60])
    with pytest.raises(UserError, match=f"{name}: is damaged"):
        unpack(tmp_path / name, tmp_path / "out")


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*")] if folder.exists() else []


def encrypted(path: Path) -> Path:
    """A zip whose headers say that its one member is encrypted."""
    content = bytearray(make_zip(path, {"a": b"abc"}).read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    return path


def method(path: Path, number: int) -> Path:
    content = bytearray(make_zip(path, {"a": b"abc"}).read_bytes())
    for at in (8, content.index(b"PK\1\2") + 10):
        content[at : at + 2] = number.to_bytes(2, "little")
    path.write_bytes(content)
    return path


def broken_lzma(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as bundle:
        bundle.writestr("a", bytes(range(256)) * 20)
    content = bytearray(path.read_bytes())
    content[45:60] = b"\xff" * 15
    path.write_bytes(content)
    return path


def tar_name(path: Path, name: str) -> Path:
    with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(tarfile.TarInfo(name))
    return path


def cut_tar(path: Path) -> Path:
    make_tar(path, [tarfile.TarInfo("1"), tarfile.TarInfo("2")])
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:1024]))
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: encrypted(p / "a.zip"), r"a\.zip: is encrypted; unpack it by hand"),
        (lambda p: method(p / "a.zip", 9), r"a\.zip: is compressed in a way that is not known here"),
        (lambda p: method(p / "a.zip", 77), r"a\.zip: is compressed in a way that is not known here"),
        (lambda p: broken_lzma(p / "a.zip"), r"a\.zip: is damaged"),
        (lambda p: make_zip(p / "a.zip", {"n" * 300: b"x"}), r"a\.zip: refused, the name 'n+'\.\.\. is too long"),
        (lambda p: make_zip(p / "a.zip", {"d/" * 2000 + "n": b"x"}), r"a\.zip: refused, the name .* is too long"),
        (lambda p: make_zip(p / "a.zip", {"a": b"x", "a/b": b"x"}), r"a\.zip: refused, it holds a file and a folder"),
        (lambda p: make_zip(p / "a.zip", {"a/b": b"x", "a": b"x"}), r"a\.zip: refused, it holds a file and a folder"),
        (lambda p: tar_name(p / "a.tgz", "n" * 300), r"a\.tgz: refused, the name"),
        (lambda p: tar_name(p / "a.tgz", "n" * 70_000), r"a\.tgz: is damaged \(a header of more than 65,536 bytes"),
        (lambda p: make_tar(p / "a.tgz", [tarfile.TarInfo("a"), tarfile.TarInfo("a/b")]), "file and a folder"),
        (lambda p: make_tar(p / "a.tgz", [tarfile.TarInfo("a"), link("b", "a")]), r"a\.tgz: refused, 'b' is a link"),
        (lambda p: cut_tar(p / "a.tgz"), r"a\.tgz: is damaged \(it has no end"),
        (lambda p: p / "absent.zip", r"absent\.zip: cannot be unpacked into .*No such file"),
    ],
)
def test_what_cannot_be_unpacked_is_one_line_and_leaves_nothing(
    tmp_path: Path, make: Callable[[Path], Path], message: str
) -> None:
    with pytest.raises(UserError, match=message) as error:
        unpack(make(tmp_path), tmp_path / "out")
    assert "\n" not in str(error.value) and len(str(error.value)) < 300 + len(str(tmp_path))
    assert leftovers(tmp_path / "out") == []


@pytest.mark.parametrize("name", [".", "./", "a/./b"])
def test_the_folder_itself_may_be_named(tmp_path: Path, name: str) -> None:
    unpack(make_zip(tmp_path / "a.zip", {name: b"", "c": b"x"}), tmp_path / "zip")
    assert (tmp_path / "zip/c").read_bytes() == b"x"
    folder = tarfile.TarInfo(name)
    folder.type = tarfile.DIRTYPE
    unpack(make_tar(tmp_path / "a.tar", [folder, tarfile.TarInfo("./c")]), tmp_path / "tar")
    assert (tmp_path / "tar/c").read_bytes() == b"abc"


def test_backslashes_lead_into_folders(tmp_path: Path) -> None:
    unpack(make_zip(tmp_path / "a.zip", {"Ada\\": b"", "Ada\\sub\\1.jpg": b"x"}), tmp_path / "zip")
    unpack(make_tar(tmp_path / "a.tgz", [tarfile.TarInfo("Ada\\1.jpg")]), tmp_path / "tar")
    assert (tmp_path / "zip/Ada/sub/1.jpg").is_file() and (tmp_path / "tar/Ada/1.jpg").is_file()


def test_a_header_takes_no_more_memory_than_a_header(tmp_path: Path) -> None:
    """A name of 64 MB, compressed to 64 kB, and a zip whose directory is said to be as large."""
    head = tarfile.TarInfo("././@LongLink")
    head.type, head.size = tarfile.GNUTYPE_LONGNAME, 64 << 20
    (tmp_path / "a.tgz").write_bytes(gzip.compress(head.tobuf(tarfile.GNU_FORMAT) + bytes(64 << 20), 1))
    with (tmp_path / "b.zip").open("wb") as file:
        file.truncate(64 << 20)
        file.seek(0, 2)
        file.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, 64 << 20, 0, 0))
    tracemalloc.start()
    for name in ("a.tgz", "b.zip"):
        with pytest.raises(UserError, match=f"{name}: is damaged .a (header|directory) of more than"):
            unpack(tmp_path / name, tmp_path / "out")
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_archives_in_archives_have_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file that holds itself takes a page of compressor's tricks; that its content is the same is all that counts.
    make_zip(tmp_path / "a.zip", {"b.zip": b"x"})
    with monkeypatch.context() as patch:
        patch.setattr(archives, "file_digest", lambda path: "same")
        with pytest.raises(UserError, match=r"a\.zip: refused, it holds itself"):
            unpack_all(tmp_path / "a.zip", tmp_path / "out")
    inner = b"x"
    for depth in range(6):
        make_zip(tmp_path / f"{depth}.zip", {f"in{depth}.zip": inner} if depth else {"file": inner})
        inner = (tmp_path / f"{depth}.zip").read_bytes()
    unpack_all(tmp_path / "3.zip", tmp_path / "three")
    assert (tmp_path / "three/file").read_bytes() == b"x"
    with pytest.raises(UserError, match=r"5\.zip: refused, archives lie in it more than 4 deep"):
        unpack_all(tmp_path / "5.zip", tmp_path / "five")
    inside = [make_zip(tmp_path / "m.zip", {f"{i}": b"y" * 99}).read_bytes() for i in range(9)]
    make_zip(tmp_path / "many.zip", {f"{i}.zip": one for i, one in enumerate(inside)})
    with pytest.raises(UserError, match="holds more than the allowed"):
        unpack_all(tmp_path / "many.zip", tmp_path / "many", max_bytes=2500)


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    killed, working = tmp_path / "out/.unpacking-killed", tmp_path / "out/.unpacking-working"
    for folder in (killed, working):
        (folder / "sub").mkdir(parents=True)
        os.utime(folder, (1, 1))
    handle = os.open(working, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    unpack(make_zip(tmp_path / "a.zip", {"a": b"x"}), tmp_path / "out")
    os.close(handle)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".unpacking-working", "a"]


def test_damage_anywhere_is_one_line(tmp_path: Path, rng: np.random.Generator) -> None:
    wholes = [
        make_zip(tmp_path / "a.zip", {"Ada/1": b"abc" * 50, "2": bytes(99)}),
        make_tar(tmp_path / "a.tgz", [tarfile.TarInfo("Ada/1"), tarfile.TarInfo("2")]),
        tmp_path / "a.tar",
    ]
    wholes[2].write_bytes(gzip.decompress(wholes[1].read_bytes()))
    for path in wholes:
        whole = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(20):
            content = whole[: rng.integers(1, len(whole) + 1)].copy() if rng.random() < 0.3 else whole.copy()
            at = rng.integers(len(content), size=2)
            content[at] ^= np.uint8(1) << rng.integers(8, size=2).astype(np.uint8)
            path.write_bytes(content.tobytes())
            with suppress(UserError):
                unpack(path, tmp_path / "out")
            assert not [name for name in leftovers(tmp_path / "out") if name.startswith(".unpacking")]
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
