"""What every data set keeps, whoever adds it: checked on small copies in each set's layout."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import encode
from eigen2arc.core.plugins import build, find, plugins
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.containers.recordio_writer import Sample, write_recordio
from eigen2arc.datasets.containers.webdataset import write_shard

#: Sets that are drawn, not read, are drawn small.
SMALL: dict[str, dict[str, Any]] = {
    "synthetic": {"people": 4, "images_per_person": 3, "size_px": 48},
    "synthetic_sweep": {"people": 4, "size_px": 48},
    "concat": {"sets": [{"name": "scenes", "images": 2, "width_px": 160, "height_px": 120, "largest_face_px": 50}]},
    "scenes": {"images": 3, "width_px": 160, "height_px": 120, "most_faces": 3, "largest_face_px": 50},
}


def draw(path: Path, form: str | None = None) -> None:
    """A small image that differs from name to name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (6, 5), sum(f"{path.parent.name}/{path.name}".encode()) % 256).save(path, form)


def lfw(root: Path) -> None:
    for name in ("Ada/Ada_0001", "Ada/Ada_0002", "Bob/Bob_0001"):
        draw(root / f"lfw/lfw_funneled/{name}.jpg")
    (root / "lfw/pairs.txt").write_text("1\t1\nAda\t1\t2\nAda\t2\tBob\t1\n")


def orl(root: Path) -> None:
    for subject in (1, 2):
        for number in range(1, 11):
            draw(root / f"orl/s{subject}/{number}.pgm")


def yale(root: Path) -> None:
    for name in ("subject01.happy", "subject01.sad", "subject02.wink"):
        draw(root / "yale" / name, "GIF")


def olivetti(root: Path) -> None:
    (root / "olivetti").mkdir()
    savemat(root / "olivetti/olivettifaces.mat", {"faces": np.ones((4096, 400), np.uint8)})


def fddb(root: Path) -> None:
    draw(root / "fddb/originalPics/2002/07/19/big/img_1.jpg")
    (root / "fddb/FDDB-folds").mkdir()
    text = "2002/07/19/big/img_1\n1\n2 2 0.5 3 3  1\n"
    (root / "fddb/FDDB-folds/FDDB-fold-03-ellipseList.txt").write_text(text)


def cbcl(root: Path) -> None:
    draw(root / "cbcl/good/1.png")
    draw(root / "cbcl/bad/1.png")


def folder(root: Path) -> None:
    for name in ("Ada/1.png", "Ada/2.png", "Bob/1.png"):
        draw(root / name)


def face_boxes(root: Path) -> None:
    for name in ("a.png", "b.png"):
        draw(root / "train/images" / name)
    (root / "train/label.txt").write_text("# a.png\n1 1 3 3\n# b.png\n")


def lfw_net7(root: Path) -> None:
    for name in ("Ada_0001", "Bob_0001"):
        draw(root / f"lfw_net7/lfw_5590/{name}.jpg")
    lines = [f"lfw_5590/{name}.jpg 1 4 2.5 1.5 3.5 1 1 2 3 3" for name in ("Ada_0001", "Bob_0001")]
    (root / "lfw_net7/train.txt").write_text("\n".join(lines))


def wider_face(root: Path) -> None:
    for name in ("a", "b"):
        draw(root / f"wider_face/WIDER_train/images/0--Parade/{name}.jpg")
    (root / "wider_face/wider_face_split").mkdir()
    text = "0--Parade/a.jpg\n1\n1 1 3 3 0 0 0 0 0 0\n0--Parade/b.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n"
    (root / "wider_face/wider_face_split/wider_face_train_bbx_gt.txt").write_text(text)


def cfp(root: Path) -> None:
    protocol = root / "cfp/Protocol"
    (protocol / "Split/FP/01").mkdir(parents=True)
    for letter, kind in (("F", "frontal"), ("P", "profile")):
        names = [f"Data/Images/{person}/{kind}/01.jpg" for person in ("001", "002")]
        for name in names:
            draw(root / "cfp" / name)
        (protocol / f"Pair_list_{letter}.txt").write_text("".join(f"{i} ../{name}\n" for i, name in enumerate(names)))
    (protocol / "Split/FP/01/same.txt").write_text("0,0\n")
    (protocol / "Split/FP/01/diff.txt").write_text("0,1\n")


