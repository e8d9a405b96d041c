"""Eigenfaces against scikit-learn's PCA, and what they make of a mirrored world."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA as SklearnPCA

from eigen2arc.classical.linear.projection import grey_rows
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)


def test_weights_equal_scikit_learns(crops: np.ndarray) -> None:
    ours = build("encoder", "eigenfaces", components=10).fit(crops[:30], np.zeros(30)).encode(crops)
    pca = SklearnPCA(10, svd_solver="full").fit(grey_rows(crops[:30]).astype(np.float64))
    theirs = pca.transform(grey_rows(crops).astype(np.float64))
    signs = np.sign(np.sum(ours * theirs, axis=0))
    np.testing.assert_allclose(ours * signs, theirs, rtol=1e-3, atol=0.5)


def test_labels_play_no_part(crops: np.ndarray, rng: np.random.Generator) -> None:
    one, other = (build("encoder", "eigenfaces").fit(crops, rng.integers(0, 5, 40)) for _ in range(2))
    np.testing.assert_array_equal(one.encode(crops), other.encode(crops))


def test_no_more_components_than_the_images_span(crops: np.ndarray) -> None:
    assert build("encoder", "eigenfaces").fit(crops, np.zeros(40)).encode(crops).shape == (40, 39)


def test_a_mirrored_face_is_another_face_but_a_mirrored_world_is_the_same(crops: np.ndarray) -> None:
    encoder = build("encoder", "eigenfaces", components=8).fit(crops, np.zeros(40))
    mirror = crops[:, :, ::-1]
    assert np.abs(encoder.encode(mirror) - encoder.encode(crops)).max() > 10
    mirrored = build("encoder", "eigenfaces", components=8).fit(mirror, np.zeros(40))
    np.testing.assert_allclose(np.abs(mirrored.encode(mirror)), np.abs(encoder.encode(crops)), rtol=1e-3, atol=0.5)


def test_whitened_without_the_first_three(crops: np.ndarray) -> None:
    plain = build("encoder", "eigenfaces", components=9).fit(crops, np.zeros(40)).encode(crops)
    later = build("encoder", "eigenfaces", components=6, drop_first=3, whitening=True).fit(crops, np.zeros(40))
    wanted = plain[:, 3:] / plain[:, 3:].std(axis=0, ddof=1)
    np.testing.assert_allclose(later.encode(crops), wanted, rtol=1e-3, atol=1e-4)


def test_settings_come_back_from_a_file(crops: np.ndarray, tmp_path: Path) -> None:
    fitted = build("encoder", "eigenfaces", components=5, drop_first=2, solver="randomised").fit(crops, np.zeros(40))
    fitted.save(tmp_path / "model")
    loaded = build("encoder", "eigenfaces", model=tmp_path / "model")
    assert (loaded.components, loaded.drop_first, loaded.whitening, loaded.solver) == (5, 2, False, "randomised")


def test_nothing_left_is_said(crops: np.ndarray) -> None:
    with pytest.raises(UserError, match="3 crops have no more than the first 2"):
        build("encoder", "eigenfaces", drop_first=2).fit(crops[:3], np.zeros(3))
