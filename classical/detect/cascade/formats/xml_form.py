"""Reads cascades as OpenCV 2 and later write them: XML, boosted trees on Haar or multi-block LBP features."""

from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import cv2
import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import LbpFeatures, Stages
from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.core.errors import UserError

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

    Raises UserError that names the file for one that is not a whole cascade, or of a kind that is not evaluated here:
    the format of OpenCV 1.
    """
    path = find_cascade(name)
    if path.stat().st_size > MAX_BYTES:
        raise UserError(f"{path}: {path.stat().st_size} bytes are no cascade, {MAX_BYTES} are the limit")
    try:
        return _cascade(_root(path))
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise UserError(f"{path}: not a cascade that can be used: {error!s:.200}") from error


def _root(path: Path) -> Element:
    """Read the file as a tree. What is larger or deeper than any cascade is given up while it is read."""
    elements = 0
    open_elements: list[Element] = []
    for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
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


def _integer(number: float, low: int, high: int, what: str) -> int:
    if number != int(number) or not low <= number <= high:
        raise ValueError(f"{what} is {number:g}, expected a whole number from {low} to {high}")
    return int(number)


def _cascade(root: Element) -> Cascade:
    if root.tag != "opencv_storage" or len(root) == 0:
        raise ValueError("expected <opencv_storage> with a cascade")
    cascade = root[0]
    if cascade.get("type_id") == "opencv-haar-classifier":
        raise ValueError("the format of OpenCV 1; OpenCV's tool traincascade writes the new one")
    kind = _text(cascade, "featureType")
    if _text(cascade, "stageType") != "BOOST" or kind not in ("HAAR", "LBP"):
        raise ValueError(f"stages of {_text(cascade, 'stageType')!r} on {kind!r}; BOOST on HAAR or LBP is evaluated")
    width, height = (
        _integer((_numbers(cascade, tag) or [0])[0], MIN_SIDE_PX, MAX_SIDE_PX, f"the window's {tag}")
        for tag in ("width", "height")
    )
    read = _haar_feature if kind == "HAAR" else _lbp_feature
    features = np.array([read(element, width, height) for element in _find(cascade, "features")])
    stages = list(_find(cascade, "stages"))
    if not stages or not len(features):
        raise ValueError("no stages or no features")
    return Cascade((width, height), *_stages(stages, features))


def _stages(elements: list[Element], features: np.ndarray) -> tuple[Stages, HaarFeatures | LbpFeatures]:
    """Read the stages and their nodes' features; features : (F, 16), see _haar_feature, or (F, 4), see _lbp_feature."""
    thresholds: list[float] = []
    nodes: list[list[float]] = []
    leaves: list[float] = []
    first_tree, first_node = [0], [0]
    lbp = features.shape[1] == 4
    for stage in elements:
        thresholds.append((_numbers(stage, "stageThreshold") or [np.nan])[0])
        trees = list(_find(stage, "weakClassifiers"))
        if not trees:
            raise ValueError(f"stage {len(thresholds) - 1} is empty")
        for tree in trees:
            tree_nodes, tree_leaves = _tree(tree, len(features), 11 if lbp else 4)
            nodes += tree_nodes
            leaves += tree_leaves
            first_node.append(len(nodes))
        first_tree.append(len(first_node) - 1)
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


def _tree(element: Element, features: int, each: int) -> tuple[list[list[float]], list[float]]:
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
