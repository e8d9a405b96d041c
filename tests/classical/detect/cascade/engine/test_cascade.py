"""The engine against cv2.CascadeClassifier, window by window, and against plain sums over pixels."""

from functools import cache
from pathlib import Path

import cv2
import numba
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import LbpFeatures
from eigen2arc.classical.detect.cascade.formats.xml_form import FOLDER, read_cascade
from eigen2arc.classical.detect.cascade.formats.xml_write import write_cascade_xml
from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.classical.image.scale_pyramid import Level
from eigen2arc.core import image as images
from eigen2arc.core import plugins

#: All of OpenCV's but the one in the format of OpenCV 1; upright, tilted, stumps and trees. scikit-image's is LBP.
NAMES = [*(path.name for path in sorted(FOLDER.glob("*.xml")) if "16stages" not in path.name), "lbp"]

#: One of every kind: stumps, trees, tilted stumps, tilted trees, LBP.
KINDS = [f"haarcascade_{kind}.xml" for kind in ("frontalface_default", "frontalface_alt2", "smile", "lefteye_2splits")]
KINDS.append("lbp")

#: All, of which those that are like another one take their time.
ALL = [name if name in KINDS else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]


@pytest.fixture(scope="session")
def lbp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """scikit-image's LBP file, with the misspelt tag put right: OpenCV does not read it otherwise."""
    text = Path(skimage.data.lbp_frontal_face_cascade_filename()).read_text()
    assert "featuhreParams" in text
    path = tmp_path_factory.mktemp("lbp") / "lbp.xml"
    path.write_text(text.replace("featuhreParams", "featureParams"))
    return path


def file_of(name: str, lbp: Path) -> Path:
    return lbp if name == "lbp" else FOLDER / name


@cache
def cascade_of(path: Path) -> Cascade:
    return read_cascade(path)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """Grey images with faces, of different sizes."""
    portraits = plugins.build("dataset", "synthetic", people=4, images_per_person=1, seed=3, difficulty=0.2)
    scenes = plugins.build("dataset", "scenes", images=1, seed=3, width_px=421, height_px=319, largest_face_px=90)
    return [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (*portraits.images, *scenes.images)]


def blurred(rng: np.random.Generator, height: int, width: int, sigma: float) -> np.ndarray:
    noise = cv2.GaussianBlur(rng.integers(0, 256, (height, width)).astype(np.float32), (0, 0), sigma)
    return cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def ours(cascade: Cascade, grey: np.ndarray, neighbours: int) -> list[tuple[float, ...]]:
    return sorted(map(tuple, np.column_stack(cascade.detect(grey, 1.1, neighbours, 0)).tolist()))


def opencv(peer: cv2.CascadeClassifier, grey: np.ndarray, neighbours: int) -> list[tuple[float, ...]]:
    boxes, _, weights = peer.detectMultiScale3(grey, 1.1, neighbours, outputRejectLevels=True)
    return sorted(map(tuple, np.column_stack([np.reshape(boxes, (-1, 4)), np.ravel(weights)]).tolist()))


@pytest.mark.parametrize("name", ALL)
def test_windows_are_those_of_opencv(
    rng: np.random.Generator, pictures: list[np.ndarray], lbp: Path, name: str
) -> None:
    noise = [blurred(rng, height, width, sigma) for height, width, sigma in ((61, 83, 1.5), (120, 71, 3), (97, 98, 2))]
    path = file_of(name, lbp)
    cascade, peer = read_cascade(path), cv2.CascadeClassifier(str(path))
    found = 0
    for grey in pictures + noise:
        for neighbours in (0, 1, 2):
            expected = opencv(peer, grey, neighbours)
            assert ours(cascade, grey, neighbours) == expected
            found += len(expected)
    # Nothing is compared where OpenCV finds nothing, either.
    assert found > 0


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_windows_are_those_of_opencv_on_photographs(data_root: Path, lbp: Path, name: str) -> None:
    files = sorted((data_root / "fddb").rglob("*.jpg"))[:200:50]
    path = file_of(name, lbp)
    cascade, peer = read_cascade(path), cv2.CascadeClassifier(str(path))
    for photograph in files:
        grey = cv2.cvtColor(images.read(photograph), cv2.COLOR_RGB2GRAY)
        for neighbours in (0, 2):
            assert ours(cascade, grey, neighbours) == opencv(peer, grey, neighbours)


@pytest.mark.parametrize("factor", [1.03, 1.5, 2.7])
@pytest.mark.parametrize("name", KINDS)
def test_other_scales_and_sizes(pictures: list[np.ndarray], lbp: Path, name: str, factor: float) -> None:
    path = file_of(name, lbp)
    cascade, peer = read_cascade(path), cv2.CascadeClassifier(str(path))
    for grey in (pictures[-1], pictures[-1][:, :90], pictures[-1][:41]):
        grey = np.ascontiguousarray(grey)
        boxes, weights = cascade.detect(grey, factor, 0, 30, 150)
        expected, _, sums = peer.detectMultiScale3(grey, factor, 0, 0, (30, 30), (150, 150), outputRejectLevels=True)
        found = sorted(map(tuple, np.column_stack([boxes, weights]).tolist()))
        assert found == sorted(map(tuple, np.column_stack([np.reshape(expected, (-1, 4)), np.ravel(sums)]).tolist()))


