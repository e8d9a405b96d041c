"""What every preprocessing step promises, with its default settings. A new step needs no line here."""

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.image import to_grey
from eigen2arc.core.stages import Preprocessing

STEPS = plugins.plugins("preprocessing")
SIZE_PX = 37  # odd, and no multiple of a tile


@pytest.fixture(params=list(STEPS))
def step(request: pytest.FixtureRequest) -> Preprocessing:
    return plugins.build("preprocessing", request.param)


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    """Smooth patterns in colour under noise, from dark to bright."""
    coarse = rng.integers(0, 200, (5, 10, 10, 3)).repeat(4, axis=1).repeat(4, axis=2)[:, :SIZE_PX, :SIZE_PX]
    light = np.array([0.1, 0.4, 0.7, 1.0, 1.4])[:, None, None, None]
    return (coarse * light + rng.normal(0, 4, coarse.shape)).clip(0, 255).astype(np.uint8)


def test_has_the_method_and_keeps_shape_and_dtype(step: Preprocessing, crops: np.ndarray) -> None:
    assert isinstance(step, Preprocessing)
    out = step.apply(crops)
    assert out.shape == crops.shape and out.dtype == np.uint8
    assert (out != crops).any()


@pytest.mark.parametrize("size_px", [8, 112])
def test_other_sizes_are_as_good(step: Preprocessing, size_px: int, rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (2, size_px, size_px, 3), dtype=np.uint8)
    assert step.apply(crops).shape == crops.shape


def test_grey_stays_exactly_grey(step: Preprocessing, crops: np.ndarray) -> None:
    grey = np.repeat(to_grey(crops)[..., None], 3, axis=3)
    out = step.apply(grey)
    np.testing.assert_array_equal(out[..., 0], out[..., 1])
    np.testing.assert_array_equal(out[..., 0], out[..., 2])


def test_no_crops_give_no_crops(step: Preprocessing, crops: np.ndarray) -> None:
    out = step.apply(crops[:0])
    assert out.shape == (0, SIZE_PX, SIZE_PX, 3) and out.dtype == np.uint8


def test_a_crop_alone_gets_what_it_gets_among_others(step: Preprocessing, crops: np.ndarray) -> None:
    together = step.apply(crops)
    for crop, out in zip(crops, together, strict=True):
        np.testing.assert_array_equal(step.apply(crop[None])[0], out)


def test_the_same_crops_give_the_same_and_stay_untouched(step: Preprocessing, crops: np.ndarray) -> None:
    before = crops.copy()
    first = step.apply(crops)
    np.testing.assert_array_equal(step.apply(crops), first)
    np.testing.assert_array_equal(crops, before)
    assert not np.shares_memory(first, crops)


def test_a_view_is_as_good_as_a_copy(step: Preprocessing, crops: np.ndarray) -> None:
    strided = crops[::2, :, ::-1]
    assert not strided.flags.c_contiguous
    np.testing.assert_array_equal(step.apply(strided), step.apply(strided.copy()))


@pytest.mark.parametrize("level", [0, 1, 77, 128, 254, 255])
def test_what_is_flat_stays_flat(step: Preprocessing, level: int) -> None:
    """Black, white and in between: no division by nothing, no rounding blown up to contrast."""
    out = step.apply(np.full((1, 16, 16, 3), level, np.uint8))
    assert (out == out[0, 0, 0, 0]).all()


@pytest.mark.parametrize("wrong", ["float", "one crop", "grey", "not square"])
def test_other_arrays_are_refused_by_name(step: Preprocessing, crops: np.ndarray, wrong: str) -> None:
    array = {
        "float": crops.astype(np.float32),
        "one crop": crops[0],
        "grey": crops[..., 0],
        "not square": crops[:, 1:],
    }[wrong]
    with pytest.raises(ValueError, match=r"crops: expected .*, got"):
        step.apply(array)


def test_steps_compose_in_either_order(crops: np.ndarray) -> None:
    """Whatever a step puts out, any other takes."""
    for first in STEPS:
        between = plugins.build("preprocessing", first).apply(crops[:2])
        for second in STEPS:
            assert plugins.build("preprocessing", second).apply(between).shape == between.shape
