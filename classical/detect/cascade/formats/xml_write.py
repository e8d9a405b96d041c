"""Writes a cascade as OpenCV's XML, so that `cv2.CascadeClassifier` runs what was trained here."""

from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import LbpFeatures
from eigen2arc.core.files import atomic_write

from .xml_form import THRESHOLD_EPS


def write_cascade_xml(path: Path | str, cascade: Cascade) -> None:
    """Write a cascade, atomically. Every number is read back as the same float32, but see stored_threshold."""
    root = Element("opencv_storage")
    top = SubElement(root, "cascade", type_id="opencv-cascade-classifier")
    lbp = isinstance(cascade.features, LbpFeatures)
    _add(top, "stageType", "BOOST")
    _add(top, "featureType", "LBP" if lbp else "HAAR")
    _add(top, "height", cascade.window_px[1])
    _add(top, "width", cascade.window_px[0])
    _add(SubElement(top, "featureParams"), "maxCatCount", 256 if lbp else 0)
    _add(top, "stageNum", len(cascade.stages.thresholds))
    stages = SubElement(top, "stages")
    for stage in range(len(cascade.stages.thresholds)):
        _add_stage(stages, cascade, stage)
    features = SubElement(top, "features")
    for node in range(len(cascade.stages.children)):
        _add_feature(SubElement(features, "_"), cascade, node)
    indent(root)
    with atomic_write(path) as file:
        file.write(tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def stored_threshold(threshold: np.float32) -> np.float32:
    """Return the number to write for a reader, who takes THRESHOLD_EPS off in float32, to arrive at ``threshold``.

    Just below a power of two, float32 has results that no difference gives: there the reader arrives at the next
    smaller one, so that every window that passed still does.
    """
    stored = np.nextafter(threshold + THRESHOLD_EPS, np.float32(np.inf))
    while stored - THRESHOLD_EPS > threshold:
        stored = np.nextafter(stored, np.float32(-np.inf))
    return np.float32(stored)


def _add(parent: Element, tag: str, *values: object) -> None:
    SubElement(parent, tag).text = " ".join(_text(value) for value in values)


def _text(value: object) -> str:
    """Format a value; nine digits tell every float32 from its neighbours."""
    return f"{value:.9g}" if isinstance(value, float | np.floating) else str(value)


def _add_stage(stages: Element, cascade: Cascade, stage: int) -> None:
    entry = SubElement(stages, "_")
    trees = list(cascade.stages.trees_of(stage))
    _add(entry, "maxWeakCount", len(trees))
    _add(entry, "stageThreshold", stored_threshold(cascade.stages.thresholds[stage]))
    parent = SubElement(entry, "weakClassifiers")
    for nodes, leaves in trees:
        children, values = cascade.stages.children[nodes], cascade.stages.leaves[leaves]
        if len(children) == 1:  # where all trees are stumps, OpenCV takes the leaves in this order without asking
            children, values = np.array([[0, -1]]), values[-children[0]]
        numbers: list[object] = []
        for node, (left, right) in enumerate(children, nodes.start):
            # Each node has its own feature of the same number, so it evaluates what it evaluated before.
            numbers += [left, right, node, *_question(cascade, node)]
        tree = SubElement(parent, "_")
        _add(tree, "internalNodes", *numbers)
        _add(tree, "leafValues", *values)


def _question(cascade: Cascade, node: int) -> list[object]:
    """Return what decides between left and right: the subset of an LBP node, the threshold of a Haar node."""
    if isinstance(cascade.features, LbpFeatures):
        return list(cascade.features.subsets[node])
    return [cascade.stages.splits[node]]


def _add_feature(entry: Element, cascade: Cascade, node: int) -> None:
    features = cascade.features
    if isinstance(features, LbpFeatures):
        _add(entry, "rect", *features.cells[node])
        return
    rectangles = SubElement(entry, "rects")
    for rectangle, weight in zip(features.rectangles[node], features.weights[node], strict=True):
        if rectangle[2] > 0:
            _add(rectangles, "_", *rectangle, weight)
    _add(entry, "tilted", int(features.tilted[node]))
