"""CBCL: the makers' folders and the re-packed ones."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.cbcl import build


def draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (19, 19)).save(path)


def test_both_layouts(tmp_path: Path) -> None:
    for name in ("train/face/f1.pgm", "train/non-face/b1.pgm", "train/non-face/b2.pgm", "test/face/f2.pgm"):
        draw(tmp_path / "theirs/cbcl" / name)
    theirs = build(root=tmp_path / "theirs")
    assert theirs.labels is not None and theirs.labels.tolist() == [1, 0, 0, 1]
    assert theirs.fold is not None and theirs.fold.tolist() == [0, 0, 0, 1]
    assert theirs.people == ("non-face", "face") and theirs.training.tolist() == [True, True, True, False]
    for name in ("good/f1.png", "bad/b1.png"):
        draw(tmp_path / "packed/cbcl" / name)
    packed = build(root=tmp_path / "packed")
    assert packed.images.names == ("good/f1.png", "bad/b1.png") and packed.training.all()
    assert packed.protocol == "CBCL, 1 faces and 1 non-faces"


def test_both_classes_are_needed(tmp_path: Path) -> None:
    draw(tmp_path / "cbcl/good/f1.png")
    (tmp_path / "cbcl/bad").mkdir()
    with pytest.raises(UserError, match="holds no non-face patch"):
        build(root=tmp_path)


@pytest.mark.data
def test_the_real_one(data_root: Path) -> None:
    cbcl = build(root=data_root)
    assert cbcl.labels is not None and np.bincount(cbcl.labels).tolist() == [4548, 2429]
