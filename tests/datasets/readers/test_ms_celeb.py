"""MS-Celeb-1M as a table and in folders, on small copies of both."""

import base64
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, decode, encode
from eigen2arc.datasets.containers import sidecar, tsv_images
from eigen2arc.datasets.lists.keep_list import write_keep_list
from eigen2arc.datasets.readers.ms_celeb import TABLE, build


def picture(number: int) -> bytes:
    return encode(np.full((6, 5, 3), 10 * number, np.uint8), ".png")


def line(mid: str, rank: int, face: str, data: bytes, ending: str = "\n") -> str:
    rectangle = base64.b64encode(np.array([0.1, 0.2, 0.3, 0.4], np.float32).tobytes()).decode()
    columns = (mid, str(rank), "http://a/b?c=d", "http://e", face, rectangle, base64.b64encode(data).decode())
    return "\t".join(columns) + ending


LINES = [
    line("m.0107_f", 0, "FaceId-0", picture(1)),
    line("m.0107_f", 1, "FaceId-0", picture(2), "\r\n"),
    line("m.010_é", 0, "FaceId-1", picture(3)),
    line("m.0107_f", 0, "FaceId-0", picture(4)),  # a second time
    line("m.0107_f", 12, "FaceId-0", picture(5), ""),
]
NAMES = ("m.0107_f/0-FaceId-0.jpg", "m.0107_f/1-FaceId-0.jpg", "m.010_é/0-FaceId-1.jpg", "m.0107_f/12-FaceId-0.jpg")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "ms_celeb" / TABLE
    path.parent.mkdir()
    path.write_bytes("".join(LINES).encode())
    return path


def test_the_table(table: Path) -> None:
    celeb = build(root=table.parent.parent)
    assert celeb.images.names == NAMES and celeb.people == ("m.0107_f", "m.010_é")
    assert celeb.labels is not None and celeb.labels.tolist() == [0, 0, 1, 0] and celeb.faces is None
    for i, number in enumerate((1, 2, 3, 5)):
        np.testing.assert_array_equal(celeb.images[i], decode(picture(number)))
    assert celeb.notes == ("lines that name an image a second time, left out: 1",)
    assert celeb.protocol == "MS-Celeb-1M as a table, 4 images of 2 people"
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda i: int(celeb.images[i % 4][0, 0, 0]), range(200)))
    assert read == [10, 20, 30, 50] * 50


def test_the_table_is_read_through_once(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(root=table.parent.parent)
    monkeypatch.setattr(tsv_images, "_scan", lambda path: pytest.fail("read through again"))
    again = build(root=table.parent.parent)
    assert again.images.names == NAMES and again.images.version == first.images.version
    monkeypatch.undo()
    # Another table in its place has another index.
    table.write_text(LINES[1])
    os.utime(table, ns=(1, 1))
    assert build(root=table.parent.parent).images.names == NAMES[1:2]


def test_an_index_that_is_damaged_or_cannot_be_written(
    table: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = table.with_name(f"{TABLE}.index.npz")
    index.write_bytes(b"PK\3\4 not an archive")
    with caplog.at_level(logging.WARNING):
        assert build(root=table.parent.parent).images.names == NAMES
    assert "is damaged" in caplog.text
    index.unlink()

    def refuse(path: Path, *arrays: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sidecar, "write_arrays", refuse)
    with caplog.at_level(logging.WARNING):
        assert len(build(root=table.parent.parent).images) == 4
    assert "cannot be written" in caplog.text and not index.exists()


def test_only_what_a_list_keeps(table: Path, tmp_path: Path) -> None:
    write_keep_list(tmp_path / "kept.csv", [NAMES[3], NAMES[1]])
    celeb = build(root=tmp_path, kept=tmp_path / "kept.csv")
    assert celeb.images.names == (NAMES[1], NAMES[3]) and celeb.people == ("m.0107_f",)
    np.testing.assert_array_equal(celeb.images[1], decode(picture(5)))
    assert celeb.images.version != build(root=tmp_path).images.version
    assert celeb.protocol.endswith("those of 4 that kept.csv keeps")


@pytest.mark.parametrize(
    "wrong", ["m.1\t0\ta\tb\tf\tr\n", "\t0\ta\tb\tf\tr\tZZ\n", "../m\t0\ta\tb\tf/f\tr\tZZ\n", "m.1\t0\ta\tb\tf\tr\t\n"]
)
def test_a_line_that_is_none(table: Path, wrong: str) -> None:
    table.write_text(LINES[0] + wrong)
    with pytest.raises(UserError, match=r"Alignment.tsv:2: expected 7 columns \(MID"):
        build(root=table.parent.parent)


def test_an_empty_table(table: Path) -> None:
    table.write_text("")
    with pytest.raises(UserError, match="is empty"):
        build(root=table.parent.parent)


def test_a_damaged_image_is_named(table: Path) -> None:
    broken = line("m.1", 0, "F", b"no picture") + LINES[0].replace("FaceId-0", "G").rstrip("\n")[:-7] + "*!\n"
    table.write_text(broken)
    celeb = build(root=table.parent.parent)
    for i, name in enumerate(("m.1/0-F.jpg: is not an image", "m.0107_f/0-G.jpg: is damaged")):
        with pytest.raises(ImageError, match=f"Alignment.tsv: {name}"):
            celeb.images[i]
    assert len(celeb.images.version) == 64


def test_folders(tmp_path: Path) -> None:
    for i, name in enumerate(NAMES):
        path = tmp_path / "ms_celeb" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(i))
    celeb = build(root=tmp_path)
    assert celeb.images.names == tuple(sorted(NAMES)) and celeb.labels is not None
    assert [celeb.people[label] for label in celeb.labels] == [name.split("/")[0] for name in sorted(NAMES)]
    write_keep_list(tmp_path / "kept.csv", NAMES[:1])
    assert build(root=tmp_path, kept=tmp_path / "kept.csv").images.names == NAMES[:1]
    for name in NAMES:
        (tmp_path / "ms_celeb" / name).unlink()
    with pytest.raises(UserError, match=r"holds no image(.|\n)*m.0107_f"):
        build(root=tmp_path)
