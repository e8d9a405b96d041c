"""Folders as systems leave them: what is an image, what is not, and the line that says so."""

import logging
import os
from pathlib import Path

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.image_folder import find_images, image_names, survey


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def test_folders_are_searched_in_order(tmp_path: Path) -> None:
    fill(tmp_path, "b/2.png", "a/1.png", "a/notes.txt", "0.data")
    found = find_images([tmp_path, tmp_path / "0.data"])
    assert [p.name for p in found] == ["1.png", "2.png", "0.data"]


def test_missing_paths_and_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no images"):
        find_images([tmp_path])
    with pytest.raises(UserError, match="no such file or folder"):
        find_images([tmp_path / "nowhere"])


def test_videos_are_found_where_they_are_wanted(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no images or videos"):
        find_images([tmp_path], frozenset({".mp4"}))
    fill(tmp_path, "b/2.MP4", "a.png", "c.mkv", "._2.mp4")
    assert [p.name for p in find_images([tmp_path], frozenset({".mp4"}))] == ["a.png", "2.MP4"]
    assert [p.name for p in find_images([tmp_path])] == ["a.png"]


def test_what_systems_leave_is_no_image_and_what_is_left_out_is_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(tmp_path, "Ada/1.JPG", "Ada/._1.jpg", "Ada/.DS_Store", "Ada/Thumbs.db", "__MACOSX/Ada/._1.jpg")
    fill(
        tmp_path, "@eaDir/Ada/1.jpg/SYNO.jpg", ".trash/2.jpg", "Grace/3.heic", "Grace/4.HEIC", "Grace/5.jfif", "README"
    )
    with caplog.at_level(logging.WARNING):
        assert image_names(tmp_path) == ["Ada/1.JPG", "Grace/5.jfif"]
    (line,) = caplog.messages
    assert line == f"{tmp_path}: left out: 6 left by a system, 2 .heic, 1 without an ending"


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "Ada/1.png", "Bob/in\nside/1.png")
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("side"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with caplog.at_level(logging.WARNING):
        assert image_names(tmp_path) == ["Ada/1.png"]
    assert caplog.messages == [f"{tmp_path}: left out: 1 folders that cannot be read (Bob/in\\nside)"]


def test_a_folder_of_images_alone_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fill(tmp_path, "a/1.png")
    with caplog.at_level(logging.WARNING):
        assert image_names(tmp_path) == ["a/1.png"]
    assert not caplog.messages


def test_links_to_folders_are_followed_each_once(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "set"
    fill(elsewhere, "1.png")
    fill(folder, "a/2.png")
    (folder / "b").symlink_to(elsewhere)
    (folder / "a" / "round").symlink_to(folder)
    assert image_names(folder) == ["a/2.png", "b/1.png"]


def test_odd_names_are_names(tmp_path: Path) -> None:
    fill(tmp_path, "Ada/sub\\1.jpg", "Ada/new\nline.jpg")
    (tmp_path / "Ada" / "\udcff.jpg").write_bytes(b"")
    assert image_names(tmp_path) == sorted(["Ada/new\nline.jpg", "Ada/sub\\1.jpg", "Ada/\udcff.jpg"])


def test_a_private_path_and_one_that_cannot_be_are_told(tmp_path: Path) -> None:
    """Root, for whom nothing is private, is somebody else meanwhile."""
    private = tmp_path / "private"
    private.mkdir(0)
    for above in [tmp_path, *tmp_path.parents[:2]]:
        above.chmod(0o755)
    if root := os.geteuid() == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(UserError, match="a.jpg: Permission denied$"):
            find_images([private / "a.jpg"])
    finally:
        if root:
            os.seteuid(0)
    with pytest.raises(UserError, match="nnn: File name too long$"):
        find_images([tmp_path / ("n" * 300)])
    with pytest.raises(UserError, match="no such file or folder$"):
        find_images([Path(__file__) / "a.jpg"])


def test_survey_names_what_it_leaves_out(tmp_path: Path) -> None:
    for name in ("a/1.png", "a/2.txt", "a/.hidden.png", "b/Thumbs.db", "@eaDir/x.png", "c/3.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "d").symlink_to(tmp_path / "a")
    names, left_out = survey(tmp_path)
    assert names == image_names(tmp_path) == ["a/1.png", "c/3.jpg"]
    assert left_out == [
        ("@eaDir", "left by a system"),
        ("a/.hidden.png", "left by a system"),
        ("a/2.txt", "other"),
        ("b/Thumbs.db", "left by a system"),
        ("d", "folder that is there twice"),
    ]
