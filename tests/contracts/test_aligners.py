"""What every aligner promises."""

from importlib.util import find_spec

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.align import TEMPLATE_112, dlib_points
from eigen2arc.core.stages import Aligner
from eigen2arc.core.types import Faces

NO_DLIB = pytest.mark.skipif(find_spec("dlib") is None, reason="dlib is not installed: the extra dlib brings it")
ALIGNERS = [
    pytest.param(name, marks=NO_DLIB) if name == "dlib_landmarks" else name for name in plugins.plugins("aligner")
]

#: Where each puts those of the five points that it uses, in a crop of its usual size: exactly for up to two, in the
#: least-squares sense for more. dlib_landmarks finds points of its own.
TEMPLATES = {
    "five_point": TEMPLATE_112,
    "eyes": TEMPLATE_112[:2],
    "dlib_chip": dlib_points(150),
    "box": np.zeros((0, 2)),
    "dlib_landmarks": np.zeros((0, 2)),
}


@pytest.fixture(params=ALIGNERS)
def aligner(request: pytest.FixtureRequest) -> Aligner:
    return plugins.build("aligner", request.param)


@pytest.fixture
def image(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (150, 200, 3), dtype=np.uint8)


def turned_face(
    scale: float, angle_rad: float, shift_px: tuple[float, float], template: np.ndarray = TEMPLATE_112
) -> np.ndarray:
    """(5, 2) points: the template's, turned, scaled and shifted, which a similarity transform can undo exactly."""
    turn = np.array([[np.cos(angle_rad), -np.sin(angle_rad)], [np.sin(angle_rad), np.cos(angle_rad)]])
    return scale * template @ turn.T + shift_px


def around(points: np.ndarray) -> Faces:
    box = [*points.min(axis=0) - 20, *points.max(axis=0) + 20]
    return Faces(np.array([box]), np.ones(1), points[None])


@pytest.mark.parametrize("size_px", [112, 37])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_shape_and_dtype(aligner: Aligner, image: np.ndarray, size_px: int, count: int) -> None:
    name = type(aligner).__module__.rpartition(".")[2]
    sized = plugins.build("aligner", name, size_px=size_px)
    points = np.stack([turned_face(0.5, 0.1 * k, (40 + 9 * k, 30)) for k in range(count)] or [np.zeros((5, 2))])[:count]
    boxes = np.array([[30 + 9 * k, 20, 90 + 9 * k, 100] for k in range(count)], dtype=float).reshape(count, 4)
    crops = sized.align(image, Faces(boxes, np.ones(count), points))
    assert sized.size_px == size_px
    assert crops.shape == (count, size_px, size_px, 3) and crops.dtype == np.uint8


def test_a_face_is_cut_alike_alone_and_among_others(aligner: Aligner, image: np.ndarray) -> None:
    boxes = np.array([[10, 10, 80, 90], [60, 40, 150, 140], [0, 0, 40, 40]], dtype=float)
    faces = Faces(boxes, np.ones(3))
    together = aligner.align(image, faces)
    for i in range(3):
        np.testing.assert_array_equal(aligner.align(image, faces[[i]])[0], together[i])


@pytest.mark.parametrize("name", plugins.plugins("aligner"))
def test_points_land_on_the_template(name: str) -> None:
    """A bright dot at each point is found again where the template has that point."""
    assert name in TEMPLATES, f"aligner {name} has no line in TEMPLATES"
    template = TEMPLATES[name]
    used = np.flatnonzero(np.isfinite(template).all(axis=1))
    points = np.full((5, 2), 120.0)
    points[used] = turned_face(1.1, 0.4, (90, 20), template[used])
    for point, target in zip(points[used], template[used], strict=True):
        y, x = np.mgrid[0:260, 0:280]
        dot = 255 * np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / (2 * 3.0**2))
        crop = plugins.build("aligner", name).align(np.repeat(dot[..., None], 3, 2).astype(np.uint8), around(points))[0]
        weight = crop[..., 0].astype(float)
        v, u = np.mgrid[0 : len(crop), 0 : len(crop)]
        found = [(u * weight).sum() / weight.sum(), (v * weight).sum() / weight.sum()]
        np.testing.assert_allclose(found, target, atol=0.3)


def test_without_points_the_box_decides(aligner: Aligner, image: np.ndarray) -> None:
    boxes = np.array([[20.0, 10.0, 100.0, 118.0]])
    bare = aligner.align(image, Faces(boxes, np.ones(1)))
    unknown = aligner.align(image, Faces(boxes, np.ones(1), np.full((1, 5, 2), np.nan)))
    assert bare.any()
    np.testing.assert_array_equal(unknown, bare)


def test_one_unknown_point_does_not_spoil_the_crop(aligner: Aligner, image: np.ndarray) -> None:
    fitting = TEMPLATE_112 if aligner.size_px == 112 else dlib_points(112)
    points = np.nan_to_num(turned_face(1.0, 0.2, (40, 10), fitting), nan=60.0)
    whole = aligner.align(image, around(points))
    box = around(points).boxes
    points[3] = np.nan
    with_gap = aligner.align(image, Faces(box, np.ones(1), points[None]))
    assert np.abs(with_gap.astype(int) - whole).mean() < 2  # the other four say the same


def test_a_box_without_extent_gives_a_black_crop(aligner: Aligner, image: np.ndarray) -> None:
    crops = aligner.align(image, Faces(np.array([[50.0, 50.0, 50.0, 50.0]]), np.ones(1)))
    assert crops.shape[0] == 1 and not crops.any()


def test_a_face_outside_the_image_gives_a_black_crop(aligner: Aligner, image: np.ndarray) -> None:
    assert not aligner.align(image, Faces(np.array([[-300.0, -300.0, -200.0, -200.0]]), np.ones(1))).any()


def test_the_image_stays_untouched(aligner: Aligner, image: np.ndarray) -> None:
    before = image.copy()
    aligner.align(image, Faces(np.array([[-10.0, 5.0, 90.0, 120.0]]), np.ones(1)))
    np.testing.assert_array_equal(image, before)
