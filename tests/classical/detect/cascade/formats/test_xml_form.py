"""Cascade files from strangers: whole ones are read, anything else is refused in one line."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data

from eigen2arc.classical.detect.cascade.engine.stages import LbpFeatures
from eigen2arc.classical.detect.cascade.formats.xml_form import FOLDER, read_cascade
from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.core.errors import UserError

NAME = "haarcascade_frontalface_default.xml"
LBP = Path(skimage.data.lbp_frontal_face_cascade_filename())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</cascade>", "", "mismatched"),
        ('<?xml version="1.0"?>', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>', "DTD"),
        ("0 -1 0 ", "0 -1 99999 ", "feature"),
        ("0 -1 0 ", "1 -1 0 ", "child"),
        ("<height>24</height>", "<height>-4</height>", "height"),
        ("<featureType>HAAR", "<featureType>LBP", "rect"),
        ("<featureType>HAAR", "<featureType>HOG", "HOG"),
        ("<rects>", "<tilted>1</tilted><rects>", "tilted"),
        ("<rects>", "<tilted>2</tilted><rects>", "tilted"),
        ("<rects>", "<a>" * 30 + "</a>" * 30 + "<rects>", "nested"),
        ("<rects>", "<a/>" * 500_001 + "<rects>", "elements"),
        ("<rects>", "<a>" + "0" * 32_000_000 + "</a><rects>", "bytes"),
        ("6 4 12 9 -1.", "6 4 120 9 -1.", "width"),
        ("6 4 12 9 -1.", "6 4 12 9 nan", "rectangle"),
        ("6 4 12 9 -1.", "6 4 inf 9 -1.", "width is inf"),
        ("<height>24</height>", "<height>inf</height>", "height"),
        ("<height>24</height>", "<height>nan</height>", "height"),
        ("0 -1 0 ", "inf -1 0 ", "finite"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (FOLDER / NAME).read_text()
    assert old in text
    path = tmp_path / "broken.xml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=f"(?s)broken.xml.*{message}"):
        read_cascade(path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.99999])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    text = (FOLDER / NAME).read_bytes()
    path = tmp_path / "broken.xml"
    path.write_bytes(text[: int(len(text) * share)])
    with pytest.raises(UserError, match=r"broken\.xml"):
        read_cascade(path)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match=r"nothing\.xml: no such cascade file"):
        read_cascade("nothing.xml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0 -1 46 -67130709", "0 -1 46 -67130709000", "subset"),
        ("0 -1 46 -67130709", "0 -1 46 0.5", "subset"),
        ("0 -1 46 -67130709", "0 -1 46", "numbers"),
        ("0 -1 46 -67130709", "0 -1 460 -67130709", "feature"),
        ("<rect>", "<rect>0 ", "cell"),
        ("<rect>", "<rect>20 0 2 1</rect><rect>", "width"),
    ],
)
def test_a_broken_lbp_file_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = LBP.read_text()
    assert old in text
    path = tmp_path / "broken.xml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=f"(?s)broken.xml.*{message}"):
        read_cascade(path)


def test_kinds_of_features() -> None:
    lbp, smile, default = read_cascade(LBP), read_cascade("haarcascade_smile.xml"), read_cascade(NAME)
    assert isinstance(lbp.features, LbpFeatures)
    assert lbp.features.cells.shape == (139, 4)
    assert lbp.features.subsets[0].tolist()[:2] == [-67130709, -21569]
    assert isinstance(smile.features, HaarFeatures)
    assert smile.features.tilted.sum() == 117
    assert isinstance(default.features, HaarFeatures)
    assert not default.features.tilted.any()
    assert np.array_equal(default.features.rectangles[0, 0], [6, 4, 12, 9])
