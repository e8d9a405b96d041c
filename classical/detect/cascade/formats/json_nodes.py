"""One node of a cascade's trees in the project's JSON, and back: its children, and the feature that it looks at."""

from typing import Any, NamedTuple

import numpy as np

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.parts import LbpFeatures
from eigen2arc.classical.detect.haar.features import HaarFeatures

from .strict_json import integer, items, members, number
from .xml_form import MAX_SIDE_PX


class Node(NamedTuple):
    children: list[int]
    split: float
    feature: Any


def node_entry(cascade: Cascade, node: int) -> dict[str, Any]:
    """Node number ``node`` of a cascade as JSON's object."""
    features, children = cascade.features, cascade.stages.children[node].tolist()
    if isinstance(features, LbpFeatures):
        return {"children": children, "cells": features.cells[node].tolist(), "subset": features.subsets[node].tolist()}
    there = features.rectangles[node, :, 2] > 0
    weighted = zip(features.rectangles[node, there].tolist(), shortest(features.weights[node, there]), strict=True)
    return {
        "children": children,
        "split": shortest(cascade.stages.splits[node : node + 1])[0],
        "rectangles": [[*rectangle, weight] for rectangle, weight in weighted],
        "tilted": bool(features.tilted[node]),
    }


def shortest(values: np.ndarray) -> list[float]:
    """float32 to the numbers with the fewest digits that round to them."""
    numbers = (float(str(value)) for value in values)
    return [int(value) if value.is_integer() else value for value in numbers]


def haar_node(entry: object, window_px: tuple[int, int], place: str) -> Node:
    """feature : (rectangles, tilted)."""
    children, split, rows, tilted = members(entry, ("children", "split", "rectangles", "tilted"), place)
    if not isinstance(tilted, bool):
        raise ValueError(f"{place}, tilted: expected true or false")
    for row in items(rows, 1, 3, f"{place}, rectangles"):
        *sides, weight = items(row, 5, 5, f"{place}, rectangles")
        x, y, w, h = (integer(side, 0, MAX_SIDE_PX, f"{place}, rectangles") for side in sides)
        number(weight, f"{place}, rectangles")
        left, right, bottom = (x - h, x + w, y + w + h) if tilted else (x, x + w, y + h)
        if not (left >= 0 and right <= window_px[0] and bottom <= window_px[1] and w > 0 and h > 0):
            raise ValueError(f"{place}, rectangles: {sides} is not inside the window")
    return Node(children, number(split, f"{place}, split"), (rows, tilted))


def lbp_node(entry: object, window_px: tuple[int, int], place: str) -> Node:
    """feature : (cells, subset)."""
    children, cells, subset = members(entry, ("children", "cells", "subset"), place)
    x, y, w, h = (integer(c, 0, MAX_SIDE_PX, f"{place}, cells") for c in items(cells, 4, 4, f"{place}, cells"))
    if not (x + 3 * w <= window_px[0] and y + 3 * h <= window_px[1] and w > 0 and h > 0):
        raise ValueError(f"{place}, cells: three times {cells} is not inside the window")
    for word in items(subset, 8, 8, f"{place}, subset"):
        integer(word, -(2**31), 2**31 - 1, f"{place}, subset")
    return Node(children, 0.0, (cells, subset))


def haar_features(features: list[tuple[list[list[float]], bool]]) -> HaarFeatures:
    table = np.zeros((len(features), 3, 5))
    for row, (rectangles, _) in zip(table, features, strict=True):
        row[: len(rectangles)] = rectangles
    tilted = np.array([tilted for _, tilted in features])
    return HaarFeatures(table[:, :, :4].astype(np.int64), table[:, :, 4].astype(np.float32), tilted)


def lbp_features(features: list[tuple[list[int], list[int]]]) -> LbpFeatures:
    cells, subsets = zip(*features, strict=True)
    return LbpFeatures(np.array(cells, np.int64), np.array(subsets, np.int32))
