"""Fisher vector faces: one face step by step with scikit-learn's and scikit-image's parts, and what they refuse."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage.feature import fisher_vector
from sklearn.mixture import GaussianMixture as SklearnMixture

from eigen2arc.classical.descriptors.dense_sift import dense_sift, patch_centres
from eigen2arc.classical.encode.encoders.fisher_vector_faces import FisherVectorFaces, PlacedSIFT
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

SMALL = {"components": 6, "descriptor_dimensions": 10, "stride_px": 4, "scales": 2, "samples": 2000}


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    coarse = rng.integers(0, 256, (12, 10, 10, 3)).repeat(4, axis=1).repeat(4, axis=2)
    return (coarse + rng.integers(-20, 20, coarse.shape)).clip(0, 255).astype(np.uint8)


def fitted(crops: np.ndarray, **settings: int) -> FisherVectorFaces:
    return build("encoder", "fisher_vector_faces", **(SMALL | settings)).fit(crops, np.zeros(len(crops)))


def test_equals_the_steps_one_by_one(crops: np.ndarray) -> None:
    encoder = fitted(crops)
    axes, mean = encoder.sift_.axes, encoder.sift_.mean
    np.testing.assert_allclose(axes @ axes.T, np.eye(10), atol=1e-5)
    model = SklearnMixture(6, covariance_type="diag")
    model.weights_, model.means_, model.covariances_ = (
        getattr(encoder.mixture_, name).astype(float) for name in ("weights", "means", "variances")
    )
    model.precisions_cholesky_ = 1 / np.sqrt(model.covariances_)
    vectors = encoder.encode(crops)
    assert vectors.shape == (12, 2 * 6 * (10 + 2))
    for crop, vector in zip(grey(crops), vectors, strict=True):
        sift = dense_sift(crop[None], 4, 2)[0].astype(float)
        placed = np.concatenate([(sift - mean) @ axes.T, patch_centres(40, 4, 2)], axis=1)
        expected = fisher_vector(placed, model)[6:]  # without the gradient of the weights
        expected[6 * 12 :] *= -1  # theirs has the other sign
        expected = np.sign(expected) * np.sqrt(np.abs(expected))
        np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=2e-3)


def test_who_is_who_plays_no_part_but_the_seed_does(crops: np.ndarray) -> None:
    one = build("encoder", "fisher_vector_faces", **SMALL).fit(crops, np.arange(12)).encode(crops)
    np.testing.assert_array_equal(fitted(crops).encode(crops), one)
    assert not np.array_equal(fitted(crops, seed=1).encode(crops), one)


def test_the_place_of_a_pattern_counts(rng: np.random.Generator) -> None:
    """The same patch left or right in an otherwise flat crop: descriptors are equal, places are not."""
    crops = np.full((40, 48, 48, 3), 128, np.uint8)
    for crop, left in zip(crops, np.arange(40) % 2 * 24, strict=True):
        crop[12:36, left + 2 : left + 22] += rng.integers(0, 9, (24, 20, 1), dtype=np.uint8)
    vectors = fitted(crops, components=4, scales=1).encode(crops)
    score = vectors @ vectors.T
    side = np.arange(40) % 2
    assert score[side[:, None] == side].mean() > score[side[:, None] != side].mean() + 0.1


def test_too_few_descriptors_for_the_gaussians(crops: np.ndarray) -> None:
    with pytest.raises(UserError, match=r"30 Gaussians .* 25 descriptors of 1 crops: give more crops, or fewer"):
        fitted(crops[:1], components=30, scales=1)
    with pytest.raises(UserError, match="6 Gaussians .* 0 descriptors of 0 crops"):
        fitted(crops[:0])


def test_crops_smaller_than_a_patch(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="patches of 24 x 24 pixels, got 20 x 20"):
        fitted(rng.integers(0, 256, (3, 20, 20, 3), dtype=np.uint8))


def test_a_mixture_of_other_dimensions_is_refused(crops: np.ndarray, tmp_path: Path) -> None:
    encoder = fitted(crops)
    encoder.sift_ = replace(encoder.sift_, axes=encoder.sift_.axes[:7])
    encoder.save(tmp_path / "model.safetensors")
    with pytest.raises(UserError, match="mixture of 12 dimensions does not fit descriptors of 9"):
        build("encoder", "fisher_vector_faces", model=tmp_path / "model.safetensors")


@pytest.fixture
def sift(rng: np.random.Generator) -> PlacedSIFT:
    mean, axes = rng.uniform(0, 0.1, 128), np.linalg.qr(rng.normal(size=(128, 6)))[0].T
    return PlacedSIFT(40, 4, 2, mean.astype(np.float32), axes.astype(np.float32))


def test_placed_sift_has_components_first_then_the_place(sift: PlacedSIFT, rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (3, 40, 40), dtype=np.uint8)
    placed = sift.describe(images)
    assert placed.dtype == np.float32 and placed.shape == (3, 29, sift.dimensions)
    expected = np.einsum("ntd,kd->ntk", dense_sift(images, 4, 2).astype(float) - sift.mean, sift.axes)
    np.testing.assert_allclose(placed[..., :6], expected, atol=1e-5)
    np.testing.assert_array_equal(placed[..., 6:], np.broadcast_to(patch_centres(40, 4, 2), (3, 29, 2)))


def test_placed_sift_refuses_an_image_of_another_size(sift: PlacedSIFT) -> None:
    with pytest.raises(ValueError, match="fitted on 40 x 40 pixels, got 48 x 48"):
        sift.describe(np.zeros((1, 48, 48), np.uint8))
