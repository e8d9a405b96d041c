"""Pictures come in order and in batches, from image files, folders and videos; what cannot be read is told once."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.compare.data_tools import video_frames as frames
from eigen2arc.compare.data_tools.video_frames import batches, find_sources
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write


def picture(level: int, side: int = 32) -> np.ndarray:
    return np.full((side, side, 3), (level, 0, 255 - level), np.uint8)


@pytest.fixture
def video(tmp_path: Path, write_video: Callable[..., Path]) -> Path:
    """Five frames, from blue to red."""
    return write_video(tmp_path / "in/clip.avi", [picture(50 * number) for number in range(5)])


def test_folders_files_and_videos_in_order(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("in/d", "in/a", "c"):
        write(tmp_path / f"{name}.png", picture(7))
    (tmp_path / "in/notes.txt").touch()
    told: list[UserError] = []
    sources = find_sources([tmp_path / "in", tmp_path / "none", tmp_path / "c.png"], told.append)
    assert [path.name for path in sources] == ["a.png", "clip.avi", "d.png", "c.png"]
    monkeypatch.setattr(frames, "BATCH", 3)
    found = list(batches(sources, told.append))
    assert [len(batch) for batch in found] == [3, 3, 2]
    assert caplog.messages == [f"{tmp_path / 'in'}: left out: 1 .txt"]
    flat = [frame for batch in found for frame in batch]
    assert [(f.path.stem, f.number) for f in flat] == [
        ("a", None), *(("clip", n) for n in range(5)), ("d", None), ("c", None),
    ]  # fmt: skip
    for frame in flat[1:6]:
        assert frame.number is not None
        np.testing.assert_allclose(frame.image.mean(axis=(0, 1)), picture(50 * frame.number)[0, 0], atol=6)
    assert len(told) == 1 and "none: no such file" in str(told[0])


def test_what_cannot_be_read_is_told_and_the_others_follow(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no image")
    (tmp_path / "b.mp4").write_bytes(b"no video")
    write(tmp_path / "c.png", picture(1))
    told: list[str] = []
    found = list(batches([tmp_path / n for n in ("a.png", "b.mp4", "c.png")], lambda e: told.append(str(e))))
    assert [[frame.path.name for frame in batch] for batch in found] == [["c.png"]]
    assert "a.png" in told[0] and "b.mp4: cannot be read as a video" in told[1] and len(told) == 2


def test_a_named_file_is_what_it_begins_like(tmp_path: Path, video: Path) -> None:
    write(tmp_path / "a.png", picture(1))
    image = (tmp_path / "a.png").rename(tmp_path / "image")
    film = video.rename(tmp_path / "film.dat")
    told: list[str] = []
    batch, *_ = batches([image, film], lambda e: told.append(str(e)))
    assert [frame.number for frame in batch] == [None, *range(5)] and not told


def test_a_pipe_is_an_image(tmp_path: Path) -> None:
    """As the shell's <(...) makes it; it can be read once only."""
    write(tmp_path / "a.png", picture(1))
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes((tmp_path / "a.png").read_bytes()))
    writer.start()
    ((frame,),) = batches([tmp_path / "pipe"], print)
    writer.join()
    np.testing.assert_array_equal(frame.image, picture(1))


def test_what_is_decoded_of_a_video_is_kept(video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(path: Path) -> Iterator[np.ndarray]:
        yield picture(3)
        raise UserError(f"{path}: crashed")

    write(tmp_path / "c.png", picture(1))
    monkeypatch.setattr(frames.video, "read_frames", crash)
    told: list[str] = []
    (batch,) = batches([video, tmp_path / "c.png"], lambda e: told.append(str(e)))
    assert [frame.path.stem for frame in batch] == ["clip", "c"] and told == [f"{video}: crashed"]


def test_large_pictures_make_small_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [tmp_path / f"{n}.png" for n in range(5)]
    for n, path in enumerate(sources):
        write(path, picture(n, 40 if n == 4 else 20))
    monkeypatch.setattr(frames, "BATCH_PIXELS", 1000)
    assert [len(batch) for batch in batches(sources, print)] == [2, 2, 1]


def test_nothing_to_read_is_no_batch() -> None:
    assert list(batches([], print)) == []
