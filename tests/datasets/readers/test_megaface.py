"""MegaFace, FaceScrub and FG-NET, on small copies of their layouts."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.lists.megaface import noise_key, read_noises
from eigen2arc.datasets.readers import facescrub, fgnet
from eigen2arc.datasets.readers.megaface import build

PROBES = ["Ann_B/Ann_B_1.png", "Ann_B/Ann_B_12.png", "Cy_D/Cy_D_3.png", "Cy_D/Cy_D_4.png", "Cy_D/Cy_D_5.png"]
STRANGERS = ["001/1@N00/1_0.jpg", "001/1@N00/2_0.jpg", "002/7@N01/1_1.jpg"]


def images(folder: Path, names: list[str]) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (5, 4), len(name)).save(folder / name)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    base = tmp_path / "megaface"
    images(base / "facescrub_images", PROBES)
    images(base / "megaface_images", STRANGERS)
    lists = base / "devkit/templatelists"
    lists.mkdir(parents=True)
    owners = [name.split("/")[0] for name in PROBES]
    (lists / "facescrub_features_list.json").write_text(json.dumps({"path": PROBES[::-1], "id": owners[::-1]}))
    (lists / "megaface_features_list.json_3_1").write_text(json.dumps({"path": STRANGERS}))
    (base / "facescrub_noises.txt").write_text("# wrong\nCy_D_4.jpg\n\nNobody_1.jpg\n")
    (base / "megaface_noises.txt").write_text("12\t001/1@N00/2_0.jpg\n")
    return tmp_path


def test_all_of_it(root: Path) -> None:
    mega = build(root=root, distractors=3, cleaned=False)
    wanted = [f"facescrub_images/{name}" for name in PROBES[::-1]] + [f"megaface_images/{name}" for name in STRANGERS]
    assert list(mega.images.names) == wanted and mega.people == ("Ann_B", "Cy_D")
    assert mega.labels is not None and mega.labels.tolist() == [1, 1, 1, 0, 0, -1, -1, -1]
    assert mega.fold is None and mega.splits is None and mega.images[7].shape == (4, 5, 3)
    assert "5 probes of 2 people of facescrub, 3 distractors" in mega.protocol and "not cleaned" in mega.protocol


def test_cleaned(root: Path) -> None:
    mega = build(root=root, distractors=3)
    names = [name.partition("/")[2] for name in mega.images.names]
    assert names == [PROBES[4], PROBES[2], PROBES[1], PROBES[0], STRANGERS[0], STRANGERS[2]]
    assert mega.notes == ("left out as wrong: 1 probes, 1 distractors",)
    (root / "megaface/megaface_noises.txt").unlink()
    with pytest.raises(UserError, match=r"megaface_noises.txt: cannot be read"):
        build(root=root, distractors=3)


def test_what_is_missing_or_wrong(root: Path) -> None:
    with pytest.raises(UserError, match=r"features_list.json_1000000_1: cannot be read"):
        build(root=root)
    (root / "megaface/megaface_images" / STRANGERS[2]).unlink()
    with pytest.raises(UserError, match=f"1 of the 6 listed images are missing: megaface_images/{STRANGERS[2]}"):
        build(root=root, distractors=3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Invalid JSON: EOF"),
        ("[1]", "expected an object"),
        ('{"path": ["a", 1], "id": ["b", "c"]}', "path.1: expected a valid string, got 1"),
        ('{"path": ["a/b"], "id": ["b", "c"]}', "names 1 paths and 2 people"),
        ('{"path": ["a/b", "a/b"], "id": ["b", "c"]}', "names 1 paths more than once"),
        ('{"path": ["../b"], "id": ["b"]}', "expected a path below"),
        ('{"path": ["a/b"]}', "does not say who is seen"),
        ('{"path": []}', "names 0 paths"),
    ],
)
def test_a_list_that_is_none(root: Path, text: str, message: str) -> None:
    (root / "megaface/devkit/templatelists/facescrub_features_list.json").write_text(text)
    with pytest.raises(UserError, match=f"facescrub_features_list.json.*{message}"):
        build(root=root, distractors=3)


def test_spellings_of_a_noise(tmp_path: Path) -> None:
    assert noise_key("Robert Downey Jr._12.png") == noise_key("Robert_Downey_Jr._12.jpg") != noise_key("Robert_1.jpg")
    assert noise_key("a.b/c_1") == "a.b/c1"
    (tmp_path / "n.txt").write_text("/\n..\n7\tx/y_1.jpg\n")
    assert "x/y1" in read_noises(tmp_path / "n.txt")


def test_facescrub(tmp_path: Path) -> None:
    images(tmp_path / "facescrub", PROBES)
    scrub = facescrub.build(root=tmp_path)
    assert scrub.images.names == tuple(sorted(PROBES)) and scrub.people == ("Ann_B", "Cy_D")
    assert scrub.trials is not None and scrub.trials.same.sum() * 2 == len(scrub.trials) > 0
    (tmp_path / "facescrub/facescrub_noises.txt").write_text("Cy_D_4.png\n")
    cleaned = facescrub.build(root=tmp_path, cleaned=True)
    assert len(cleaned.images) == 4 and cleaned.notes == ("left out as wrong: 1 images",)
    (tmp_path / "other/facescrub/Empty").mkdir(parents=True)
    with pytest.raises(UserError, match=r"holds no image(.|\n)*Michael_Landes"):
        facescrub.build(root=tmp_path / "other")


def test_fgnet(tmp_path: Path) -> None:
    names = ["001A05.JPG", "001A43a.JPG", "001A43b.JPG", "082a69.jpg", "082A00.JPG"]
    images(tmp_path / "fgnet/images", names)
    (tmp_path / "fgnet/images/Thumbs.db").touch()
    faces = fgnet.build(root=tmp_path)
    assert faces.images.names == tuple(sorted(names)) and faces.people == ("001", "082")
    assert faces.labels is not None and faces.labels.tolist() == [0, 0, 0, 1, 1]
    assert faces.factors["age"].tolist() == [5, 43, 43, 0, 69]
    assert faces.splits is not None and np.array_equal(faces.splits, np.eye(5))
    for name in names:
        (tmp_path / "fgnet/images" / name).unlink()
    with pytest.raises(UserError, match=r"holds no image(.|\n)*001A05"):
        fgnet.build(root=tmp_path)
