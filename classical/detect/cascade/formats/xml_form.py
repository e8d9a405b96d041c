"""Reads OpenCV's cascades: XML, boosted trees on Haar or multi-block LBP features.

There are two formats. OpenCV 2 and later list the features apart from the trees that use them; OpenCV 1, of Haar
features only, has each feature in its node (type_id "opencv-haar-classifier", as old trainings and collections on the
web have it). Both are read as cv2.CascadeClassifier reads them: of OpenCV 1's stages, which could form a tree, in the
order of the file.
"""

import io
import math
import re
from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import Element

import cv2
import numpy as np
from defusedxml.ElementTree import iterparse

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import LbpFeatures, Stages
from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.core.errors import UserError, parsing

#: The largest file that is read: OpenCV's largest has 2.7 MB.
MAX_BYTES = 32_000_000

#: OpenCV's largest has 80 thousand elements, seven deep.
MAX_ELEMENTS, MAX_DEPTH = 500_000, 20

#: Sides of a window, in pixels. Below 3 nothing is left for the variance; a sum of squares has to fit into 32 bits.
MIN_SIDE_PX, MAX_SIDE_PX = 3, 256

#: The cascades that come with OpenCV.
FOLDER = Path(cv2.__file__).parent / "data"

#: Those that we have trained, in our own format, see json_form.py.
SHIPPED = Path(str(files("eigen2arc.classical.weights")))

#: How a web page begins, and what an XML file may begin with.
WEB_PAGE = re.compile(r"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")

#: OpenCV takes this off every stage's threshold, against rounding.
THRESHOLD_EPS = np.float32(1e-5)


def find_cascade(name: str | Path) -> Path:
    """Find a cascade file by its path, or by its name among OpenCV's and those that we ship. Raises UserError."""
    for path in (Path(name), FOLDER / name, SHIPPED / name):
        if path.is_file():
            return path
    known = [*FOLDER.glob("*.xml"), *SHIPPED.glob("*cascade*.json")]
    there = ", ".join(sorted(path.name for path in known))
    raise UserError(f"{name}: no such cascade file. Give a path, or the name of one that is installed: {there}")


def read_cascade(name: str | Path) -> Cascade:
    """Read a cascade file, see find_cascade.

    Raises UserError that names the file for one that is not a whole cascade.
    """
    path = find_cascade(name)
    with parsing(path, "not a cascade that can be used"):
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES:,} bytes, which is the limit")
        text = _decoded(content)
        if WEB_PAGE.match(text):
            raise UserError(f"{path}: this is a web page, not a cascade; download the file itself, often called raw")
        return _cascade(_root(text))


def _decoded(content: bytes) -> str:
    """The text of a file, without what it declares its encoding to be: OpenCV, too, takes the bytes as they come.

    All that counts in a cascade is ASCII; in comments, people write as their system does. UTF-16 is told by its first
    bytes.
    """
    utf16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(content[:2])
    if utf16:
        text = content.decode(utf16)
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    return DECLARATION.sub("", text, count=1)


def _root(text: str) -> Element:
    """Parse a text as a tree. What is larger or deeper than any cascade is given up while it is read."""
    elements = 0
    open_elements: list[Element] = []
    for event, element in iterparse(io.BytesIO(text.encode("utf-8")), events=("start", "end"), forbid_dtd=True):
        if event == "end":
            root = open_elements.pop()
            continue
        open_elements.append(element)
        elements += 1
        if elements > MAX_ELEMENTS or len(open_elements) > MAX_DEPTH:
            raise ValueError(f"more than {MAX_ELEMENTS} elements, or nested more than {MAX_DEPTH} deep")
    return root


def _find(element: Element, tag: str) -> Element:
    found = element.find(tag)
    if found is None:
        raise ValueError(f"<{element.tag}> has no <{tag}>")
    return found


def _text(element: Element, tag: str) -> str:
    return (_find(element, tag).text or "").strip()


def _numbers(element: Element, tag: str) -> list[float]:
    numbers = [float(word) for word in _text(element, tag).split()]
    # Whatever is larger is not meant, and would not survive as a float32.
    if not all(abs(number) < 1e30 for number in numbers):
        raise ValueError(f"<{tag}> holds a number that is not finite")
    return numbers


