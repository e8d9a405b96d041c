"""Lists of data sets: pairs, boxes, points and names in text, CSV, JSON and MATLAB's files."""

import io
import json
from pathlib import Path

import numpy as np
from scipy.io import savemat

from eigen2arc.compare.fuzzing.mutation import Files, write
from eigen2arc.core.image import encode

from ._datasets import read_dataset

PICTURE = encode(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8), ".jpg")

POINTS = "12 28 20 14 26 15 15 22 29 29"

PEOPLE = ("Ada", "Grace", "Alan", "Kurt")


class Lists:
    """One data set of a few images a folder, with its lists in the official layout; only lists are mutated."""

    def seeds(self) -> list[Files]:
        """Write the lists of every set that has some, without the images."""
        return [_lists(name) for name in SETS]

    def read(self, folder: Path) -> object:
        """Put the images beside the lists of a folder and open the set."""
        name = next(name for name in SETS if (folder / ROOTS.get(name, name)).exists())
        write(dict.fromkeys(SETS[name][1], PICTURE), folder)
        return read_dataset(name, folder)


def _lfw() -> Files:
    pairs = "".join(f"{p}\t1\t2\n" for p in PEOPLE[:2]) + "Ada\t1\tGrace\t1\nAlan\t1\tKurt\t1\n"
    people = "2\n2\nAda\t2\nGrace\t2\n2\nAlan\t2\nKurt\t2\n"
    return {"lfw/pairs.txt": f"1\t2\n{pairs}".encode(), "lfw/people.txt": people.encode()}


def _agedb() -> Files:
    entry = np.dtype([("name", object)])
    images = np.array([[("0_Ada_35_f",)], [("0_Ada_66_f",)]], entry)
    splits = np.empty((1, 1), object)
    splits[0, 0] = np.array([[(images, np.array([[1]]))]], [("images", object), ("labels", object)])
    file = io.BytesIO()
    savemat(file, {"splits": splits})
    return {"agedb/04_FINAL_protocol_30_years.mat": file.getvalue()}


def _cfp_list(side: str) -> bytes:
    return "".join(f"{n} ../Data/Images/00{n}/{side}/01.jpg\n" for n in (1, 2)).encode()


#: Name -> its lists, and the images that they name, all of 40 x 40 pixels.
SETS: dict[str, tuple[Files, tuple[str, ...]]] = {
    "lfw": (_lfw(), tuple(f"lfw/lfw-deepfunneled/{p}/{p}_000{n}.jpg" for p in PEOPLE for n in (1, 2))),
    "wider_face": (
        {
            "wider_face/wider_face_split/wider_face_train_bbx_gt.txt": b"0--Parade/a.jpg\n2\n2 3 20 21 0 0 0 0 0 0\n"
            b"10 10 9 9 1 0 0 1 2 0\n0--Parade/b.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n"
        },
        tuple(f"wider_face/WIDER_train/images/0--Parade/{name}.jpg" for name in "ab"),
    ),
    "fddb": (
        {"fddb/FDDB-folds/FDDB-fold-01-ellipseList.txt": b"a/b\n1\n15.5 10.25 1.57 20 18 1\na/c\n0\n"},
        ("fddb/originalPics/a/b.jpg", "fddb/originalPics/a/c.jpg"),
    ),
    "face_boxes": (
        {
            "train/label.txt": b"# a.jpg\n2 3 20 21\n# b.jpg\n"
            b"2 3 20 21 7 9 0 15 9 0 11 13 0 8 17 0 14 17 0 0.9\n1 1 5 6 -1 -1 -1 " + b"-1 -1 -1 " * 4 + b"0.1\n"
        },
        ("train/images/a.jpg", "train/images/b.jpg"),
    ),
    "lfw_net7": (
        {"lfw_net7/train.txt": "".join(f"faces/{name}.jpg {POINTS}\n" for name in "ab").encode()},
        ("lfw_net7/faces/a.jpg", "lfw_net7/faces/b.jpg"),
    ),
    "vggface2": (
        {
            "vggface2/bb_landmark/loose_bb_train.csv": b'NAME_ID,X,Y,W,H\n"n000002/0001_01",3,4,20,22\n',
            "vggface2/bb_landmark/loose_landmark_train.csv": b"NAME_ID,P1X,P1Y,P2X,P2Y,P3X,P3Y,P4X,P4Y,P5X,P5Y\n"
            b'"n000002/0001_01",9,9,18,9,13,15,10,20,17,20\n',
            "vggface2/meta/identity_meta.csv": b'Class_ID, Name, Sample_Num, Flag, Gender\nn000002, "Ada", 1, 1, f\n',
        },
        ("vggface2/train/n000002/0001_01.jpg", "vggface2/train/n000003/0001_01.jpg"),
    ),
    "cfp": (
        {
            "cfp/Protocol/Pair_list_F.txt": _cfp_list("frontal"),
            "cfp/Protocol/Pair_list_P.txt": _cfp_list("profile"),
            "cfp/Protocol/Split/FP/01/same.txt": b"1,1\n2,2\n",
            "cfp/Protocol/Split/FP/01/diff.txt": b"1,2\n2,1\n",
        },
        tuple(f"cfp/Data/Images/00{n}/{side}/01.jpg" for n in (1, 2) for side in ("frontal", "profile")),
    ),
    "megaface": (
        {
            "megaface/devkit/templatelists/facescrub_features_list.json": json.dumps(
                {"path": ["Ada/a.jpg", "Ada/b.jpg", "Alan/c.jpg"], "id": ["Ada", "Ada", "Alan"]}
            ).encode(),
            "megaface/devkit/templatelists/megaface_features_list.json_1000000_1": b'{"path": ["1/d.jpg", "2/e.jpg"]}',
            "megaface/facescrub_noises.txt": b"1 Ada/a\n",
            "megaface/megaface_noises.txt": b"2/f\n",
        },
        (
            *(f"megaface/facescrub_images/{name}.jpg" for name in ("Ada/a", "Ada/b", "Alan/c")),
            *(f"megaface/megaface_images/{name}.jpg" for name in ("1/d", "2/e")),
        ),
    ),
    "agedb": (_agedb(), tuple(f"agedb/03_Protocol_Images/0_Ada_{age}_f.jpg" for age in (35, 66))),
}

#: Where a set's lists begin, if not in the folder of its name.
ROOTS = {"face_boxes": "train"}


def _lists(name: str) -> Files:
    return SETS[name][0]


build = Lists
