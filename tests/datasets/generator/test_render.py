"""Pictures: the same bytes again, and every factor does what it says, measured on the pixels."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from eigen2arc.datasets.generator.contact_sheet import CAPTION_PX, COLUMNS, contact_sheet
from eigen2arc.datasets.generator.factors import Factors, sample_factors
from eigen2arc.datasets.generator.head import head_of
from eigen2arc.datasets.generator.identity import sample_identity
from eigen2arc.datasets.generator.render import render
from eigen2arc.datasets.generator.shape import shape_of
from eigen2arc.datasets.generator.truth import truth

PERSON = sample_identity(22)  # light skin, fair hair, no beard: the factors show best


def patch(rendered, point, half=3):
    """Mean colour (3,) around a point."""
    x, y = np.rint(point).astype(int)
    return rendered.image[y - half : y + half + 1, x - half : x + half + 1].reshape(-1, 3).mean(axis=0)


def sharpness(image):
    return cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var()


def test_same_arguments_same_bytes_with_nothing_remembered():
    factors = sample_factors(np.random.default_rng(3), 0.8)
    first = render(PERSON, factors)
    head_of.cache_clear()
    shape_of.cache_clear()
    again = render(PERSON, factors)
    assert first.image.tobytes() == again.image.tobytes()
    np.testing.assert_array_equal(first.box, again.box)
    assert first.image.shape == (160, 160, 3) and first.image.dtype == np.uint8


def test_threads_draw_the_same_images():
    """Runs draw synthetic people in threads; two of them may build the same head at once."""
    rng = np.random.default_rng(1)
    asked = [(sample_identity(seed), sample_factors(rng)) for seed in (5, 5, 9)]
    head_of.cache_clear()
    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(lambda who_and_how: render(*who_and_how, size_px=64), asked))
    for one, (person, factors) in zip(drawn, asked, strict=True):
        assert one.image.tobytes() == render(person, factors, size_px=64).image.tobytes()


def test_the_truth_comes_with_the_picture():
    factors = Factors(yaw_deg=15.0, expression=0.5)
    rendered, known = render(PERSON, factors, size_px=200), truth(PERSON, factors, size_px=200)
    np.testing.assert_array_equal(rendered.box, known.box)
    np.testing.assert_array_equal(rendered.landmarks, known.landmarks)


def test_pupils_are_dark_and_where_the_truth_says():
    rendered = render(PERSON, Factors(), size_px=320)
    grey = cv2.cvtColor(rendered.image, cv2.COLOR_RGB2GRAY).astype(float)
    rows, columns = np.mgrid[:320, :320] + 0.5
    for x, y in rendered.landmarks[:2]:
        near = np.hypot(rows - y, columns - x) < 6.0  # within the iris
        pupil = near & (grey < grey[near].min() + 25.0)
        assert grey[near].min() < 50.0
        assert np.hypot(rows[pupil].mean() - y, columns[pupil].mean() - x) < 3.0


def test_light_comes_from_the_side_that_is_named():
    def right_over_left(azimuth):
        rendered = render(PERSON, Factors(light_azimuth_deg=azimuth, ambient_level=0.2))
        nose, eyes = rendered.landmarks[2], rendered.landmarks[:2]
        cheeks = [patch(rendered, [eye[0], nose[1]]).mean() for eye in eyes]
        return cheeks[1] / cheeks[0]

    assert right_over_left(50.0) > 1.3 and right_over_left(-50.0) < 1.0 / 1.3
    assert right_over_left(0.0) == pytest.approx(1.0, abs=0.15)


def test_light_strength_brightens():
    bright = [render(PERSON, Factors(light_strength=s), size_px=64).image.mean() for s in (0.4, 0.8, 1.2)]
    assert bright[0] < bright[1] < bright[2]


@pytest.mark.parametrize(
    ("change", "points", "least"),
    [
        ({"eyes_closed": 1.0}, [0, 1], 15.0),
        ({"glasses": 3}, [0, 1], 15.0),
        ({"mask": 1.0}, [3, 4], 25.0),
        ({"hand": 1.0}, [2], 5.0),
    ],
    ids=["eyes closed", "sunglasses", "mask", "hand"],
)
def test_what_is_covered_changes_and_the_rest_does_not(change, points, least):
    plain, changed = render(PERSON, Factors()), render(PERSON, Factors(**change))
    for k in points:
        difference = np.abs(patch(plain, plain.landmarks[k], 2) - patch(changed, plain.landmarks[k], 2)).max()
        assert difference > least
    forehead = slice(int(plain.box[1]) + 2, int(plain.box[1]) + 10)
    np.testing.assert_allclose(plain.image[forehead, 70:90], changed.image[forehead, 70:90], atol=3)


def test_wire_and_thick_glasses_differ_and_unknown_ones_are_refused():
    wire, thick = (render(PERSON, Factors(glasses=kind)).image.astype(int) for kind in (1, 2))
    assert np.abs(wire - thick).max() > 40
    with pytest.raises(ValueError, match="glasses must be 0.*got 9"):
        render(PERSON, Factors(glasses=9))


def test_age_greys_the_hair_and_wrinkles_the_forehead():
    dark = sample_identity(3)
    young, old = (render(dark, Factors(age_years=age), size_px=320) for age in (28.0, 78.0))
    x1, y1, x2, _ = young.box
    crown = np.s_[int(y1) - 40 : int(y1) - 25, int((x1 + x2) / 2) - 30 : int((x1 + x2) / 2) + 30]
    assert old.image[crown].mean() > young.image[crown].mean() + 40.0
    brow = np.s_[int(y1) + 12 : int(y1) + 40, int((x1 + x2) / 2) - 25 : int((x1 + x2) / 2) + 25]
    assert sharpness(old.image[brow]) > 1.3 * sharpness(young.image[brow])


def test_blur_and_resolution_take_sharpness_and_noise_adds_its_deviation():
    plain = render(PERSON, Factors())
    blurred = [sharpness(render(PERSON, Factors(blur_px=b)).image) for b in (0.7, 1.5, 3.0)]
    assert sharpness(plain.image) > blurred[0] > blurred[1] > blurred[2]
    assert sharpness(render(PERSON, Factors(resolution_px=40)).image) < 0.5 * sharpness(plain.image)
    noisy = render(PERSON, Factors(noise_sigma=8.0)).image.astype(float) - plain.image
    inside = (plain.image > 40) & (plain.image < 215)  # where nothing is clipped
    assert noisy[inside].std() == pytest.approx(8.0, rel=0.05)


def test_jpeg_costs_little_at_high_quality_and_more_at_low():
    plain = render(PERSON, Factors()).image.astype(float)
    error = [np.abs(render(PERSON, Factors(jpeg_quality=q)).image - plain).mean() for q in (95, 60, 15)]
    assert 0.0 < error[0] < error[1] < error[2]


def test_backgrounds_differ_and_leave_the_face_alone():
    one, two = render(PERSON, Factors(background=1)), render(PERSON, Factors(background=2))
    assert np.abs(one.image[:20, :20].astype(int) - two.image[:20, :20]).mean() > 5.0
    np.testing.assert_array_equal(patch(one, one.landmarks[2]), patch(two, two.landmarks[2]))


def test_too_small_a_picture_is_refused():
    with pytest.raises(ValueError, match="size_px must be at least 16, got 8"):
        render(PERSON, size_px=8)


def test_the_contact_sheet_has_a_row_per_person():
    sheet = contact_sheet([5], tile_px=32)
    assert sheet.shape == (CAPTION_PX + 32, 32 * len(COLUMNS), 3)
    assert sheet[CAPTION_PX:].std() > 20.0
