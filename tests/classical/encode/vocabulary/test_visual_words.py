"""Visual words against plain distances, and their pyramid against a loop over cells."""

import numpy as np
import pytest

from eigen2arc.classical.encode.vocabulary.visual_words import fit_words, nearest_words, pyramid_histograms
from eigen2arc.core.errors import UserError


def test_the_vocabulary_is_what_the_samples_gather_around(rng: np.random.Generator) -> None:
    true = np.eye(6, dtype=np.float32) * 10
    samples = (true[rng.integers(0, 6, 600)] + rng.normal(0, 0.3, (600, 6))).astype(np.float32)
    words = fit_words(samples, 6, seed=0)
    assert words.dtype == np.float32
    np.testing.assert_allclose(words[np.argmax(words, axis=0)], true, atol=0.3)
    np.testing.assert_array_equal(words, fit_words(samples, 6, seed=0))


def test_fewer_different_descriptors_than_words(rng: np.random.Generator) -> None:
    with pytest.raises(UserError, match="vocabulary of 5 words needs .* got 4"):
        fit_words(rng.normal(size=(4, 3)).astype(np.float32).repeat(3, axis=0), 5, seed=0)


def test_the_nearest_word_is_the_one_at_the_least_distance(rng: np.random.Generator) -> None:
    x, vocabulary = rng.normal(size=(3, 40, 8)).astype(np.float32), rng.normal(size=(15, 8)).astype(np.float32)
    distance = np.linalg.norm(x[:, :, None] - vocabulary, axis=3)
    np.testing.assert_array_equal(nearest_words(x, vocabulary), distance.argmin(axis=2))


def test_equals_a_loop_over_the_cells(rng: np.random.Generator) -> None:
    words, centres = rng.integers(0, 7, (4, 50)), rng.uniform(-0.5, 0.5, (50, 2))
    histograms = pyramid_histograms(words, centres, 7, levels=2)
    assert histograms.dtype == np.float32 and histograms.shape == (4, 7 * 21)
    for numbers, histogram in zip(words, histograms, strict=True):
        slow = []
        for side, weight in ((1, 1 / 4), (2, 1 / 4), (4, 1 / 2)):
            edges = np.linspace(-0.5, 0.5, side + 1)
            for row in range(side):
                for column in range(side):
                    inside = (edges[column] <= centres[:, 0]) & (centres[:, 0] < edges[column + 1])
                    inside &= (edges[row] <= centres[:, 1]) & (centres[:, 1] < edges[row + 1])
                    slow += [weight * np.sum(numbers[inside] == word) / 50 for word in range(7)]
        np.testing.assert_allclose(histogram, slow, atol=1e-6)


def test_every_pyramid_sums_to_one_and_level_0_is_the_plain_bag(rng: np.random.Generator) -> None:
    words, centres = rng.integers(0, 7, (4, 50)), rng.uniform(-0.5, 0.5, (50, 2))
    for levels in range(4):
        np.testing.assert_allclose(pyramid_histograms(words, centres, 7, levels).sum(axis=1), 1, rtol=1e-5)
    plain = np.stack([np.bincount(numbers, minlength=7) for numbers in words]) / 50
    np.testing.assert_allclose(pyramid_histograms(words, centres, 7, 0), plain, atol=1e-6)
