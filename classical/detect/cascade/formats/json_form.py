"""The project's own cascade files: JSON that a person can read, with a record of what the cascade was made from.

    {"format": "eigen2arc cascade, 1",
     "about": {...},                                  the command, seed, data and metrics; never evaluated
     "window_px": [24, 24],                           width and height
     "face": [0.0, 0.0, 1.0, 1.0],                    x1 y1 x2 y2 of the face, in sides of the window
     "features": "haar",                              or "lbp"
     "stages": [{"threshold": -1.5, "trees": [{"leaves": [-0.8, 0.9], "nodes": [{
         "children": [0, -1],                         left and right: a later node, or minus a leaf's number
         "split": 0.0125,                             below it goes left
         "rectangles": [[6, 4, 12, 9, -1], ...],      x y width height weight
         "tilted": false}]}]}]}

An LBP node has "cells" and "subset", see LbpFeatures, in place of the last three. Numbers are written with as few
digits as give the same float32. What a file may hold is bounded, and all of it is checked before anything is made of
it: a file from a stranger is refused in one line, or is a cascade that can be run. Python's JSON reader takes more than
JSON allows (NaN, keys twice) and fails in its own ways (recursion, huge numbers); here every fault is a ValueError that
says where it is, of which read_cascade_json makes a UserError. By hand, so that a detector runs without pydantic.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import LbpFeatures, Stages
from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.core.errors import parsing
from eigen2arc.core.files import write_text

from .xml_form import MAX_SIDE_PX, MIN_SIDE_PX

#: Changes with the meaning of the content: a file of another format is refused, not guessed at.
FORMAT = "eigen2arc cascade, 1"

#: OpenCV's largest cascade has 1.5 MB in this format. (As Python's values, a file takes up to 25 times its size.)
MAX_BYTES = 8_000_000

#: Stages of a cascade, trees of a stage, nodes of a tree.
MAX_STAGES, MAX_TREES, MAX_NODES = 1_000, 20_000, 255

#: A face may reach so far out of its window, in sides of the window.
MAX_OUTSIDE = 1.0

#: Whatever is larger in a model is not meant, and would not survive as a float32.
LARGEST = 1e30


def write_cascade_json(path: Path | str, cascade: Cascade, about: dict[str, Any]) -> None:
    """Write a cascade, atomically. about : what it was made from, for a person: command, seed, data, metrics."""
    head = {
        "format": FORMAT,
        "about": about,
        "window_px": list(cascade.window_px),
        "face": list(cascade.face),
        "features": "haar" if isinstance(cascade.features, HaarFeatures) else "lbp",
    }
    # A line for each tree: short enough to read, and a changed tree is a changed line.
    opening = json.dumps(head, indent=1, allow_nan=False, ensure_ascii=False).removesuffix("\n}")
    stages = ",\n".join(_stage_lines(cascade, stage) for stage in range(len(cascade.stages.thresholds)))
    write_text(path, f'{opening},\n "stages": [\n{stages}\n ]\n}}\n')


def _stage_lines(cascade: Cascade, stage: int) -> str:
    trees = []
    for nodes, leaves in cascade.stages.trees_of(stage):
        entries = [_node_entry(cascade, node) for node in range(nodes.start, nodes.stop)]
        trees.append("   " + json.dumps({"leaves": _shortest(cascade.stages.leaves[leaves]), "nodes": entries}))
    (threshold,) = _shortest(cascade.stages.thresholds[stage : stage + 1])
    lines = ",\n".join(trees)
    return f'  {{"threshold": {json.dumps(threshold)}, "trees": [\n{lines}]}}'


def _node_entry(cascade: Cascade, node: int) -> dict[str, Any]:
    """Convert node number ``node`` of a cascade to an object of JSON."""
    features, children = cascade.features, cascade.stages.children[node].tolist()
    if isinstance(features, LbpFeatures):
        return {"children": children, "cells": features.cells[node].tolist(), "subset": features.subsets[node].tolist()}
    there = features.rectangles[node, :, 2] > 0
    weighted = zip(features.rectangles[node, there].tolist(), _shortest(features.weights[node, there]), strict=True)
    return {
        "children": children,
        "split": _shortest(cascade.stages.splits[node : node + 1])[0],
        "rectangles": [[*rectangle, weight] for rectangle, weight in weighted],
        "tilted": bool(features.tilted[node]),
    }


def _shortest(values: np.ndarray) -> list[float]:
    """Convert float32 to the numbers with the fewest digits that round to them."""
    numbers = (float(str(value)) for value in values)
    return [int(value) if value.is_integer() else value for value in numbers]


def read_cascade_json(path: Path | str) -> Cascade:
    """Read what write_cascade_json wrote. Raises UserError that names the file and the entry in it for all else."""
    with parsing(path, "not a cascade that can be used"):
        return _cascade(_load_object(Path(path), MAX_BYTES))


def _cascade(content: dict[str, Any]) -> Cascade:
    if content.get("format") != FORMAT:
        raise ValueError(f'its "format" is not {FORMAT!r}')
    keys = ("format", "about", "window_px", "face", "features", "stages")
    _, _, window, face, kind, entries = _members(content, keys, "the file")
    width, height = (
        _integer(side, MIN_SIDE_PX, MAX_SIDE_PX, "window_px") for side in _items(window, 2, 2, "window_px")
    )
    if kind not in ("haar", "lbp"):
        raise ValueError(f'features: expected "haar" or "lbp", got {kind!r:.40}')
    x1, y1, x2, y2 = (_number(side, "face") for side in _items(face, 4, 4, "face"))
    if not (-MAX_OUTSIDE <= x1 < x2 <= 1 + MAX_OUTSIDE and -MAX_OUTSIDE <= y1 < y2 <= 1 + MAX_OUTSIDE):
        raise ValueError(f"face: expected x1 < x2, y1 < y2, by at most {MAX_OUTSIDE} outside 0 to 1")
    read_node = _haar_node if kind == "haar" else _lbp_node
    thresholds: list[float] = []
    trees: list[list[_Tree]] = []
    for index, entry in enumerate(_items(entries, 1, MAX_STAGES, "stages")):
        threshold, stage = _members(entry, ("threshold", "trees"), f"stage {index}")
        thresholds.append(_number(threshold, f"stage {index}, threshold"))
        stage = _items(stage, 1, MAX_TREES, f"stage {index}, trees")
        trees.append(
            [_tree(t, read_node, (width, height), f"stage {index}, tree {number}") for number, t in enumerate(stage)]
        )
    features = [node.feature for stage in trees for tree in stage for node in tree.nodes]
    stages = _stages(thresholds, trees)
    made = _haar_features(features) if kind == "haar" else _lbp_features(features)
    return Cascade((width, height), stages, made, (x1, y1, x2, y2))


class _Node(NamedTuple):
    children: list[int]
    split: float
    feature: Any


class _Tree(NamedTuple):
    nodes: list[_Node]
    leaves: list[float]


def _tree(value: object, read_node: Callable[..., _Node], window_px: tuple[int, int], where: str) -> _Tree:
    leaves, entries = _members(value, ("leaves", "nodes"), where)
    count = len(_items(entries, 1, MAX_NODES, f"{where}, nodes"))
    nodes = []
    for index, entry in enumerate(entries):
        here = f"{where}, node {index}"
        node = read_node(entry, window_px, here)
        for child in _items(node.children, 2, 2, f"{here}, children"):
            _integer(child, -count, count - 1, f"{here}, children")
            if 0 < child <= index:
                raise ValueError(f"{here}, children: {child} leads back")
        nodes.append(node)
    leaves = _items(leaves, count + 1, count + 1, f"{where}, leaves")
    return _Tree(nodes, [_number(leaf, f"{where}, leaves") for leaf in leaves])


def _haar_node(entry: object, window_px: tuple[int, int], where: str) -> _Node:
    """Read a node with a Haar feature, (rectangles, tilted)."""
    children, split, rows, tilted = _members(entry, ("children", "split", "rectangles", "tilted"), where)
    if not isinstance(tilted, bool):
        raise ValueError(f"{where}, tilted: expected true or false")
    for row in _items(rows, 1, 3, f"{where}, rectangles"):
        *sides, weight = _items(row, 5, 5, f"{where}, rectangles")
        x, y, w, h = (_integer(side, 0, MAX_SIDE_PX, f"{where}, rectangles") for side in sides)
        _number(weight, f"{where}, rectangles")
        left, right, bottom = (x - h, x + w, y + w + h) if tilted else (x, x + w, y + h)
        if not (left >= 0 and right <= window_px[0] and bottom <= window_px[1] and w > 0 and h > 0):
            raise ValueError(f"{where}, rectangles: {sides} is not inside the window")
    return _Node(children, _number(split, f"{where}, split"), (rows, tilted))


def _lbp_node(entry: object, window_px: tuple[int, int], where: str) -> _Node:
    """Read a node with an LBP feature, (cells, subset)."""
    children, cells, subset = _members(entry, ("children", "cells", "subset"), where)
    x, y, w, h = (_integer(c, 0, MAX_SIDE_PX, f"{where}, cells") for c in _items(cells, 4, 4, f"{where}, cells"))
    if not (x + 3 * w <= window_px[0] and y + 3 * h <= window_px[1] and w > 0 and h > 0):
        raise ValueError(f"{where}, cells: three times {cells} is not inside the window")
    for word in _items(subset, 8, 8, f"{where}, subset"):
        _integer(word, -(2**31), 2**31 - 1, f"{where}, subset")
    return _Node(children, 0.0, (cells, subset))


def _stages(thresholds: list[float], stages: list[list[_Tree]]) -> Stages:
    trees = [tree for stage in stages for tree in stage]
    nodes = [node for tree in trees for node in tree.nodes]
    return Stages(
        thresholds=np.array(thresholds, np.float32),
        first_tree=np.cumsum([0] + [len(stage) for stage in stages]),
        first_node=np.cumsum([0] + [len(tree.nodes) for tree in trees]),
        children=np.array([node.children for node in nodes], np.int32),
        splits=np.array([node.split for node in nodes], np.float32),
        leaves=np.array([leaf for tree in trees for leaf in tree.leaves], np.float32),
    )


def _haar_features(features: list[tuple[list[list[float]], bool]]) -> HaarFeatures:
    table = np.zeros((len(features), 3, 5))
    for row, (rectangles, _) in zip(table, features, strict=True):
        row[: len(rectangles)] = rectangles
    tilted = np.array([tilted for _, tilted in features])
    return HaarFeatures(table[:, :, :4].astype(np.int64), table[:, :, 4].astype(np.float32), tilted)


def _lbp_features(features: list[tuple[list[int], list[int]]]) -> LbpFeatures:
    cells, subsets = zip(*features, strict=True)
    return LbpFeatures(np.array(cells, np.int64), np.array(subsets, np.int32))


def _load_object(path: Path, max_bytes: int) -> dict[str, Any]:
    """Read the object in a file. Raises ValueError for one too large, no JSON, or no object; OSError as open()."""
    with path.open("rb") as file:
        text = file.read(max_bytes + 1)  # not asked for before: a pipe has no size
    if len(text) > max_bytes:
        raise ValueError(f"more than {max_bytes:,} bytes, which is the limit")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("lists or objects nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, got {_kind(value)}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice!r:.40} stands there twice")
    return keys


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), f"{value!r:.40}")


def _members(value: object, keys: tuple[str, ...], where: str) -> list[Any]:
    """Return the values of an object that has exactly these keys."""
    if not isinstance(value, dict):
        raise ValueError(f"{where}: expected an object, got {_kind(value)}")
    if set(value) != set(keys):
        raise ValueError(
            f"{where}: expected the keys {', '.join(keys)}, got {', '.join(map(repr, value)) or 'none':.80}"
        )
    return [value[key] for key in keys]


def _items(value: object, low: int, high: int, where: str) -> list[Any]:
    """Return a list that has from ``low`` to ``high`` items."""
    if not isinstance(value, list):
        raise ValueError(f"{where}: expected a list, got {_kind(value)}")
    if not low <= len(value) <= high:
        wanted = str(low) if low == high else f"{low} to {high:,}"
        raise ValueError(f"{where}: expected {wanted} items, got {len(value):,}")
    return value


def _number(value: object, where: str) -> float:
    """Return a finite number that a float32 can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        raise ValueError(f"{where}: expected a finite number, got {_kind(value)}")
    return float(value)


def _integer(value: object, low: int, high: int, where: str) -> int:
    """Return a whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{where}: expected a whole number from {low:,} to {high:,}, got {_kind(value)}")
    return value
