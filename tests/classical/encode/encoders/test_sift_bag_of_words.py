"""Bag of SIFT words: one face word by word, what a shift does to it, and what it refuses."""

import numpy as np
import pytest

from eigen2arc.classical.descriptors.dense_sift import dense_sift, patch_centres
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

SMALL = {"words": 9, "scales": 2, "samples": 500}


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (10, 10, 10, 3), dtype=np.uint8).repeat(4, axis=1).repeat(4, axis=2)


def test_equals_counting_word_by_word(crops: np.ndarray) -> None:
    encoder = build("encoder", "sift_bag_of_words", levels=1, **SMALL).fit(crops, np.zeros(10))
    vectors = encoder.encode(crops)
    assert vectors.shape == (10, 9 * 5)
    for crop, vector in zip(grey(crops), vectors, strict=True):
        slow = np.zeros((5, 9))
        patches = list(zip(dense_sift(crop[None], 4, 2)[0], patch_centres(40, 4, 2), strict=True))
        for descriptor, (x, y) in patches:
            word = np.linalg.norm(descriptor - encoder.vocabulary_, axis=1).argmin()
            slow[0, word] += 0.5
            slow[1 + 2 * (y >= 0) + (x >= 0), word] += 0.5
        np.testing.assert_allclose(vector, slow.ravel() / len(patches), atol=1e-6)


def test_the_plain_bag_forgets_where_and_the_pyramid_does_not(rng: np.random.Generator) -> None:
    crops = np.full((8, 96, 96, 3), 128, np.uint8)
    crops[:, 40:48, 28:36] = rng.integers(0, 256, (8, 2, 2, 1), dtype=np.uint8).repeat(4, axis=1).repeat(4, axis=2)
    moved = np.roll(crops, 32, axis=2)
    plain, pyramid = (
        build("encoder", "sift_bag_of_words", levels=levels, words=9, scales=1).fit(crops, np.zeros(8))
        for levels in (0, 2)
    )
    np.testing.assert_array_equal(plain.encode(moved), plain.encode(crops))
    assert (np.abs(pyramid.encode(moved) - pyramid.encode(crops)).sum(axis=1) > 0.1).all()


def test_too_few_descriptors_for_the_words(crops: np.ndarray) -> None:
    with pytest.raises(UserError, match="vocabulary of 200 words needs .* got 29: give more images, or fewer words"):
        build("encoder", "sift_bag_of_words").fit(crops[:1], np.zeros(1))
