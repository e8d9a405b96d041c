"""Cascades to JSON and back, bit by bit; and files that are no cascades, refused in one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.data import lbp_frontal_face_cascade_filename

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import LbpFeatures, Stages
from eigen2arc.classical.detect.cascade.formats.json_form import read_cascade_json, write_cascade_json
from eigen2arc.classical.detect.cascade.formats.xml_form import FOLDER, read_cascade
from eigen2arc.classical.detect.haar.features import SHAPES, HaarFeatures, enumerate_features
from eigen2arc.classical.detect.haar.responses import haar_responses
from eigen2arc.core.errors import UserError


def random_cascade(rng: np.random.Generator, kind: str, side: int = 12) -> Cascade:
    """Stages of trees of one to four nodes, each leading on to later ones."""
    trees = rng.integers(1, 4, rng.integers(1, 4))
    nodes = rng.integers(1, 5, trees.sum())
    children = []
    for count in nodes:
        # A chain: each node leads to the next, and to a leaf on a random side.
        for node in range(count):
            pair = [node + 1 if node + 1 < count else -count, -node]
            children.append(pair if rng.random() < 0.5 else pair[::-1])
    total = nodes.sum()
    stages = Stages(
        thresholds=rng.normal(size=len(trees)).astype(np.float32),
        first_tree=np.cumsum([0, *trees]),
        first_node=np.cumsum([0, *nodes]),
        children=np.array(children, np.int32),
        splits=(rng.normal(size=total) if kind == "haar" else np.zeros(total)).astype(np.float32),
        leaves=np.float32(10) ** rng.integers(-20, 20, total + len(nodes)) * rng.normal(size=total + len(nodes)),
    )
    stages = stages._replace(leaves=stages.leaves.astype(np.float32))
    if kind == "lbp":
        # A pattern's nine cells are those of the Haar feature "centre": its first rectangle is all of them.
        patterns = enumerate_features(side, side, ["centre"]).rectangles[:, 0] // [1, 1, 3, 3]
        subsets = rng.integers(-(2**31), 2**31, (total, 8)).astype(np.int32)
        lbp = LbpFeatures(patterns[rng.choice(len(patterns), total)], subsets)
        return Cascade((side, side), stages, lbp, (-0.1, -0.25, 1.1, 1.2))
    features = enumerate_features(side, side, sorted(SHAPES))
    rows = rng.choice(len(features.tilted), total)
    return Cascade((side, side), stages, HaarFeatures(*(part[rows] for part in features)))


def assert_same(a: Cascade, b: Cascade) -> None:
    assert a.window_px == b.window_px
    assert a.face == b.face
    assert type(a.features) is type(b.features)
    for one, other in zip((*a.stages, *a.features), (*b.stages, *b.features), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["haar", "lbp"]))
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, seed: int, kind: str) -> None:
    path = tmp_path_factory.mktemp("json") / "cascade.json"
    cascade = random_cascade(np.random.default_rng(seed), kind)
    about = {"seed": seed, "metrics": {"recall": 0.72}, "note": "Grüße"}
    write_cascade_json(path, cascade, about)
    assert_same(read_cascade_json(path), cascade)
    assert json.loads(path.read_text("utf-8"))["about"] == about


NAMES = [path.name for path in sorted(FOLDER.glob("*.xml")) if "license_plate" not in path.name]  # of OpenCV 1


@pytest.mark.parametrize("name", [*NAMES, lbp_frontal_face_cascade_filename()])
def test_known_cascades(tmp_path: Path, name: str) -> None:
    cascade = read_cascade(name)
    write_cascade_json(tmp_path / "cascade.json", cascade, {})
    assert_same(read_cascade_json(tmp_path / "cascade.json"), cascade)


def test_each_tree_has_its_line(tmp_path: Path) -> None:
    cascade = read_cascade("haarcascade_frontalface_alt2.xml")
    write_cascade_json(tmp_path / "cascade.json", cascade, {})
    lines = (tmp_path / "cascade.json").read_text().splitlines()
    assert sum(line.startswith('   {"leaves": ') for line in lines) == len(cascade.stages.first_node) - 1


@pytest.fixture
def content(tmp_path: Path) -> dict[str, Any]:
    """A cascade's file as plain values: two stages, trees of two nodes and one."""
    rng = np.random.default_rng(1)
    cascade = random_cascade(rng, "haar")
    while len(cascade.stages.thresholds) < 2 or cascade.stages.first_node[1] != 2:
        cascade = random_cascade(rng, "haar")
    write_cascade_json(tmp_path / "whole.json", cascade, {})
    value = json.loads((tmp_path / "whole.json").read_text())
    assert isinstance(value, dict)
    return value


