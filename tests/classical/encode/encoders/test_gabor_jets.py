"""Gabor jets by a loop over points and kernels, and the mean similarity of jets as the cosine of their vectors."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from eigen2arc.classical.descriptors.gabor_kernel import gabor_kernels
from eigen2arc.classical.encode.encoders.gabor_jets import SHORTEST, landmarks
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.align import TEMPLATE_112
from eigen2arc.core.plugins import build


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (3, 28, 28, 3), dtype=np.uint8)


def slow_jet(image: np.ndarray, x: int, y: int) -> np.ndarray:
    """(40,): sums over a window around the point, mirrored at the border."""
    reach = 56
    around = np.pad(image.astype(float), reach, mode="symmetric")[y : y + 2 * reach + 1, x : x + 2 * reach + 1]
    jet = np.abs([(around * kernel.sampled()).sum() for kernel in gabor_kernels(5, 8, np.pi, reach)])
    return np.asarray(jet / np.linalg.norm(jet))


def test_equals_a_loop_over_the_points_of_a_grid(crops: np.ndarray) -> None:
    vectors = build("encoder", "gabor_jets", grid=4, sigma_rad=np.pi).encode(crops)
    middles = [3, 10, 17, 24]  # of four cells of 7 px
    for image, vector in zip(grey(crops), vectors, strict=True):
        slow = [slow_jet(image, x, y) for y in middles for x in middles]
        np.testing.assert_allclose(vector.reshape(16, 40), slow, atol=1e-5)


@pytest.mark.parametrize("zoom", [1.0, 0.7])
def test_equals_a_loop_over_the_landmarks(crops: np.ndarray, zoom: float) -> None:
    vector = build("encoder", "gabor_jets", points="landmarks", zoom=zoom, sigma_rad=np.pi).encode(crops)[0]
    points = landmarks(28, zoom).round().astype(int)
    assert len(points) == 15
    slow = [slow_jet(grey(crops)[0], x, y) for x, y in points]
    np.testing.assert_allclose(vector.reshape(15, 40), slow, atol=1e-5)


def test_the_landmarks_are_the_five_points_and_between() -> None:
    points = landmarks(112, 1.0)
    np.testing.assert_allclose(points[:5], TEMPLATE_112)
    np.testing.assert_allclose(points[5], TEMPLATE_112[:2].mean(axis=0))  # the bridge of the nose
    np.testing.assert_allclose(points[-1], TEMPLATE_112[3:].mean(axis=0))  # between the lips


def test_landmarks_outside_of_a_zoomed_crop_are_taken_at_its_border(crops: np.ndarray) -> None:
    far = build("encoder", "gabor_jets", points="landmarks", zoom=9.0).encode(crops)
    assert np.isfinite(far).all() and far.shape == (3, 600)


def test_the_cosine_of_vectors_is_the_mean_similarity_of_jets(crops: np.ndarray) -> None:
    encoder = build("encoder", "gabor_jets", grid=5)
    a, b = encoder.encode(crops[:2])
    np.testing.assert_allclose(np.linalg.norm(a.reshape(25, 40), axis=1), 1, rtol=1e-5)
    similarities = [ja @ jb for ja, jb in zip(a.reshape(25, 40), b.reshape(25, 40), strict=True)]  # eq. (4)
    score = build("matcher", encoder.matcher).score_pairs(a[None], b[None])[0]
    assert score == pytest.approx(np.mean(similarities), abs=1e-6)


def test_brightness_and_contrast_change_nothing(rng: np.random.Generator) -> None:
    dark = rng.integers(0, 100, (3, 32, 32, 1), dtype=np.uint8).repeat(3, axis=3)
    encoder = build("encoder", "gabor_jets")
    np.testing.assert_allclose(encoder.encode(2 * dark + 30), encoder.encode(dark), atol=1e-5)


def test_noise_of_rounding_is_not_stretched() -> None:
    """A picture of one grey level has jets of next to nothing, not jets of length 1."""
    flat = np.full((1, 32, 32, 3), 255, np.uint8)
    assert build("encoder", "gabor_jets").encode(flat).max() < 1e-3 / SHORTEST


def test_crops_too_small_for_the_grid() -> None:
    with pytest.raises(ValueError, match="10 x 10 points do not fit into 8 x 8"):
        build("encoder", "gabor_jets").encode(np.zeros((1, 8, 8, 3), np.uint8))


@pytest.mark.data
def test_finds_people_of_orl_again(data_root: Path) -> None:
    """Five images a person are known; the whole pictures are squashed to squares, nothing is learned."""
    people = build("dataset", "orl", root=data_root)
    crops = np.stack([cv2.resize(image, (112, 112), interpolation=cv2.INTER_AREA) for image in people.images])
    vectors, known = build("encoder", "gabor_jets").encode(crops), people.fold == 0
    nearest = build("matcher", "cosine").score(vectors[~known], vectors[known]).argmax(axis=1)
    assert np.mean(people.labels[known][nearest] == people.labels[~known]) >= 0.97