@pytest.mark.parametrize("name", KINDS)
def test_a_cascade_cut_short_is_the_one_that_opencv_reads_from_its_file(
    pictures: list[np.ndarray], lbp: Path, name: str, tmp_path: Path
) -> None:
    """A table that is cut in a wrong place gives other windows, or a file that OpenCV does not read."""
    cascade = read_cascade(file_of(name, lbp)).first_stages(3)
    write_cascade_xml(tmp_path / "three.xml", cascade)
    peer = cv2.CascadeClassifier(str(tmp_path / "three.xml"))
    expected = opencv(peer, pictures[0], 0)
    assert ours(cascade, pictures[0], 0) == expected
    assert len(expected) > len(ours(read_cascade(file_of(name, lbp)), pictures[0], 0))


@pytest.mark.parametrize("name", KINDS)
def test_threads_do_not_change_the_result(
    pictures: list[np.ndarray], lbp: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cascade = read_cascade(file_of(name, lbp))
    alone = cascade.windows(pictures[-1], 1.1, 0)
    monkeypatch.setattr(numba, "get_num_threads", lambda: 3)  # the bands' order depends on it
    for mine, expected in zip(cascade.windows(pictures[-1], 1.1, 0), alone, strict=True):
        np.testing.assert_array_equal(mine, expected)


def tilted_sum(pixels: np.ndarray, x: int, y: int, width: int, height: int) -> float:
    """Over the pixels of a tilted rectangle, its corner at the top between the pixels x - 1 and x."""
    down, across = np.indices(pixels.shape) - np.array([y, x - 1])[:, None, None]
    right, left = down + across, down - across
    return float(pixels[(right >= 0) & (right < 2 * width) & (left >= 0) & (left < 2 * height)].sum())


def goes_left(cascade: Cascade, node: int, pixels: np.ndarray) -> bool:
    features, inner = cascade.features, pixels[1:-1, 1:-1]
    if isinstance(features, LbpFeatures):
        x, y, w, h = features.cells[node]
        cells = pixels[y : y + 3 * h, x : x + 3 * w].reshape(3, h, 3, w).sum(axis=(1, 3)).ravel()
        code = sum(int(cells[place] >= cells[4]) << 7 - bit for bit, place in enumerate((0, 1, 2, 5, 8, 7, 6, 3)))
        return bool(int(features.subsets[node, code // 32]) >> code % 32 & 1)
    value = 0.0
    for (x, y, w, h), weight in zip(features.rectangles[node], features.weights[node], strict=True):
        sum_of = tilted_sum(pixels, x, y, w, h) if features.tilted[node] else pixels[y : y + h, x : x + w].sum()
        value += weight * sum_of
    return bool(value / (inner.size * inner.std()) < cascade.stages.splits[node])


def slow_score(cascade: Cascade, patch: np.ndarray) -> float:
    """The last stage's sum of a window, -inf where a stage rejects it: straight from the pixels."""
    stages, pixels = cascade.stages, patch.astype(np.float64)
    if isinstance(cascade.features, HaarFeatures) and pixels[1:-1, 1:-1].std() <= 10:
        return -np.inf
    total = 0.0
    for stage, threshold in enumerate(stages.thresholds):
        total = 0.0
        for nodes, leaves in stages.trees_of(stage):
            child = 0
            while True:
                left = goes_left(cascade, nodes.start + child, pixels)
                child = stages.children[nodes.start + child, 0 if left else 1]
                if child <= 0:
                    break
            total += float(stages.leaves[leaves.start - child])
        if total < threshold:
            return -np.inf
    return total


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 6), st.sampled_from(KINDS))
def test_a_window_scores_as_the_definition_says(lbp: Path, seed: int, sigma: float, name: str) -> None:
    cascade = cascade_of(file_of(name, lbp))
    width, height = cascade.window_px
    patch = blurred(np.random.default_rng(seed), height, width, sigma)
    level = Level(np.float32(1), (width, height), 2, 1, 1)
    np.testing.assert_allclose(cascade.scan(level, patch)[0, 0], slow_score(cascade, patch), rtol=1e-5)


@pytest.mark.parametrize("name", KINDS)
def test_windows_that_pass_score_as_the_definition_says(pictures: list[np.ndarray], lbp: Path, name: str) -> None:
    cascade = read_cascade(file_of(name, lbp))
    width, height = cascade.window_px
    passing = 0
    for grey in pictures:
        for scale in (1.0, 1.7, 2.8):
            small = cv2.resize(grey, None, fx=1 / scale, fy=1 / scale)
            rows, columns = small.shape[0] - height + 1, small.shape[1] - width + 1
            scores = cascade.scan(Level(np.float32(1), small.shape[::-1], 1, columns, rows), small)
            places = np.argwhere(scores > -np.inf)[:3]
            for y, x in places:
                expected = slow_score(cascade, small[y : y + height, x : x + width])
                np.testing.assert_allclose(scores[y, x], expected, rtol=1e-5)
            passing += len(places)
    assert passing > 0
