"""The engine against cv2.CascadeClassifier, window by window, and against plain sums over pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.cascade import Cascade
from eigen2arc.classical.cascade_xml import FOLDER, read_cascade
from eigen2arc.classical.integral_image import integral_images
from eigen2arc.classical.pyramid import Level
from eigen2arc.core import image as images
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

FRONTAL = [f"frontalface_{name}" for name in ("default", "alt", "alt2", "alt_tree")]
NAMES = [f"haarcascade_{name}.xml" for name in (*FRONTAL, "eye", "profileface", "frontalcatface")]


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


def opencv(name: str, grey: np.ndarray, neighbours: int) -> list[tuple[float, ...]]:
    peer = cv2.CascadeClassifier(str(FOLDER / name))
    boxes, _, weights = peer.detectMultiScale3(grey, 1.1, neighbours, outputRejectLevels=True)
    return sorted(map(tuple, np.column_stack([np.reshape(boxes, (-1, 4)), np.ravel(weights)]).tolist()))


@pytest.mark.parametrize("name", NAMES)
def test_windows_are_those_of_opencv(rng: np.random.Generator, pictures: list[np.ndarray], name: str) -> None:
    noise = [blurred(rng, height, width, sigma) for height, width, sigma in ((61, 83, 1.5), (120, 71, 3), (97, 98, 2))]
    cascade = read_cascade(name)
    found = dict.fromkeys((0, 1, 2), 0)
    for grey in pictures + noise:
        for neighbours in found:
            expected = opencv(name, grey, neighbours)
            assert ours(cascade, grey, neighbours) == expected
            found[neighbours] += len(expected)
    # Nothing is compared where OpenCV finds nothing, either.
    assert found[0] > 0
    assert found[1] > 0


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_windows_are_those_of_opencv_on_photographs(data_root: Path, name: str) -> None:
    files = sorted((data_root / "fddb").rglob("*.jpg"))[:200:50]
    cascade, found = read_cascade(name), 0
    for path in files:
        grey = cv2.cvtColor(images.read(path), cv2.COLOR_RGB2GRAY)
        for neighbours in (0, 2):
            expected = opencv(name, grey, neighbours)
            assert ours(cascade, grey, neighbours) == expected
            found += len(expected)
    assert found > 0


def test_integral_images(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (13, 17), dtype=np.uint8)
    ii, squares = integral_images(image)
    wide = np.pad(image.astype(np.int64), ((1, 0), (1, 0)))
    np.testing.assert_array_equal(ii, wide.cumsum(0).cumsum(1))
    np.testing.assert_array_equal(squares, (wide**2).cumsum(0).cumsum(1))
    np.testing.assert_array_equal(ii, cv2.integral(image))


def slow_score(cascade: Cascade, patch: np.ndarray) -> float:
    """The last stage's sum of a window, -inf where a stage rejects it: straight from the pixels."""
    stages, pixels = cascade.stages, patch.astype(np.float64)
    inner = pixels[1:-1, 1:-1]
    if inner.std() <= 10:
        return -np.inf
    leaf = 0
    total = 0.0
    for s, threshold in enumerate(stages.thresholds):
        total = 0.0
        for t in range(stages.first_tree[s], stages.first_tree[s + 1]):
            first, count = stages.first_node[t], stages.first_node[t + 1] - stages.first_node[t]
            child = 0
            while True:
                value = sum(
                    w * pixels[y : y + h, x : x + b].sum()
                    for (x, y, b, h), w in zip(
                        cascade.features.rectangles[first + child], cascade.features.weights[first + child], strict=True
                    )
                )
                right = value / (inner.size * inner.std()) >= stages.splits[first + child]
                child = stages.children[first + child, int(right)]
                if child <= 0:
                    break
            total += float(stages.leaves[leaf - child])
            leaf += count + 1
        if total < threshold:
            return -np.inf
    return total


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 6), st.sampled_from(NAMES))
def test_a_window_scores_as_the_definition_says(seed: int, sigma: float, name: str) -> None:
    cascade = read_cascade(name)
    width, height = cascade.window_px
    patch = blurred(np.random.default_rng(seed), height, width, sigma)
    level = Level(np.float32(1), (width, height), 2, 1, 1)
    np.testing.assert_allclose(cascade.scan(level, patch)[0, 0], slow_score(cascade, patch), rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_windows_that_pass_score_as_the_definition_says(pictures: list[np.ndarray], name: str) -> None:
    cascade = read_cascade(name)
    width, height = cascade.window_px
    passing = 0
    for grey in pictures:
        for scale in (1.0, 1.3, 1.7, 2.2, 2.8):
            small = cv2.resize(grey, None, fx=1 / scale, fy=1 / scale)
            rows, columns = small.shape[0] - height + 1, small.shape[1] - width + 1
            scores = cascade.scan(Level(np.float32(1), small.shape[::-1], 1, columns, rows), small)
            places = np.argwhere(scores > -np.inf)[:4]
            for y, x in places:
                expected = slow_score(cascade, small[y : y + height, x : x + width])
                np.testing.assert_allclose(scores[y, x], expected, rtol=1e-5)
            passing += len(places)
    assert passing > 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</cascade>", "", "mismatched"),
        ('<?xml version="1.0"?>', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>', "DTD"),
        ("0 -1 0 ", "0 -1 99999 ", "feature"),
        ("0 -1 0 ", "1 -1 0 ", "child"),
        ("<height>24</height>", "<height>-4</height>", "height"),
        ("<featureType>HAAR", "<featureType>LBP", "LBP"),
        ("<rects>", "<tilted>1</tilted><rects>", "tilted"),
        ("6 4 12 9 -1.", "6 4 120 9 -1.", "width"),
        ("6 4 12 9 -1.", "6 4 12 9 nan", "rectangle"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (FOLDER / NAMES[0]).read_text()
    assert old in text
    path = tmp_path / "broken.xml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=f"(?s)broken.xml.*{message}"):
        read_cascade(path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.99999])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    text = (FOLDER / NAMES[0]).read_bytes()
    path = tmp_path / "broken.xml"
    path.write_bytes(text[: int(len(text) * share)])
    with pytest.raises(UserError, match=r"broken\.xml"):
        read_cascade(path)


@pytest.mark.parametrize("name", ["haarcascade_smile.xml", "haarcascade_license_plate_rus_16stages.xml", "nothing.xml"])
def test_other_kinds_are_refused_by_name(name: str) -> None:
    with pytest.raises(UserError, match=name):
        read_cascade(name)