def _number(element: Element, tag: str) -> float:
    numbers = _numbers(element, tag)
    if len(numbers) != 1:
        raise ValueError(f"<{tag}> holds {len(numbers)} numbers, expected one")
    return numbers[0]


def _integer(number: float, low: int, high: int, what: str) -> int:
    if not math.isfinite(number) or number != int(number) or not low <= number <= high:
        raise ValueError(f"{what} is {number:g}, expected a whole number from {low} to {high}")
    return int(number)


def _cascade(root: Element) -> Cascade:
    if root.tag != "opencv_storage" or len(root) == 0:
        raise ValueError("expected <opencv_storage> with a cascade")
    cascade = root[0]
    if cascade.get("type_id") == "opencv-haar-classifier":
        return _first_format(cascade)
    kind = _text(cascade, "featureType")
    if _text(cascade, "stageType") != "BOOST" or kind not in ("HAAR", "LBP"):
        raise ValueError(f"stages of {_text(cascade, 'stageType')!r} on {kind!r}; BOOST on HAAR or LBP is evaluated")
    width, height = _window_px([(_numbers(cascade, tag) or [0])[0] for tag in ("width", "height")])
    read = _haar_feature if kind == "HAAR" else _lbp_feature
    features = np.array([read(element, width, height) for element in _find(cascade, "features")])
    each = 4 if kind == "HAAR" else 11
    stages = [
        (
            _number(stage, "stageThreshold"),
            [_tree(tree, len(features), each) for tree in _find(stage, "weakClassifiers")],
        )
        for stage in _find(cascade, "stages")
    ]
    return Cascade((width, height), *_stages(stages, features))


def _window_px(sides: list[float]) -> tuple[int, int]:
    """The width and the height of the window."""
    if len(sides) != 2:
        raise ValueError(f"the window has {len(sides)} sides, expected width and height")
    width, height = (
        _integer(side, MIN_SIDE_PX, MAX_SIDE_PX, f"the window's {what}")
        for side, what in zip(sides, ("width", "height"), strict=True)
    )
    return width, height


def _first_format(cascade: Element) -> Cascade:
    """Read a cascade as OpenCV 1 wrote it: a node has its feature, and a leaf's value or the number of another node."""
    width, height = _window_px(_numbers(cascade, "size"))
    features: list[np.ndarray] = []
    stages: list[tuple[float, list[_Tree]]] = []
    for stage in _find(cascade, "stages"):
        trees = []
        for tree in _find(stage, "trees"):
            nodes: list[list[float]] = []
            leaves: list[float] = []
            for index, node in enumerate(tree):
                children = []
                for side in ("left", "right"):
                    if node.find(f"{side}_val") is not None:
                        children.append(-float(len(leaves)))
                        leaves.append(_number(node, f"{side}_val"))
                    else:
                        child = _integer(_number(node, f"{side}_node"), index + 1, len(tree) - 1, "a node's child")
                        children.append(child)
                nodes.append([*children, len(features), _number(node, "threshold")])
                features.append(_haar_feature(_find(node, "feature"), width, height))
            if len(leaves) != len(nodes) + 1:
                raise ValueError(f"a tree has {len(nodes)} nodes and {len(leaves)} leaves")
            trees.append((nodes, leaves))
        stages.append((_number(stage, "stage_threshold"), trees))
    return Cascade((width, height), *_stages(stages, np.array(features)))


#: The nodes and the leaves of a tree, see _tree.
_Tree = tuple[list[list[float]], list[float]]


