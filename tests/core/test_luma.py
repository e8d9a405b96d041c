"""The convention for colour: chroma stays, grey stays grey, what does not fit is cut off."""

import cv2
import numpy as np
import pytest

from eigen2arc.core.image import to_grey
from eigen2arc.core.luma import LOG_RATIO_RANGE, from_signed, on_channels, on_luma, to_uint8


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(60, 190, (3, 12, 12, 3), dtype=np.uint8)


def test_the_luma_becomes_what_the_step_says_and_the_chroma_stays(crops: np.ndarray) -> None:
    out = on_luma(crops, lambda grey: grey + 20.4)
    np.testing.assert_allclose(to_grey(out), to_grey(crops) + 20.0, atol=1)
    before, after = (
        cv2.cvtColor(a.reshape(-1, 12, 3).astype(np.float32), cv2.COLOR_RGB2YCrCb)[..., 1:] for a in (crops, out)
    )
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_a_step_sees_one_luma_at_a_time(crops: np.ndarray) -> None:
    seen: list[np.ndarray] = []
    on_luma(crops, lambda grey: seen.append(grey.copy()) or grey)
    np.testing.assert_array_equal(np.stack(seen), to_grey(crops))


def test_a_grey_crop_gets_exactly_the_new_luma() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    crops = np.repeat(grey[..., None], 3, axis=3)
    out = on_luma(crops, lambda y: y[::-1])
    np.testing.assert_array_equal(out, np.repeat(grey[:, ::-1, :, None], 3, axis=3))


def test_what_does_not_fit_is_cut_off() -> None:
    red = np.full((1, 2, 2, 3), (250, 10, 10), np.uint8)
    luma = int(to_grey(red)[0, 0, 0])
    lifted = on_luma(red, lambda y: np.full(y.shape, luma + 30))
    np.testing.assert_array_equal(lifted[0, 0, 0], [255, 40, 40])


def test_channels_are_handed_over_together(crops: np.ndarray) -> None:
    np.testing.assert_array_equal(on_channels(crops[:, :, ::-1], lambda crop: 255 - crop), 255 - crops[:, :, ::-1])


def test_numbers_become_the_nearest_grey_level() -> None:
    np.testing.assert_array_equal(to_uint8(np.array([-7.0, 0.4, 0.6, 254.6, 300.0])), [0, 0, 1, 255, 255])


def test_signed_values_have_their_zero_at_128() -> None:
    most = LOG_RATIO_RANGE
    np.testing.assert_array_equal(to_uint8(from_signed(np.array([-2 * most, -most, 0, most, 2 * most]), most)),
                                  [0, 1, 128, 255, 255])  # fmt: skip
    np.testing.assert_array_equal(to_uint8(from_signed(np.array([-1e-9, 1e-9]), most)), 128)
