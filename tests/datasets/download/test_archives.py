"""Unpacking: an archive writes into its folder and nowhere else."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.download.archives import unpack


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
