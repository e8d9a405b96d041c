"""The project's own cascade files: JSON that a person can read, with what the cascade was made from beside it.

    {"format": "eigen2arc cascade, 1",
     "about": {...},                                  the command, seed, data and figures; never evaluated
     "window_px": [24, 24],                           width and height
     "face": [0.0, 0.0, 1.0, 1.0],                    x1 y1 x2 y2 of the face, in sides of the window
     "features": "haar",                              or "lbp"
     "stages": [{"threshold": -1.5, "trees": [{"leaves": [-0.8, 0.9], "nodes": [{
         "children": [0, -1],                         left and right: a later node, or minus a leaf's number
         "split": 0.0125,                             below it goes left
         "rectangles": [[6, 4, 12, 9, -1], ...],      x y width height weight
         "tilted": false}]}]}]}

An LBP node has "cells" and "subset", see cascade_parts, in place of the last three. Numbers are written with as few
digits as give the same float32. What a file may hold is bounded, and all of it is checked before anything is made of
it: a file from a stranger is refused in one line, or is a cascade that can be run.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.parts import Stages
from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_text

from .json_nodes import Node, haar_features, haar_node, lbp_features, lbp_node, node_entry, shortest
from .strict_json import integer, items, load_object, members, number
from .xml_form import MAX_SIDE_PX, MIN_SIDE_PX

#: Changes with the meaning of the content: a file of another format is refused, not guessed at.
FORMAT = "eigen2arc cascade, 1"

#: OpenCV's largest cascade has 1.5 MB in this format. (As Python's values, a file takes up to 25 times its size.)
MAX_BYTES = 8_000_000

#: Stages of a cascade, trees of a stage, nodes of a tree.
MAX_STAGES, MAX_TREES, MAX_NODES = 1_000, 20_000, 255

#: A face may reach so far out of its window, in sides of the window.
MAX_OUTSIDE = 1.0


def write_cascade_json(path: Path | str, cascade: Cascade, about: dict[str, Any]) -> None:
    """Write a cascade, atomically. about : what it was made from, for a person: command, seed, data, figures."""
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
        entries = [node_entry(cascade, node) for node in range(nodes.start, nodes.stop)]
        trees.append("   " + json.dumps({"leaves": shortest(cascade.stages.leaves[leaves]), "nodes": entries}))
    (threshold,) = shortest(cascade.stages.thresholds[stage : stage + 1])
    lines = ",\n".join(trees)
    return f'  {{"threshold": {json.dumps(threshold)}, "trees": [\n{lines}]}}'


def read_cascade_json(path: Path | str) -> Cascade:
    """Read what write_cascade_json wrote. Raises UserError that names the file and the place in it for all else."""
    try:
        return _cascade(load_object(Path(path), MAX_BYTES))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise UserError(f"{path}: not a cascade that can be used: {error!s:.200}") from error


def _cascade(content: dict[str, Any]) -> Cascade:
    if content.get("format") != FORMAT:
        raise ValueError(f'its "format" is not {FORMAT!r}')
    keys = ("format", "about", "window_px", "face", "features", "stages")
    _, _, window, face, kind, entries = members(content, keys, "the file")
    width, height = (integer(side, MIN_SIDE_PX, MAX_SIDE_PX, "window_px") for side in items(window, 2, 2, "window_px"))
    if kind not in ("haar", "lbp"):
        raise ValueError(f'features: expected "haar" or "lbp", got {kind!r:.40}')
    x1, y1, x2, y2 = (number(side, "face") for side in items(face, 4, 4, "face"))
    if not (-MAX_OUTSIDE <= x1 < x2 <= 1 + MAX_OUTSIDE and -MAX_OUTSIDE <= y1 < y2 <= 1 + MAX_OUTSIDE):
        raise ValueError(f"face: expected x1 < x2, y1 < y2, by at most {MAX_OUTSIDE} outside 0 to 1")
    read_node = haar_node if kind == "haar" else lbp_node
    thresholds: list[float] = []
    trees: list[list[_Tree]] = []
    for index, entry in enumerate(items(entries, 1, MAX_STAGES, "stages")):
        threshold, stage = members(entry, ("threshold", "trees"), f"stage {index}")
        thresholds.append(number(threshold, f"stage {index}, threshold"))
        stage = items(stage, 1, MAX_TREES, f"stage {index}, trees")
        trees.append(
            [_tree(t, read_node, (width, height), f"stage {index}, tree {place}") for place, t in enumerate(stage)]
        )
    features = [node.feature for stage in trees for tree in stage for node in tree.nodes]
    stages = _stages(thresholds, trees)
    made = haar_features(features) if kind == "haar" else lbp_features(features)
    return Cascade((width, height), stages, made, (x1, y1, x2, y2))


class _Tree(NamedTuple):
    nodes: list[Node]
    leaves: list[float]


def _tree(value: object, read_node: Callable[..., Node], window_px: tuple[int, int], place: str) -> _Tree:
    leaves, entries = members(value, ("leaves", "nodes"), place)
    count = len(items(entries, 1, MAX_NODES, f"{place}, nodes"))
    nodes = []
    for index, entry in enumerate(entries):
        here = f"{place}, node {index}"
        node = read_node(entry, window_px, here)
        for child in items(node.children, 2, 2, f"{here}, children"):
            integer(child, -count, count - 1, f"{here}, children")
            if 0 < child <= index:
                raise ValueError(f"{here}, children: {child} leads back")
        nodes.append(node)
    leaves = items(leaves, count + 1, count + 1, f"{place}, leaves")
    return _Tree(nodes, [number(leaf, f"{place}, leaves") for leaf in leaves])


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
