"""The files of a folder of photos: each is an image of somebody, or named with its reason."""

import os
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.compare.photos.files import list_photos
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write

IMAGE = np.zeros((4, 4, 3), np.uint8)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in ("Ada/1.png", "Ada/trip/2.png", "Bob/1.jpg", "loose.png"):
        write(tmp_path / "photos" / name, IMAGE)
    return tmp_path / "photos"


def test_every_file_is_an_image_of_somebody_or_named(photos: Path) -> None:
    (photos / "Ada/scan.pdf").write_bytes(b"%PDF")
    (photos / "Ada/Thumbs.db").write_bytes(b"x")
    (photos / "Bob/.git").mkdir()
    (photos / "Bob/.git/inside.png").write_bytes(b"x")
    (photos / "Bob/1.jpg").rename(photos / "Bob/1.dat")
    (photos / "Bob/x.heic").write_bytes(b"x")
    (photos / "Eve").mkdir()
    (photos / "Dan").mkdir()
    (photos / "Dan/words.txt").write_text("none")
    (photos / "Zoe").symlink_to(photos / "Ada")
    os.mkfifo(photos / "Ada/pipe.jpg")
    found = list_photos(photos, None)
    assert found.dataset.people == ("Ada",) and found.known == 1
    assert list(found.dataset.images.names) == ["photos/Ada/1.png", "photos/Ada/trip/2.png"]
    assert found.dataset.labels.tolist() == [0, 0] and not found.strangers.any()
    assert [(one.kind, one.images[0]) for one in sorted(found.findings)] == [
        ("empty_folder", "photos/Bob"),
        ("empty_folder", "photos/Dan"),
        ("empty_folder", "photos/Eve"),
        ("left_by_a_system", "photos/Ada/Thumbs.db"),
        ("left_by_a_system", "photos/Bob/.git"),
        ("loose", "photos/loose.png"),
        ("other_file", "photos/Ada/scan.pdf"),
        ("other_file", "photos/Bob/1.dat"),
        ("other_file", "photos/Bob/x.heic"),
        ("other_file", "photos/Dan/words.txt"),
        ("unreadable", "photos/Ada/pipe.jpg"),
        ("unreadable_folder", "photos/Zoe"),
    ]
    words = {one.images[0].rpartition("/")[2]: one.words for one in found.findings}
    assert "begins like an image" in words["1.dat"] and "pipe" in words["pipe.jpg"] and "holds no image" in words["Bob"]
    assert "holds nothing" in words["Eve"] and words["scan.pdf"].startswith("is no image")
    files = sum(not path.is_dir() and ".git" not in path.parts for path in photos.rglob("*"))
    assert sum(found.counts.values()) + len(found.dataset.images) == files


def test_strangers_lie_flat_or_in_folders(photos: Path) -> None:
    others = photos.parent / "others"
    for name in ("a.png", "b.png", "Carl/1.png", "Carl/2.png", "Dora/1.png"):
        write(others / name, IMAGE)
    found = list_photos(photos, others)
    assert found.dataset.people == ("Ada", "Bob", "Carl", "Dora") and found.known == 2
    assert found.dataset.labels.tolist() == [0, 0, 1, 2, 2, 3, -1, -1]
    assert found.strangers.tolist() == [False] * 3 + [True] * 5
    assert found.dataset.images.names[-1] == "others/b.png"
    assert [one.kind for one in found.findings] == ["loose"]


def test_names_and_what_is_computed_do_not_hang_on_where_the_folder_lies(photos: Path, tmp_path: Path) -> None:
    before = list_photos(photos, None).dataset.images.version
    photos.rename(tmp_path / "moved")
    after = list_photos(tmp_path / "moved", None).dataset.images
    assert before == after.version and after.names[0] == "moved/Ada/1.png"


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is open to root")
def test_a_folder_that_cannot_be_read_is_named(photos: Path) -> None:
    (photos / "Ada/trip").chmod(0)
    try:
        found = list_photos(photos, None)
    finally:
        (photos / "Ada/trip").chmod(0o755)
    assert ("unreadable_folder", ("photos/Ada/trip",)) in [(one.kind, one.images) for one in found.findings]


def test_what_cannot_be_checked_is_a_user_error(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, strangers, message in (
        (tmp_path / "absent", None, "no such folder. Expected: FOLDER/Ada/anything.jpg"),
        (tmp_path / "empty", None, "holds no image in a person's folder"),
        (photos, tmp_path / "empty", "holds no image ("),
        (photos, photos / "Bob", "lies in the folder of the photos"),
        (photos, photos, "lies in the folder of the photos"),
    ):
        with pytest.raises(UserError, match=message.replace("(", r"\(")):
            list_photos(folder, strangers)
    # Two folders of one name are told apart.
    write(tmp_path / "more/photos/x.png", IMAGE)
    assert list_photos(photos, tmp_path / "more/photos").dataset.images.names[-1] == "photos (strangers)/x.png"
