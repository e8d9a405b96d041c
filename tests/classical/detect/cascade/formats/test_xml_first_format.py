"""OpenCV 1's cascades run as cv2 runs them; XML in any encoding is read as cv2 reads it."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import Stages
from eigen2arc.classical.detect.cascade.formats.xml_form import FOLDER, read_cascade
from eigen2arc.classical.detect.haar.features import SHAPES, HaarFeatures, enumerate_features
from eigen2arc.core.errors import UserError

#: The one of OpenCV's own that is still in the format of OpenCV 1.
OLD = "haarcascade_license_plate_rus_16stages.xml"
SIDE = 16

#: Trees of three nodes: a chain, and a root whose branches both lead on.
TREES = {"chain": [(0, 1), (-1, 2), (-2, -3)], "fork": [(1, 2), (0, -1), (-2, -3)]}


def random_cascade(rng: np.random.Generator) -> Cascade:
    """Two stages of four trees each, on upright and tilted features."""
    shapes = [TREES[str(name)] for name in rng.choice(list(TREES), 8)]
    features = enumerate_features(SIDE, SIDE, sorted(SHAPES))
    either = [rng.choice(np.flatnonzero(kind), 12) for kind in (features.tilted, ~features.tilted)]
    rows = rng.permutation(np.concatenate(either))
    stages = Stages(
        thresholds=np.float32([-0.6, -0.3]),
        first_tree=np.array([0, 4, 8]),
        first_node=np.arange(0, 25, 3),
        children=np.array([pair for shape in shapes for pair in shape], np.int32),
        splits=rng.normal(scale=0.05, size=24).astype(np.float32),
        leaves=rng.normal(size=32).astype(np.float32),
    )
    return Cascade((SIDE, SIDE), stages, HaarFeatures(*(part[rows] for part in features)))


def first_format(cascade: Cascade) -> str:
    """Write a cascade as OpenCV 1 did."""
    stages, features = cascade.stages, cascade.features
    assert isinstance(features, HaarFeatures)
    text = '<?xml version="1.0"?>\n<opencv_storage>\n<mine type_id="opencv-haar-classifier"><size>16 16</size><stages>'
    for stage, threshold in enumerate(stages.thresholds):
        text += "<_><trees>"
        for nodes, leaves in stages.trees_of(stage):
            text += "<_><!-- a tree -->"
            for node in range(nodes.start, nodes.stop):
                there = features.rectangles[node, :, 2] > 0
                rows = zip(features.rectangles[node, there], features.weights[node, there], strict=True)
                text += "<_><feature><rects>"
                text += "".join(f"<_>{' '.join(map(str, row))} {weight:.9g}</_>" for row, weight in rows)
                text += f"</rects><tilted>{int(features.tilted[node])}</tilted></feature>"
                text += f"<threshold>{stages.splits[node]:.9g}</threshold>"
                for side, child in zip(("left", "right"), stages.children[node], strict=True):
                    value = f"{stages.leaves[leaves.start - child]:.9g}"
                    text += f"<{side}_node>{child}</{side}_node>" if child > 0 else f"<{side}_val>{value}</{side}_val>"
                text += "</_>"
            text += "</_>"
        text += (
            f"</trees><stage_threshold>{threshold:.9g}</stage_threshold><parent>{stage - 1}</parent><next>-1</next></_>"
        )
    return text + "</stages></mine>\n</opencv_storage>\n"


def windows(path: Path, grey: np.ndarray) -> tuple[list[list[float]], list[list[float]]]:
    """The windows that ours and OpenCV's find, with their weights, in one order."""
    peer = cv2.CascadeClassifier(str(path))
    assert not peer.empty()
    theirs, _, weights = peer.detectMultiScale3(grey, 1.1, 0, outputRejectLevels=True)
    boxes, sums = read_cascade(path).detect(grey, 1.1, 0, 0)
    tables = [np.column_stack([a, b]) for a, b in ((boxes, sums), (np.reshape(theirs, (-1, 4)), np.ravel(weights)))]
    return tables[0][np.lexsort(tables[0].T)].tolist(), tables[1][np.lexsort(tables[1].T)].tolist()


