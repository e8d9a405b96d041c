import cv2
import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.align import TEMPLATE_112, TEMPLATE_BOX_112, points_in_boxes, template_points
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces


def dots(points: np.ndarray) -> np.ndarray:
    """Soft white dots at some points of a black image."""
    y, x = np.mgrid[:240, :240]
    image = sum(np.exp(-((x - px) ** 2 + (y - py) ** 2) / 18) for px, py in points)
    return np.repeat((image * 255).clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def turned(degrees: float, scale: float) -> np.ndarray:
    angle = np.deg2rad(degrees)
    rotation = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (TEMPLATE_112 - 56) @ rotation.T + 120


def brightest(crop: np.ndarray, near: np.ndarray) -> np.ndarray:
    """The centre of mass of the light within 8 pixels of a point."""
    y, x = np.mgrid[: crop.shape[0], : crop.shape[1]]
    light = crop[:, :, 0] * ((x - near[0]) ** 2 + (y - near[1]) ** 2 < 64)
    return np.array([(x * light).sum(), (y * light).sum()]) / light.sum()


@pytest.mark.parametrize("degrees", [0, 25, -70, 180])
@pytest.mark.parametrize(("aligner", "used"), [("five_point", 5), ("eyes", 2)])
def test_points_land_on_the_template(aligner: str, used: int, degrees: float) -> None:
    points = turned(degrees, 1.3)
    faces = Faces([[0, 0, 240, 240]], [1], points[None])
    crop = plugins.build("aligner", aligner).align(dots(points), faces)[0]
    for target in TEMPLATE_112[:used]:
        assert np.abs(brightest(crop, target) - target).max() < 0.3


@pytest.mark.parametrize(("size_px", "zoom"), [(112, 0.7), (150, 0.6), (80, 1.25)])
@pytest.mark.parametrize(("aligner", "used"), [("five_point", 5), ("eyes", 2)])
def test_a_zoomed_face_lies_where_template_points_says(aligner: str, used: int, size_px: int, zoom: float) -> None:
    points = turned(15, 1.3)
    crop = plugins.build("aligner", aligner, size_px=size_px, zoom=zoom).align(
        dots(points), Faces([[0, 0, 240, 240]], [1], points[None])
    )[0]
    for target in template_points(size_px, zoom)[:used]:
        assert np.abs(brightest(crop, target) - target).max() < 0.4


def test_template_points_shrink_about_the_middle_of_the_crop() -> None:
    np.testing.assert_array_equal(template_points(112), TEMPLATE_112)
    np.testing.assert_array_equal(template_points(224), TEMPLATE_112 * 2)
    from_the_middle = (template_points(160) - 80) * 0.5
    np.testing.assert_allclose(template_points(160, 0.5) - 80, from_the_middle, atol=1e-12)


@pytest.mark.parametrize("wrong", [{"zoom": 0.0}, {"zoom": -1.0}, {"zoom": float("nan")}, {"size_px": 0}])
@pytest.mark.parametrize("aligner", ["five_point", "eyes"])
def test_a_crop_without_a_face_is_refused(aligner: str, wrong: dict[str, float]) -> None:
    with pytest.raises(UserError, match=f"{aligner}: {next(iter(wrong))} = .*: expected "):
        plugins.build("aligner", aligner, **wrong)


def test_unknown_points_are_left_out_and_boxes_stand_in() -> None:
    points = turned(10, 1.3)
    missing = points.copy()
    missing[2:] = np.nan
    known = plugins.build("aligner", "five_point").align(dots(points), Faces([[0, 0, 9, 9]], [1], missing[None]))
    eyes = plugins.build("aligner", "eyes").align(dots(points), Faces([[0, 0, 9, 9]], [1], points[None]))
    np.testing.assert_array_equal(known, eyes)

    box = np.array([[40.0, 40, 200, 220]])
    expected = points_in_boxes(box)
    blind = Faces(box, [1], np.full((1, 5, 2), np.nan))
    for aligner in ("five_point", "eyes"):
        crops = plugins.build("aligner", aligner).align(dots(expected[0]), blind)
        seen = plugins.build("aligner", aligner).align(dots(expected[0]), Faces(box, [1], expected))
        assert np.abs(crops.astype(int) - seen).max() <= 1


def test_the_template_s_own_box_gives_the_template() -> None:
    np.testing.assert_allclose(points_in_boxes(TEMPLATE_BOX_112[None])[0], TEMPLATE_112)


def test_box_without_margin_is_the_box(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (60, 50, 3), dtype=np.uint8)
    crop = plugins.build("aligner", "box", size_px=24).align(image, Faces([[10, 20, 34, 44]], [1]))[0]
    np.testing.assert_array_equal(crop, image[20:44, 10:34])


def test_a_stretched_box_fills_the_crop(rng: np.random.Generator) -> None:
    """Every pixel twice as wide and three times as high: the nearest whole pixels' means of a bilinear sampling."""
    image = rng.integers(0, 256, (60, 50, 3), dtype=np.uint8)
    box = Faces([[10, 20, 34, 36]], [1])
    crop = plugins.build("aligner", "box", size_px=48, stretch=True).align(image, box)[0]
    large = cv2.resize(image, (100, 180), interpolation=cv2.INTER_LINEAR)[60:108, 20:68]
    assert np.abs(crop.astype(int) - large).max() <= 4  # both round their weights
    square = plugins.build("aligner", "box", size_px=48).align(image[20:36, 10:34], Faces([[0, 0, 24, 16]], [1]))[0]
    assert not square[:7].any() and not square[-7:].any()  # what the stretched one does without: bars


def test_a_stretched_square_is_a_square(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (60, 50, 3), dtype=np.uint8)
    faces = Faces([[5, 5, 40, 40]], [1])
    crops = [
        plugins.build("aligner", "box", margin=0.1, stretch=stretch).align(image, faces) for stretch in (False, True)
    ]
    np.testing.assert_array_equal(*crops)


@pytest.mark.parametrize("aligner", ["five_point", "eyes", "dlib_chip", "box"])
def test_a_box_without_extent_gives_a_black_crop(aligner: str) -> None:
    image = np.full((30, 30, 3), 255, np.uint8)
    assert not plugins.build("aligner", aligner, size_px=16).align(image, Faces([[5, 5, 5, 5]], [1])).any()