def _stages(read: list[tuple[float, list[_Tree]]], features: np.ndarray) -> tuple[Stages, HaarFeatures | LbpFeatures]:
    """Make tables of stages, each a threshold and its trees.

    features : (F, 16), see _haar_feature, or (F, 4), see _lbp_feature.
    """
    if not read or not len(features):
        raise ValueError("no stages or no features")
    nodes: list[list[float]] = []
    leaves: list[float] = []
    first_tree, first_node = [0], [0]
    lbp = features.shape[1] == 4
    for number, (_, trees) in enumerate(read):
        if not trees:
            raise ValueError(f"stage {number} is empty")
        for tree_nodes, tree_leaves in trees:
            nodes += tree_nodes
            leaves += tree_leaves
            first_node.append(len(nodes))
        first_tree.append(len(first_node) - 1)
    thresholds = [threshold for threshold, _ in read]
    table = np.array(nodes)
    used = features[table[:, 2].astype(np.int64)]
    stages = Stages(
        thresholds=np.array(thresholds, np.float32) - THRESHOLD_EPS,
        first_tree=np.array(first_tree),
        first_node=np.array(first_node),
        children=table[:, :2].astype(np.int32),
        splits=np.zeros(len(table), np.float32) if lbp else table[:, 3].astype(np.float32),
        leaves=np.array(leaves, np.float32),
    )
    if lbp:
        return stages, LbpFeatures(used.astype(np.int64), table[:, 3:].astype(np.int64).astype(np.int32))
    rectangles = used[:, :15].reshape(-1, 3, 5)
    weights = rectangles[:, :, 4].astype(np.float32)
    return stages, HaarFeatures(rectangles[:, :, :4].astype(np.int64), weights, used[:, 15] != 0)


def _haar_feature(element: Element, width: int, height: int) -> np.ndarray:
    """Read (16,) x y width height weight of up to three rectangles, 0 for those missing, and 1 if they are tilted."""
    tilted = element.find("tilted")
    feature = np.zeros(16)
    feature[15] = tilted is not None and _integer((_numbers(element, "tilted") or [0])[0], 0, 1, "<tilted>")
    lines = list(_find(element, "rects"))
    if not 1 <= len(lines) <= 3:
        raise ValueError(f"a feature has {len(lines)} rectangles, expected 1 to 3")
    for rectangle, line in zip(feature[:15].reshape(3, 5), lines, strict=False):
        numbers = [float(word) for word in (line.text or "").split()]
        if len(numbers) != 5 or not abs(numbers[4]) < 1e30:
            raise ValueError(f"expected x y width height weight of a rectangle, got {line.text!r:.80}")
        x = _integer(numbers[0], 0, width - 1, "a rectangle's x")
        y = _integer(numbers[1], 0, height - 1, "a rectangle's y")
        across = _integer(numbers[2], 1, width - x, "a rectangle's width")
        down = _integer(numbers[3], 1, height - y, "a rectangle's height")
        if feature[15] and (down > x or across + down > height - y):
            raise ValueError(f"a tilted rectangle reaches out of the window: {line.text!r:.80}")
        rectangle[:] = numbers
    return feature


def _lbp_feature(element: Element, width: int, height: int) -> np.ndarray:
    """Read (4,) x y width height of the first of 3 x 3 cells."""
    numbers = _numbers(element, "rect")
    if len(numbers) != 4:
        raise ValueError(f"expected x y width height of a cell, got {len(numbers)} numbers")
    x = _integer(numbers[0], 0, width - 3, "a cell's x")
    y = _integer(numbers[1], 0, height - 3, "a cell's y")
    _integer(numbers[2], 1, (width - x) // 3, "a cell's width")
    _integer(numbers[3], 1, (height - y) // 3, "a cell's height")
    return np.array(numbers)


def _tree(element: Element, features: int, each: int) -> _Tree:
    """Read a tree's nodes and leaves. A node is ``each`` numbers: left, right, feature, threshold or subset."""
    numbers, leaves = _numbers(element, "internalNodes"), _numbers(element, "leafValues")
    nodes = [numbers[i : i + each] for i in range(0, len(numbers), each)]
    if not nodes or len(numbers) % each or len(leaves) != len(nodes) + 1:
        raise ValueError(f"a tree has {len(numbers)} numbers for its nodes and {len(leaves)} leaves")
    for index, (left, right, feature, *subset) in enumerate(nodes):
        for child in (left, right):
            _integer(child, -len(nodes), len(nodes) - 1, "a node's child")
            if 0 < child <= index:
                raise ValueError(f"node {index} of a tree leads back to node {child:g}")
        _integer(feature, 0, features - 1, "a node's feature")
        for word in subset if each > 4 else ():
            _integer(word, -(2**31), 2**31 - 1, "a part of a node's subset")
    return nodes, leaves
