"""Fisherfaces: the paper's claim under changing light, and their two projections taken one by one."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from sklearn.decomposition import PCA as SklearnPCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from eigen2arc.classical.linear.projection import grey_rows
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


def lit_people(rng: np.random.Generator, people: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops (N, 16, 16, 3) of weak personal patterns under strong light from changing sides, and their labels."""
    labels = np.arange(people).repeat(each)
    patterns = rng.normal(0, 12, (people, 16, 16))[labels]
    x, y = np.meshgrid(np.linspace(-1, 1, 16), np.linspace(-1, 1, 16))
    side = rng.uniform(-70, 70, (2, len(labels), 1, 1))
    images = 128 + patterns + side[0] * x + side[1] * y + rng.normal(0, 6, (len(labels), 16, 16))
    return images.clip(0, 255).astype(np.uint8)[..., None].repeat(3, axis=3), labels


def rank1(name: str, crops: np.ndarray, labels: np.ndarray) -> float:
    """Share of later images whose nearest earlier one, by Euclidean distance as in the paper, is the same person's."""
    gallery = np.arange(len(labels)) % 8 < 4
    encoder = build("encoder", name).fit(crops[gallery], labels[gallery])
    score = build("matcher", "euclidean").score(encoder.encode(crops[~gallery]), encoder.encode(crops[gallery]))
    return float((labels[gallery][score.argmax(axis=1)] == labels[~gallery]).mean())


def test_light_misleads_eigenfaces_more(rng: np.random.Generator) -> None:
    crops, labels = lit_people(rng, people=15, each=8)
    assert rank1("fisherfaces", crops, labels) > 0.95
    assert rank1("eigenfaces", crops, labels) < 0.9


def test_equals_pca_then_lda_of_scikit_learn(rng: np.random.Generator) -> None:
    crops, labels = lit_people(rng, people=5, each=8)
    ours = build("encoder", "fisherfaces", max_pca_components=12, shrinkage=0.0).fit(crops, labels).encode(crops)
    weights = SklearnPCA(12, svd_solver="full").fit_transform(grey_rows(crops).astype(np.float64))
    lda = LinearDiscriminantAnalysis(solver="eigen").fit(weights, labels)
    theirs = weights @ lda.scalings_[:, :4]
    for k in range(4):
        cosine = ours[:, k] @ theirs[:, k] / np.linalg.norm(ours[:, k]) / np.linalg.norm(theirs[:, k])
        assert abs(cosine) == pytest.approx(1, abs=1e-4)


def test_width_within_people_is_one(rng: np.random.Generator) -> None:
    crops, labels = lit_people(rng, people=6, each=10)
    vectors = build("encoder", "fisherfaces", max_pca_components=20, shrinkage=0.0).fit(crops, labels).encode(crops)
    means = np.stack([vectors[labels == label].mean(axis=0) for label in range(6)])
    within = vectors - means[labels]
    np.testing.assert_allclose(within.T @ within / (60 - 6), np.eye(5), atol=1e-2)


def test_people_with_one_image_help_but_do_not_break(rng: np.random.Generator) -> None:
    crops, labels = lit_people(rng, people=6, each=10)
    keep = (labels < 4) | (np.arange(60) % 10 == 0)
    encoder = build("encoder", "fisherfaces").fit(crops[keep], labels[keep])
    assert encoder.encode(crops).shape == (60, 5)
    assert build("encoder", "fisherfaces", components=2).fit(crops, labels).encode(crops).shape == (60, 2)


def test_nobody_seen_twice_is_refused(rng: np.random.Generator) -> None:
    crops, _ = lit_people(rng, people=6, each=1)
    with pytest.raises(UserError, match="two or more images, and nobody has"):
        build("encoder", "fisherfaces").fit(crops, np.arange(6))


def test_labels_must_be_one_per_crop(rng: np.random.Generator) -> None:
    crops, labels = lit_people(rng, people=2, each=3)
    with pytest.raises(ValueError, match=r"labels: expected shape \(6\), got \(5,\)"):
        build("encoder", "fisherfaces").fit(crops, labels[1:])


def test_shrinkage_changes_the_axes_and_keeps_telling_people_apart(rng: np.random.Generator) -> None:
    crops, labels = lit_people(rng, people=15, each=8)
    vectors = [build("encoder", "fisherfaces", shrinkage=s).fit(crops, labels).encode(crops) for s in (0.0, 0.3)]
    assert np.abs(vectors[0] - vectors[1]).max() > 0.1
    for own in vectors:
        score = build("matcher", "cosine").score(own, own)
        np.fill_diagonal(score, -np.inf)
        np.testing.assert_array_equal(labels[score.argmax(axis=1)], labels)


def smooth_people(rng: np.random.Generator, people: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops (N, 16, 16, 3) of smooth personal patterns under smooth changes, as photographs have them, and labels."""

    def smooth(count: int) -> np.ndarray:
        field = gaussian_filter(rng.normal(size=(count, 16, 16)), (0, 1.5, 1.5))
        return np.asarray(field / field.std())

    labels = np.arange(people).repeat(each)
    noise = rng.normal(0, 1, (len(labels), 16, 16))
    images = 128 + 20 * smooth(people)[labels] + 25 * smooth(len(labels)) + noise
    return images.clip(0, 255).astype(np.uint8)[..., None].repeat(3, axis=3), labels


def test_few_images_of_each_are_no_trap(rng: np.random.Generator) -> None:
    """On N - c axes the scatter within people is all but singular: unshrunk it takes chance for what tells apart."""
    crops, labels = smooth_people(rng, people=20, each=8)
    gallery = np.arange(len(labels)) % 8 < 4
    right = []
    for settings in ({"shrinkage": 0.0}, {}):
        encoder = build("encoder", "fisherfaces", **settings).fit(crops[gallery], labels[gallery])
        score = build("matcher", "cosine").score(encoder.encode(crops[~gallery]), encoder.encode(crops[gallery]))
        right.append(float((labels[gallery][score.argmax(axis=1)] == labels[~gallery]).mean()))
    assert right[0] < 0.6 < 0.75 < right[1], right


def test_copies_of_images_change_nothing_but_the_weight_of_their_person(rng: np.random.Generator) -> None:
    """Yale has such copies: with as many axes as images less people the scatter would be singular."""
    crops, labels = lit_people(rng, people=6, each=5)
    twice = np.concatenate([np.arange(len(crops)), np.arange(0, len(crops), 5)])
    encoder = build("encoder", "fisherfaces").fit(crops[twice], labels[twice])
    assert encoder.encode(crops).shape == (len(crops), 5)
