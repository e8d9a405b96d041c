"""Dense SIFT against its definition, patch by patch and vote by vote, and against the other SIFT at the same place."""

import cv2
import numpy as np
import pytest

from eigen2arc.classical.descriptors.dense_sift import dense_sift, patch_centres, sides_px
from eigen2arc.classical.detect.features.sift import describe_at


def triangle(distance: np.ndarray) -> np.ndarray:
    """The share of a vote that goes to a place so far away: linear interpolation."""
    return np.clip(1 - np.abs(distance), 0, None)


def slowly(image: np.ndarray, top: int, left: int) -> np.ndarray:
    """The descriptor of the 24 x 24 patch at ``top``, ``left``: every pixel's vote for every bin."""
    dx, dy = np.zeros(image.shape), np.zeros(image.shape)
    dx[:, 1:-1] = image[:, 2:] - image[:, :-2]
    dy[1:-1] = image[2:] - image[:-2]
    turn = np.arctan2(dy, dx) / (2 * np.pi) * 8
    rows, columns = np.arange(image.shape[0]), np.arange(image.shape[1])
    values = []
    for i in range(4):
        for j in range(4):
            near = triangle((rows - (top + 6 * i + 2.5)) / 6)[:, None] * triangle((columns - (left + 6 * j + 2.5)) / 6)
            gaussian = np.exp(-((i - 1.5) ** 2 + (j - 1.5) ** 2) / (2 * 2.0**2))
            for direction in range(8):
                apart = (turn - direction + 4) % 8 - 4
                values.append(gaussian * (near * triangle(apart) * np.hypot(dx, dy)).sum())
    sift = np.array(values)
    sift = np.minimum(sift / np.linalg.norm(sift), 0.2)
    return np.sqrt(sift / sift.sum())


@pytest.fixture
def images(rng: np.random.Generator) -> np.ndarray:
    coarse = rng.integers(0, 256, (2, 11, 11), dtype=np.uint8)
    return np.stack([cv2.resize(image, (41, 41), interpolation=cv2.INTER_CUBIC) for image in coarse])


def test_equals_the_definition(images: np.ndarray) -> None:
    """In 41 pixels there is room at 1, 6, 11, 16, with the half of 17 % 5 left over; in the next scale's 29 at 0, 5."""
    got = dense_sift(images, stride_px=5, scales=4)
    assert got.shape == (2, 16 + 4, 128) and got.dtype == np.float32
    for image, descriptors in zip(images, got, strict=True):
        smaller = cv2.resize(image, (29, 29), interpolation=cv2.INTER_AREA).astype(float)
        expected = [slowly(image.astype(float), y, x) for y in (1, 6, 11, 16) for x in (1, 6, 11, 16)]
        expected += [slowly(smaller, y, x) for y in (0, 5) for x in (0, 5)]
        np.testing.assert_allclose(descriptors, expected, atol=1e-5)


def test_the_centres_are_those_of_the_patches() -> None:
    centres = patch_centres(41, stride_px=5, scales=4)
    line, smaller = (np.array([1, 6, 11, 16]) + 12) / 41 - 0.5, (np.array([0, 5]) + 12) / 29 - 0.5
    expected = [(x, y) for y in line for x in line] + [(x, y) for y in smaller for x in smaller]
    np.testing.assert_allclose(centres, expected, atol=1e-6)


def test_is_nearly_lowes_with_the_gaussian_pixel_by_pixel(images: np.ndarray) -> None:
    got = dense_sift(images, stride_px=1, scales=1).reshape(2, 18, 18, 128)[:, 3, 7]
    lowe = describe_at(images, np.array([[3 + 11.5, 7 + 11.5]]), bin_px=6.0)[:, 0]
    rooted = np.sqrt(lowe / lowe.sum(axis=1, keepdims=True))
    assert (np.sum(got * rooted, axis=1) > 0.995).all()


def test_ignores_brightness_and_contrast(rng: np.random.Generator) -> None:
    dark = rng.integers(0, 100, (1, 40, 40), dtype=np.uint8)
    np.testing.assert_allclose(dense_sift(dark * 2 + 30, 4, 1), dense_sift(dark, 4, 1), atol=1e-5)


def test_length_is_one_but_nothing_to_see_is_all_zeros(images: np.ndarray) -> None:
    np.testing.assert_allclose(np.linalg.norm(dense_sift(images, 4, 2), axis=2), 1, atol=1e-5)
    assert not dense_sift(np.full((1, 40, 40), 77, np.uint8), 4, 2).any()


def test_a_mirrored_picture_has_mirrored_descriptors(images: np.ndarray) -> None:
    upright = dense_sift(images[:, :40, :40], 4, 1).reshape(2, 5, 5, 4, 4, 8)
    mirrored = dense_sift(images[:, :40, :40][:, :, ::-1], 4, 1).reshape(2, 5, 5, 4, 4, 8)
    turned = mirrored[:, :, ::-1, :, ::-1][..., (4 - np.arange(8)) % 8]
    np.testing.assert_allclose(turned, upright, atol=1e-5)


def test_scales_without_room_for_a_patch_are_left_out() -> None:
    assert sides_px(112, 5) == [112, 79, 56, 40, 28]
    assert sides_px(112, 9) == [112, 79, 56, 40, 28]
    with pytest.raises(ValueError, match="crops: SIFT describes patches of 24 x 24 pixels, got 23 x 23"):
        sides_px(23, 1)


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match="images: expected shape"):
        dense_sift(np.zeros((2, 40, 41), np.uint8), 4, 1)
