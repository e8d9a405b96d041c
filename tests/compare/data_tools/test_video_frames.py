"""Pictures come in order and in batches, from image files, folders and videos; what cannot be read is told once."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from eigen2arc.compare.data_tools import video_frames as frames
from eigen2arc.compare.data_tools.video_frames import batches, find_sources
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write


def picture(level: int, side: int = 32) -> np.ndarray:
    return np.full((side, side, 3), (level, 0, 255 - level), np.uint8)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Five frames, from blue to red."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 5, (32, 32))
    for number in range(5):
        writer.write(picture(50 * number)[..., ::-1].copy())
    writer.release()
    return path


def test_folders_files_and_videos_in_order(tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b", "a"):
        write(tmp_path / f"in/{name}.png", picture(7))
    write(tmp_path / "c.png", picture(9))
    told: list[UserError] = []
    sources = find_sources([tmp_path / "in", video, tmp_path / "none", tmp_path / "c.png"], told.append)
    assert [path.name for path in sources] == ["a.png", "b.png", "clip.avi", "c.png"]
    monkeypatch.setattr(frames, "BATCH", 3)
    found = list(batches(sources, told.append))
    assert [len(batch) for batch in found] == [3, 3, 2]
    flat = [frame for batch in found for frame in batch]
    assert [(f.name, f.number) for f in flat] == [
        ("a", None), ("b", None), *((f"clip-{n:06d}", n) for n in range(5)), ("c", None),
    ]  # fmt: skip
    for frame in flat[2:7]:
        assert frame.number is not None
        np.testing.assert_allclose(frame.image.mean(axis=(0, 1)), picture(50 * frame.number)[0, 0], atol=6)
    assert len(told) == 1 and "none: no such file" in str(told[0])


def test_what_cannot_be_read_is_told_and_the_others_follow(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no image")
    (tmp_path / "b.mp4").write_bytes(b"no video")
    write(tmp_path / "c.png", picture(1))
    told: list[str] = []
    found = list(batches([tmp_path / n for n in ("a.png", "b.mp4", "c.png")], lambda e: told.append(str(e))))
    assert [[frame.name for frame in batch] for batch in found] == [["c"]]
    assert "a.png" in told[0] and "b.mp4: no frame of this video can be read" in told[1] and len(told) == 2


def test_large_pictures_make_small_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [tmp_path / f"{n}.png" for n in range(5)]
    for n, path in enumerate(sources):
        write(path, picture(n, 40 if n == 4 else 20))
    monkeypatch.setattr(frames, "BATCH_PIXELS", 1000)
    assert [len(batch) for batch in batches(sources, print)] == [2, 2, 1]


def test_nothing_to_read_is_no_batch() -> None:
    assert list(batches([], print)) == []