TREE = ("stages", 0, "trees", 0)
NODE = (*TREE, "nodes", 0)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("format",), "eigen2arc cascade, 2", "format"),
        (("window_px",), [12], "window_px: expected 2 items"),
        (("window_px",), [12, 100_000], "window_px: expected a whole number from 3 to 256"),
        (("face",), [0, 0, 1], "face: expected 4 items"),
        (("face",), [0, 0, 0, 1], "face: expected x1 < x2, y1 < y2"),
        (("face",), [0, -1.1, 1, 1], "by at most 1.0 outside 0 to 1"),
        (("features",), "hog", 'features: expected "haar" or "lbp"'),
        (("features",), ["haar"], 'features: expected "haar" or "lbp"'),
        (("stages",), [], "stages: expected 1 to 1,000 items"),
        (("stages",), [{}] * 1001, "stages: expected 1 to 1,000 items"),
        (("stages", 1), None, "stage 1: expected an object, got null"),
        (("stages", 1, "threshold"), "0", "stage 1, threshold: expected a finite number"),
        (("stages", 1, "trees"), [], "stage 1, trees: expected 1 to"),
        ((*TREE, "nodes"), [], "stage 0, tree 0, nodes: expected 1 to 255"),
        ((*TREE, "leaves"), [1, 2], "stage 0, tree 0, leaves: expected 3 items, got 2"),
        ((*TREE, "leaves"), [1, 2, 1e40], "stage 0, tree 0, leaves: expected a finite number"),
        ((*NODE, "children"), [0], "stage 0, tree 0, node 0, children: expected 2 items"),
        ((*NODE, "children"), [2, 0], "children: expected a whole number from -2 to 1"),
        ((*NODE, "children"), [-3, 0], "children: expected a whole number from -2 to 1"),
        ((*TREE, "nodes", 1, "children"), [1, 0], "node 1, children: 1 leads back"),
        ((*NODE, "split"), True, "split: expected a finite number, got a truth value"),
        ((*NODE, "tilted"), 0, "tilted: expected true or false"),
        ((*NODE, "rectangles"), [], "rectangles: expected 1 to 3 items"),
        ((*NODE, "rectangles"), [[0, 0, 1, 1, 1]] * 4, "rectangles: expected 1 to 3 items"),
        ((*NODE, "rectangles"), [[0, 0, 1, 1]], "rectangles: expected 5 items"),
        ((*NODE, "rectangles"), [[0, 0, 1, 1.5, 1]], "rectangles: expected a whole number"),
        ((*NODE, "rectangles"), [[0, 0, 13, 1, 1]], "is not inside the window"),
        ((*NODE, "rectangles"), [[0, 12, 1, 1, 1]], "is not inside the window"),
        ((*NODE, "rectangles"), [[0, 0, 0, 1, 1]], "is not inside the window"),
        ((*NODE, "rectangles"), [[-1, 0, 1, 1, 1]], "expected a whole number from 0"),
        ((*NODE, "wings"), 2, "stage 0, tree 0, node 0: expected the keys children, split, rectangles, tilted"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    tmp_path: Path, content: dict[str, Any], place: tuple[Any, ...], value: object, message: str
) -> None:
    (tmp_path / "sound.json").write_text(json.dumps(content))
    read_cascade_json(tmp_path / "sound.json")
    inner: Any = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=f"broken.json: .*{message}") as caught:
        read_cascade_json(path)
    assert "\n" not in str(caught.value)


