"""Exported cascades, run by OpenCV: the windows of the original, and of trees walked slowly."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import multiblock_lbp
from skimage.transform import integral_image

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import LbpFeatures, Stages
from eigen2arc.classical.detect.cascade.formats.xml_form import FOLDER, THRESHOLD_EPS, read_cascade
from eigen2arc.classical.detect.cascade.formats.xml_write import stored_threshold, write_cascade_xml
from eigen2arc.classical.detect.haar.features import SHAPES, HaarFeatures, enumerate_features
from eigen2arc.classical.detect.haar.responses import haar_responses
from eigen2arc.core import plugins

SIDE = 12
FRONTAL = [f"haarcascade_frontalface_{name}.xml" for name in ("default", "alt", "alt2", "alt_tree")]


def found(path: Path, grey: np.ndarray) -> list[tuple[float, ...]]:
    boxes, _, weights = cv2.CascadeClassifier(str(path)).detectMultiScale3(grey, 1.1, 0, outputRejectLevels=True)
    return sorted(map(tuple, np.column_stack([np.reshape(boxes, (-1, 4)), np.ravel(weights)]).tolist()))


#: The second one has tilted features.
OTHERS = [f"haarcascade_{name}.xml" for name in ("eye", "lefteye_2splits", "profileface")]


@pytest.mark.parametrize("name", [*FRONTAL, *OTHERS])
def test_opencv_finds_the_same_windows(tmp_path: Path, name: str) -> None:
    scene = plugins.build("dataset", "scenes", images=1, seed=3, width_px=321, height_px=241, largest_face_px=90)
    grey = cv2.cvtColor(scene.images[0], cv2.COLOR_RGB2GRAY)
    cascade = read_cascade(name)
    write_cascade_xml(tmp_path / "exported.xml", cascade)
    expected = found(FOLDER / name, grey)
    assert len(expected) > 0
    assert found(tmp_path / "exported.xml", grey) == expected
    # And so do we, to the last bit.
    again = read_cascade(tmp_path / "exported.xml")
    for one, other in zip((*again.stages, *again.features), (*cascade.stages, *cascade.features), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_lbp_cascade_runs_in_opencv_as_here(tmp_path: Path) -> None:
    scene = plugins.build("dataset", "scenes", images=1, seed=3, width_px=321, height_px=241, largest_face_px=90)
    grey = cv2.cvtColor(scene.images[0], cv2.COLOR_RGB2GRAY)
    cascade = read_cascade(lbp_frontal_face_cascade_filename())
    write_cascade_xml(tmp_path / "exported.xml", cascade)
    boxes, weights = cascade.windows(grey, 1.1, 0)
    assert len(boxes) > 0
    ours = sorted(map(tuple, np.column_stack([boxes, weights]).tolist()))
    assert found(tmp_path / "exported.xml", grey) == ours


def random_cascade(rng: np.random.Generator, lbp: bool, largest_tree: int) -> Cascade:
    """One stage of twelve trees, chains that end in leaves on random sides."""
    counts = rng.integers(1, largest_tree + 1, 12)
    children = []
    for count in counts:
        for node in range(count):
            pair = [node + 1 if node + 1 < count else -count, -node]
            children.append(pair[:: rng.choice([-1, 1])])
    total = int(counts.sum())
    stages = Stages(
        thresholds=np.float32([-100]),
        first_tree=np.array([0, 12]),
        first_node=np.cumsum([0, *counts]),
        children=np.array(children, np.int32),
        splits=rng.normal(scale=0.1, size=total).astype(np.float32),
        leaves=rng.normal(size=total + 12).astype(np.float32),
    )
    if lbp:
        # A pattern's nine cells are those of the Haar feature "centre": its first rectangle is all of them.
        patterns = enumerate_features(SIDE, SIDE, ["centre"]).rectangles[:, 0] // [1, 1, 3, 3]
        cells, subsets = patterns[rng.choice(len(patterns), total)], rng.integers(-(2**31), 2**31, (total, 8))
        return Cascade((SIDE, SIDE), stages, LbpFeatures(cells, subsets.astype(np.int32)))
    features = enumerate_features(SIDE, SIDE, sorted(SHAPES))
    rows = rng.choice(len(features.tilted), total)
    return Cascade((SIDE, SIDE), stages, HaarFeatures(*(part[rows] for part in features)))


def slow_sum(cascade: Cascade, window: np.ndarray) -> float:
    """The stage's sum, walking down each tree."""
    stages, features = cascade.stages, cascade.features
    if isinstance(features, LbpFeatures):
        codes = [multiblock_lbp(integral_image(window), y, x, w, h) for x, y, w, h in features.cells.tolist()]
        left = [
            bool(subset[code // 32] >> (code % 32) & 1) for code, subset in zip(codes, features.subsets, strict=True)
        ]
    else:
        left = (haar_responses(window[None], features)[:, 0] < stages.splits).tolist()
    total = 0.0
    for nodes, leaves in stages.trees_of(0):
        child = 0
        while True:
            child = int(stages.children[nodes.start + child, 0 if left[nodes.start + child] else 1])
            if child <= 0:
                break
        total += float(stages.leaves[leaves.start - child])
    return total


@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([1, 4]))
def test_opencv_walks_the_trees(
    tmp_path_factory: pytest.TempPathFactory, seed: int, lbp: bool, largest_tree: int
) -> None:
    rng = np.random.default_rng(seed)
    path = tmp_path_factory.mktemp("xml") / "cascade.xml"
    cascade = random_cascade(rng, lbp, largest_tree)
    write_cascade_xml(path, cascade)
    for _ in range(5):
        window = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
        ((x, y, width, height, weight),) = found(path, window)
        assert (x, y, width, height) == (0, 0, SIDE, SIDE)
        np.testing.assert_allclose(weight, slow_sum(cascade, window), rtol=1e-12, atol=1e-12)


def test_a_threshold_found_on_responses_is_opencvs_too(tmp_path: Path, rng: np.random.Generator) -> None:
    features = enumerate_features(SIDE, SIDE, sorted(SHAPES))
    window = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    responses = haar_responses(window[None], features)[:, 0]
    for row in rng.choice(len(responses), 60):
        one = HaarFeatures(*(part[row : row + 1] for part in features))
        for split, passes in ((responses[row], 1), (np.nextafter(responses[row], np.float32(np.inf)), 0)):
            stages = Stages(
                thresholds=np.zeros(1, np.float32),
                first_tree=np.array([0, 1]),
                first_node=np.array([0, 1]),
                children=np.array([[0, -1]], np.int32),
                splits=np.array([split]),
                leaves=np.array([-1, 1], np.float32),
            )
            write_cascade_xml(tmp_path / "stump.xml", Cascade((SIDE, SIDE), stages, one))
            assert len(found(tmp_path / "stump.xml", window)) == passes


@given(st.floats(-1e6, 1e6, width=32) | st.floats(-20, 20, width=32))
def test_thresholds(value: float) -> None:
    threshold = np.float32(value)
    arrived = stored_threshold(threshold) - THRESHOLD_EPS
    assert arrived <= threshold
    # No number in the file would come nearer from below.
    near = np.float32(np.float64(threshold) + np.float64(THRESHOLD_EPS))
    for limit in (-np.inf, np.inf):
        stored = near
        for _ in range(4):
            assert not arrived < stored - THRESHOLD_EPS <= threshold
            stored = np.nextafter(stored, np.float32(limit))
    # What was read once is written again as it stood there.
    assert stored_threshold(arrived) - THRESHOLD_EPS == arrived