@pytest.mark.parametrize("seed", range(4))
def test_the_first_format_runs_as_in_opencv(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    grey = cv2.GaussianBlur(rng.integers(0, 256, (60, 80), np.uint8), (0, 0), 1.5)
    path = tmp_path / "old.xml"
    path.write_text(first_format(random_cascade(rng)))
    ours, theirs = windows(path, grey)
    assert len(theirs) > 20
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_opencvs_own_file_of_the_first_format_runs_as_in_opencv(rng: np.random.Generator) -> None:
    grey = cv2.GaussianBlur(rng.integers(0, 256, (100, 300), np.uint8), (0, 0), 2)
    cv2.putText(grey, "A123BC 77", (60, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 3)
    ours, theirs = windows(FOLDER / OLD, grey)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<size>16 16</size>", "<size>16</size>", "the window has 1 sides"),
        ("<size>16 16</size>", "<size>inf nan</size>", "size"),
        ("<size>16 16</size>", "<size>1000000000 16</size>", "the window's width"),
        ("<left_node>1</left_node>", "<left_node>0</left_node>", "a node's child"),
        ("<left_node>1</left_node>", "<left_node>3</left_node>", "a node's child"),
        ("<left_node>1</left_node>", "<left_val>1</left_val>", "3 nodes and 5 leaves"),
        ("<left_node>1</left_node>", "", "no <left_node>"),
        ("<threshold>", "<threshold>nan ", "not finite"),
        ("<threshold>", "<threshold>1 ", "holds 2 numbers"),
        ("<trees>", "<trees></trees><a>", "mismatched|stage 0 is empty"),
        ("<feature>", "<features>", "mismatched"),
        ("<rects><_>", "<rects><_>inf ", "rectangle"),
        ("<rects><_>", "<rects><_></_><_>", "rectangle"),
        ("<stage_threshold>", "<stage_threshold>inf ", "not finite"),
    ],
)
def test_a_broken_file_of_the_first_format_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = first_format(random_cascade(np.random.default_rng(0)))
    assert old in text
    path = tmp_path / "broken.xml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=f"broken.xml: not a cascade that can be used .*({message})"):
        read_cascade(path)


def test_whatever_encoding_its_comments_have_a_cascade_is_read(tmp_path: Path) -> None:
    text = first_format(random_cascade(np.random.default_rng(0)))
    path = tmp_path / "a.xml"
    path.write_text(text)
    head, rest = text.split("\n", 1)
    body = f"<!-- entraînement José -->\n{rest}"
    for content in (
        f"{head}\n{body}".encode("latin-1"),
        f"{head}\n{body}".encode(),
        f"{head}\n{body}".encode("utf-8-sig"),
        f"{head}\n{body}".encode("utf-16"),
        f"{head}\n{body}".encode("utf-16-be"),
        f'<?xml version="1.0" encoding="no such"?>\n{body}'.encode("latin-1"),
        f'<?xml version="1.0" encoding="utf-16"?>\n{body}'.encode("latin-1"),
    ):
        (tmp_path / "b.xml").write_bytes(content)
        read, wanted = read_cascade(tmp_path / "b.xml"), read_cascade(path)
        assert all(np.array_equal(a, b) for a, b in zip(read.stages, wanted.stages, strict=True)), content[:60]


@pytest.mark.parametrize(
    "text",
    [
        "\n\n\n<!DOCTYPE html>\n<html lang='en'><head></head><body></body></html>",
        "<!-- saved -->\n<HTML><BODY>Not found</BODY></HTML>",
        '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x" "y"><html/>',
    ],
)
def test_a_web_page_is_called_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(UserError, match=r"a\.xml: this is a web page, not a cascade"):
        read_cascade(tmp_path / "a.xml")