def test_tilted_rectangles_reach_to_both_sides(tmp_path: Path, content: dict[str, Any]) -> None:
    node = content["stages"][0]["trees"][0]["nodes"][0]
    for rectangle, inside in (
        ((3, 0, 9, 3), True),
        ((2, 0, 9, 3), False),
        ((3, 1, 9, 3), False),
        ((4, 0, 9, 3), False),
    ):
        node["tilted"], node["rectangles"] = True, [[*rectangle, 1]]
        (tmp_path / "tilted.json").write_text(json.dumps(content))
        if inside:
            read_cascade_json(tmp_path / "tilted.json")
        else:
            with pytest.raises(UserError, match="not inside the window"):
                read_cascade_json(tmp_path / "tilted.json")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("cells", [0, 0, 5, 4], "cells: three times .* is not inside the window"),
        ("cells", [0, 0, 4], "cells: expected 4 items"),
        ("subset", [0] * 7, "subset: expected 8 items"),
        ("subset", [2**31] + [0] * 7, "subset: expected a whole number from -2,147,483,648"),
    ],
)
def test_an_lbp_node_that_does_not_fit_is_refused(tmp_path: Path, key: str, value: object, message: str) -> None:
    path = tmp_path / "broken.json"
    write_cascade_json(path, random_cascade(np.random.default_rng(2), "lbp"), {})
    content = json.loads(path.read_text())
    content["stages"][0]["trees"][0]["nodes"][0][key] = value
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=message):
        read_cascade_json(path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "broken.json"
    write_cascade_json(path, random_cascade(np.random.default_rng(3), "haar"), {})
    text = path.read_bytes()
    path.write_bytes(text[: int(len(text) * share)])
    with pytest.raises(UserError, match=r"broken\.json"):
        read_cascade_json(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "Expecting value"),
        (b"[1]", "expected an object, got a list"),
        (b'{"a": 1, "b": 2, "a": 3}', "'a' stands there twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": ' + b"[" * 200_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "4300 digits"),
        (b'{"a": "\xff"}', "utf-8"),
        (b'{"format": "eigen2arc cascade, 1", "c\\n": 1}', r"the file: expected the keys format, .*, 'c\\n'"),
    ],
)
def test_no_json(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "some.json"
    path.write_bytes(text)
    with pytest.raises(UserError, match=rf"some\.json: not a cascade that can be used .*.*{message}"):
        read_cascade_json(path)


def refused(path: Path, content: dict[str, Any], message: str) -> None:
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=message):
        read_cascade_json(path)


@pytest.mark.parametrize("value", ["1", None, True, [1], 1e31, 10**400])
def test_no_number(tmp_path: Path, content: dict[str, Any], value: object) -> None:
    content["stages"][0]["threshold"] = value
    refused(tmp_path / "broken.json", content, "stage 0, threshold: expected a finite number")


@pytest.mark.parametrize("value", ["1", None, True, 12.0, 2, 257])
def test_no_whole_number_from_3_to_256(tmp_path: Path, content: dict[str, Any], value: object) -> None:
    content["window_px"][1] = value
    refused(tmp_path / "broken.json", content, "window_px: expected a whole number from 3 to 256")


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    write_cascade_json(path, random_cascade(np.random.default_rng(4), "haar"), {"note": " " * 8_000_000})
    with pytest.raises(UserError, match="huge.json: not a cascade that can be used .*more than 8,000,000 bytes"):
        read_cascade_json(path)


SCRAPS = [b"0", b"-1", b"1e9", b"99999", b"[", b"]", b"{", b"}", b",", b'"', b"true", b"null", b".5", b"", b"\xff"]


@given(st.integers(0, 2**32 - 1), st.sampled_from(["haar", "lbp"]))
def test_damage_is_refused_or_harmless(tmp_path_factory: pytest.TempPathFactory, seed: int, kind: str) -> None:
    """A few scraps put at random places: what is still read is a cascade that runs within its window."""
    rng = np.random.default_rng(seed)
    path = tmp_path_factory.mktemp("json") / "cascade.json"
    write_cascade_json(path, random_cascade(rng, kind), {})
    whole = path.read_bytes()
    start = whole.index(b'"window_px"')
    for _ in range(20):
        text = whole
        for _ in range(rng.integers(1, 4)):
            place, length = rng.integers(start, len(text)), rng.integers(0, 3)
            text = text[:place] + SCRAPS[rng.integers(len(SCRAPS))] + text[place + length :]
        path.write_bytes(text)
        try:
            cascade = read_cascade_json(path)
        except UserError as error:
            assert "\n" not in str(error)
            continue
        width, height = cascade.window_px
        window = rng.integers(0, 256, (1, height, width), dtype=np.uint8)
        if isinstance(cascade.features, HaarFeatures):
            haar_responses(window, cascade.features)
        else:
            corner, size = cascade.features.cells[:, :2], cascade.features.cells[:, 2:]
            assert (corner >= 0).all() and (size > 0).all() and (corner + 3 * size <= cascade.window_px).all()
        places = np.diff(cascade.stages.first_node).repeat(np.diff(cascade.stages.first_node))
        assert (np.abs(cascade.stages.children) <= places[:, None]).all()


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_cascade_json(tmp_path / "nothing.json")
