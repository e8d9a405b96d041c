"""Outputs: what cannot be written is refused by name, a folder is held by one, and leftovers of the killed go."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write, write_text
from eigen2arc.core.outputs import check_file, output_folder


@pytest.mark.parametrize("name", [b"x" * 250, b"\xff" * 250, b"a\nb\x1b"], ids=["long", "bytes", "control"])
def test_every_legal_name_can_be_written(name: bytes, tmp_path: Path) -> None:
    check_file(tmp_path / os.fsdecode(name))
    assert not list(tmp_path.iterdir())


@pytest.fixture
def as_nobody(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing may be made; root, for whom everything may, is somebody else meanwhile."""
    private = tmp_path / "private"
    private.mkdir()
    private.chmod(0)
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    if root := os.geteuid() == 0:
        os.seteuid(65534)
    try:
        yield private
    finally:
        if root:
            os.seteuid(0)
        private.chmod(0o755)


def test_a_private_folder_is_refused_by_name(as_nobody: Path) -> None:
    for path in (as_nobody / "x", as_nobody / "new" / "x"):
        with pytest.raises(PermissionError) as caught:
            check_file(path)
        assert caught.value.filename == str(path)
        with pytest.raises(PermissionError), output_folder(path):
            pass
    with pytest.raises(PermissionError) as caught:
        write_text(as_nobody / "x", "")
    assert "private" in caught.value.filename and ".part" not in caught.value.filename


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").symlink_to("a")
    check_file(tmp_path / "c", tmp_path / "a", None)
    with pytest.raises(UserError, match="b: is the file that is read"):
        check_file(tmp_path / "b", tmp_path / "absent", tmp_path / "a")


def test_a_folder_in_which_nothing_was_written_is_gone_again(tmp_path: Path) -> None:
    for written in (False, True):
        with output_folder(tmp_path / "a" / "b") as out:
            assert out.is_dir() and not list(out.iterdir())
            (out / "empty" / "too").mkdir(parents=True)
            if written:
                (out / "c").touch()
        assert (tmp_path / "a").exists() == written
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["c"]
    with output_folder(tmp_path / "a") as out, pytest.raises(UserError, match="another process"), output_folder(out):
        pass


def test_the_processes_of_one_launch_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with output_folder(tmp_path):
        monkeypatch.setenv("RANK", "1")
        with output_folder(tmp_path):
            pass


def test_what_a_killed_process_left_half_written_is_removed(tmp_path: Path) -> None:
    left = [".a.json.x1_yzabc.part", "below/.b.npz.12345678.part", ".state.4711.part", ".x1_yzabc.part"]
    theirs = [".notes.part", "a.json.x1_yzabc.part", ".a.json.x1_yzabc.part.txt"]
    (tmp_path / "below").mkdir()
    for name in left + theirs:
        (tmp_path / name).touch()
    with atomic_write(tmp_path / "being written"), output_folder(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted([*theirs, "being written"])


def test_beside_a_file_what_was_to_become_it_is_removed(tmp_path: Path) -> None:
    for name in (".arc.onnx.x1_yzabc.part", ".other.onnx.x1_yzabc.part"):
        (tmp_path / name).touch()
    check_file(tmp_path / "arc.onnx")
    assert [path.name for path in tmp_path.iterdir()] == [".other.onnx.x1_yzabc.part"]