def agedb(root: Path) -> None:
    for number in range(4):
        draw(root / f"agedb/{number}_{'AB'[number % 2]}_{20 + 30 * (number // 2)}_m.jpg")


def train_valid(root: Path) -> None:
    for name in ("train/Ada/1.png", "train/Bob/1.png", "valid/Ada/2.png", "valid/Cid/1.png"):
        draw(root / name)


def recordio(root: Path) -> None:
    samples = [Sample(encode(np.full((5, 6, 3), 9 * i, np.uint8)), i // 2, f"{i}.png") for i in range(4)]
    write_recordio(root, samples, people=["Ada", "Bob"], size_px=6)


def vggface2(root: Path) -> None:
    for name in ("n000002/0001_01", "n000002/0002_01", "n000003/0001_01"):
        draw(root / f"vggface2/train/{name}.jpg")
    (root / "vggface2/bb_landmark").mkdir()
    (root / "vggface2/bb_landmark/loose_bb_train.csv").write_text("NAME_ID,X,Y,W,H\nn000003/0001_01,1,1,2,2\n")


def shards(root: Path) -> None:
    samples = [Sample(encode(np.full((5, 6, 3), 9 * i, np.uint8)), i // 2, f"{i}.png") for i in range(4)]
    for number in range(2):
        write_shard(root / f"{number:06d}.tar", samples[2 * number :][:2], first=2 * number)


def ms_celeb(root: Path) -> None:
    for name in ("m.01/0-FaceId-0", "m.01/1-FaceId-0", "m.02/0-FaceId-0"):
        draw(root / f"ms_celeb/{name}.jpg")


def megaface(root: Path) -> None:
    probes, strangers = ["A/A_1.png", "A/A_2.png"], [f"1/1@N/{number}_0.png" for number in range(3)]
    for name in [f"facescrub_images/{name}" for name in probes] + [f"megaface_images/{name}" for name in strangers]:
        draw(root / "megaface" / name)
    lists = root / "megaface/devkit/templatelists"
    lists.mkdir(parents=True)
    (lists / "facescrub_features_list.json").write_text(json.dumps({"path": probes, "id": ["A", "A"]}))
    (lists / "megaface_features_list.json_1000000_1").write_text(json.dumps({"path": strangers}))
    for noises in ("facescrub_noises.txt", "megaface_noises.txt"):
        (root / "megaface" / noises).touch()


def facescrub(root: Path) -> None:
    for name in ("A/A_1.png", "A/A_2.png", "B/B_1.png"):
        draw(root / "facescrub" / name)


def fgnet(root: Path) -> None:
    for name in ("001A05.JPG", "001A06.JPG", "002A05.JPG", "002A10.JPG"):
        draw(root / "fgnet/images" / name)


def insightface_bin(root: Path) -> None:
    images = [encode(np.full((5, 6, 3), 9 * i, np.uint8)) for i in range(6)]
    (root / "lfw.bin").write_bytes(pickle.dumps((images, [True, False, True])))


def open_set(root: Path) -> None:
    """Four folders of people, of whom two can be enrolled."""
    for name in ("Ada/1.png", "Ada/2.png", "Bob/1.png", "Cid/1.png", "Cid/2.png", "Dan/1.png"):
        draw(root / name)


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "lfw": lfw,
    "orl": orl,
    "yale": yale,
    "olivetti": olivetti,
    "fddb": fddb,
    "cbcl": cbcl,
    "folder": folder,
    "face_boxes": face_boxes,
    "lfw_net7": lfw_net7,
    "wider_face": wider_face,
    "cfp": cfp,
    "agedb": agedb,
    "train_valid": train_valid,
    "recordio": recordio,
    "shards": shards,
    "insightface_bin": insightface_bin,
    "open_set": open_set,
    "vggface2": vggface2,
    "ms_celeb": ms_celeb,
    "megaface": megaface,
    "facescrub": facescrub,
    "fgnet": fgnet,
}


def make(name: str, root: Path) -> Callable[[], Dataset]:
    """Lay out the set and return what builds it. A new reader needs a layout above."""
    root.mkdir()
    settings = SMALL.get(name, {})
    if "root" in find("dataset", name).settings:
        LAYOUTS[name](root)
        settings = {**settings, "root": root}
    return lambda: build("dataset", name, **settings)


@pytest.mark.parametrize("name", plugins("dataset"))
def test_a_data_set_keeps_its_contract(name: str, tmp_path: Path) -> None:
    first, second = make(name, tmp_path / "here"), make(name, tmp_path / "there")
    dataset, again = first(), second()
    n = len(dataset.images)
    assert n > 0 and dataset.name == name and dataset.protocol and "\n" not in dataset.protocol

    names = list(dataset.images.names)
    assert len(set(names)) == len(names) == n
    assert not any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names)
    assert all(str(tmp_path) not in name for name in names)

    # The same set in another place is the same set, by name and by content.
    assert list(again.images.names) == names
    assert len(dataset.images.version) in (32, 64) and int(dataset.images.version, 16) >= 0
    assert again.images.version == first().images.version == dataset.images.version

    for i in {0, n // 2, n - 1}:
        check_image(dataset.images[i], names[i])
        assert np.array_equal(dataset.images[i], first().images[i])

    if dataset.labels is not None:
        assert dataset.labels.min() >= -1 and dataset.labels.max() < len(dataset.people)
        assert len(set(dataset.people)) == len(dataset.people)
    if dataset.fold is not None:
        assert dataset.fold.min() >= 0
    assert not set(dataset.groups) & set(dataset.factors)
    if dataset.trials is not None and len(dataset.trials):
        both = np.concatenate([dataset.trials.first, dataset.trials.second])
        assert both.min() >= 0 and both.max() < n
        assert dataset.trials.fold.min() >= 0
        assert (dataset.trials.first != dataset.trials.second).all()
        if dataset.labels is None:
            assert name == "insightface_bin"  # the one set of pairs whose makers do not say who is who
        else:
            same = dataset.labels[dataset.trials.first] == dataset.labels[dataset.trials.second]
            assert np.array_equal(same, dataset.trials.same)


@pytest.mark.parametrize("name", [name for name, plugin in plugins("dataset").items() if "root" in plugin.settings])
def test_a_set_that_is_not_there_says_where_it_belongs(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder(.|\n)*Expected"):
        build("dataset", name, root=tmp_path / "nowhere")


#: Sets with a layout of the makers, and those of their folders that come as archives of their own.
ARCHIVES = {
    "lfw": ["lfw_funneled"],
    "orl": [],
    "yale": [],
    "olivetti": [],
    "fddb": ["FDDB-folds", "originalPics"],
    "cbcl": ["good", "bad"],
    "lfw_net7": [],
    "wider_face": ["WIDER_train", "wider_face_split"],
    "cfp": ["Data", "Protocol"],
    "agedb": [],
    "vggface2": ["train", "bb_landmark"],
    "ms_celeb": [],
    "megaface": ["facescrub_images", "megaface_images", "devkit"],
    "facescrub": [],
    "fgnet": ["images"],
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_set_may_lie_one_folder_deeper(name: str, tmp_path: Path) -> None:
    first = make(name, tmp_path / "here")()
    root = tmp_path / "there"
    root.mkdir()
    LAYOUTS[name](root)
    for folder in [*(root / name / one for one in ARCHIVES[name]), root / name]:
        moved = folder.rename(folder.with_name(f"{folder.name} "))
        folder.mkdir()
        moved.rename(folder / folder.name)
    deeper = build("dataset", name, root=root, **SMALL.get(name, {}))
    assert len(deeper.images) == len(first.images) and deeper.people == first.people
    assert np.array_equal(deeper.images[0], first.images[0])
    assert deeper.protocol == first.protocol
    if first.faces is not None:
        assert [len(face) for face in deeper.faces or ()] == [len(face) for face in first.faces]


def test_lfw_in_lfw_is_the_set_or_its_original_images(tmp_path: Path) -> None:
    lfw(tmp_path)
    base = tmp_path / "lfw"
    (base / "lfw_funneled").rename(base / "lfw")
    assert "original images" in build("dataset", "lfw", root=tmp_path).protocol
    (base / "lfw").rename(base / "lfw-deepfunneled")
    base.rename(tmp_path / "inner")
    base.mkdir()
    (tmp_path / "inner").rename(base / "lfw")
    assert "deep-funneled images" in build("dataset", "lfw", root=tmp_path).protocol
