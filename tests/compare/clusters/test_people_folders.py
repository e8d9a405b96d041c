"""A folder a person: whose cut lies where, what is replaced, and what is never touched."""

from pathlib import Path

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.clusters.faces import FolderFaces
from eigen2arc.compare.clusters.grouping import Groups, Origin
from eigen2arc.compare.clusters.people_folders import check_people_folders, write_people_folders
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read, write


@pytest.fixture
def groups(tmp_path: Path) -> Groups:
    """Two photos, each with a red and a blue face; the red ones are a person, a blue one is alone, one is blurred."""
    image = np.full((100, 200, 3), 90, np.uint8)
    image[30:70, 30:70], image[30:70, 130:170] = (200, 0, 0), (0, 0, 200)
    names = ("a/one.png", "a_one.png")
    for name in names:
        write(tmp_path / "photos" / name, image)
    boxes = np.array([[30, 30, 70, 70], [130, 30, 170, 70]] * 2, np.float32)
    ones = np.ones(4, np.float32)
    faces = FolderFaces(
        tmp_path / "photos", names, np.array([0, 0, 1, 1]), boxes, ones, ones, ones, np.ones((4, 2), np.float32), {}
    )
    unclear, cluster = np.array(["", "", "", "blurred"]), np.array([0, -1, 0, -1])
    return Groups(faces, unclear, cluster, ones, "cosine", Origin(0.5, None, ""))


def written(groups: Groups, out: Path) -> list[str]:
    with Progress(disable=True) as progress:
        return write_people_folders(groups, out, progress)


def test_each_face_lies_in_its_persons_folder(groups: Groups, tmp_path: Path) -> None:
    cuts = written(groups, tmp_path / "out")
    assert cuts == ["people/0001/000000-a_one.jpg", "alone/000001-a_one.jpg", "people/0001/000002-a_one.jpg", ""]
    for cut, color in zip(cuts[:3], ([200, 0, 0], [0, 0, 200], [200, 0, 0]), strict=True):
        made = read(tmp_path / "out" / cut)
        assert made.shape == (61, 61, 3)
        assert np.abs(made[30, 30].astype(int) - color).max() < 12  # a JPEG
        assert np.abs(made[3, 3].astype(int) - 90).max() < 12
    assert sum(path.is_file() for path in (tmp_path / "out").rglob("*")) == 3


def test_what_an_earlier_run_left_is_replaced(groups: Groups, tmp_path: Path) -> None:
    written(groups, tmp_path)
    groups.cluster[[0, 2]] = -1
    assert {cut.partition("/")[0] for cut in written(groups, tmp_path)} == {"alone", ""}
    assert not list((tmp_path / "people").iterdir())


def test_a_file_of_anybody_elses_is_never_touched(groups: Groups, tmp_path: Path) -> None:
    written(groups, tmp_path)
    mine = tmp_path / "people" / "0001" / "mine.jpg"
    write(mine, np.zeros((5, 5, 3), np.uint8))
    before = mine.read_bytes()
    for refused in (lambda: check_people_folders(tmp_path), lambda: written(groups, tmp_path)):
        with pytest.raises(UserError, match=r"mine\.jpg: is not of an earlier `cluster`"):
            refused()
    assert mine.read_bytes() == before and len(list(mine.parent.iterdir())) == 3
