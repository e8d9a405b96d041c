"""Fisher's discriminant against loops over the definition and against scikit-learn's eigen solver."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from eigen2arc.classical.linear.lda import fit_lda, scatter
from eigen2arc.core.errors import UserError


def people(rng: np.random.Generator, counts: list[int], d: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Samples (N, d) of classes of the given sizes: own means, a shared and unequal width, labels with gaps."""
    labels = np.repeat(np.arange(len(counts)) * 3 + 7, counts)
    means = rng.normal(size=(len(counts), d)) * 4
    width = np.linspace(0.5, 3, d)
    return np.repeat(means, counts, axis=0) + rng.normal(size=(len(labels), d)) * width, labels


def test_scatter_is_the_sum_over_classes_and_samples(rng: np.random.Generator) -> None:
    x, labels = people(rng, [5, 1, 7, 2])
    s_b, s_w = np.zeros((6, 6)), np.zeros((6, 6))
    for label in set(labels):
        members = x[labels == label]
        offset = members.mean(axis=0) - x.mean(axis=0)
        s_b += len(members) * np.outer(offset, offset)
        for sample in members:
            s_w += np.outer(sample - members.mean(axis=0), sample - members.mean(axis=0))
    ours_b, ours_w = scatter(x, labels)
    np.testing.assert_allclose(ours_b, s_b, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours_w, s_w, rtol=1e-9, atol=1e-9)
    centred = x - x.mean(axis=0)
    np.testing.assert_allclose(ours_b + ours_w, centred.T @ centred, rtol=1e-9, atol=1e-9)


def test_equals_scikit_learn_up_to_sign_and_scale(rng: np.random.Generator) -> None:
    x, labels = people(rng, [20, 15, 30, 25])
    ours = fit_lda(x, labels)
    theirs = LinearDiscriminantAnalysis(solver="eigen").fit(x, labels).scalings_[:, :3].T
    cosines = np.sum(ours * theirs, axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    np.testing.assert_allclose(np.abs(cosines), 1, atol=1e-9)


def test_axes_solve_equation_5_with_unit_width_and_falling_ratio(rng: np.random.Generator) -> None:
    x, labels = people(rng, [9, 4, 1, 6, 3])
    w = fit_lda(x, labels)
    s_b, s_w = scatter(x, labels)
    np.testing.assert_allclose(w @ (s_w / (len(x) - 5)) @ w.T, np.eye(4), atol=1e-9)
    ratio = np.diag(w @ s_b @ w.T) / np.diag(w @ s_w @ w.T)
    assert (np.diff(ratio) <= 0).all()
    np.testing.assert_allclose(s_b @ w.T, s_w @ w.T * ratio, atol=1e-7)


def test_two_classes_give_fishers_closed_form(rng: np.random.Generator) -> None:
    x, labels = people(rng, [30, 40])
    (w,) = fit_lda(x, labels)
    _, s_w = scatter(x, labels)
    closed = np.linalg.solve(s_w, x[labels == 7].mean(axis=0) - x[labels == 10].mean(axis=0))
    assert abs(w @ closed) == pytest.approx(np.linalg.norm(w) * np.linalg.norm(closed))


def test_people_with_one_image_do_not_break_it(rng: np.random.Generator) -> None:
    x, labels = people(rng, [8, 8, 8, 1, 1, 1])
    assert fit_lda(x, labels).shape == (5, 6)
    assert fit_lda(x, labels, components=2).shape == (2, 6)


def test_singular_within_scatter_says_what_to_do(rng: np.random.Generator) -> None:
    x, labels = people(rng, [2, 2], d=6)
    with pytest.raises(UserError, match="fewer PCA components"):
        fit_lda(x, labels)


def test_one_person_is_not_enough(rng: np.random.Generator) -> None:
    with pytest.raises(UserError, match="at least 2 people, got 1"):
        fit_lda(*people(rng, [10]))


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_shrunk_discriminants_decide_as_scikit_learns(rng: np.random.Generator, share: float) -> None:
    """In our axes the difference of two means is as long as scikit-learn's S_W^-1 makes it, for every pair of classes:
    its coefficients are S_W^-1 mu_i, with S_W divided by N and not by N - c."""
    x, labels = people(rng, [20, 15, 30, 25])
    w = fit_lda(x, labels, shrinkage=share)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=share).fit(x, labels)
    projected = theirs.means_ @ w.T
    ours = np.sum((projected[:, None] - projected) ** 2, axis=2)
    offsets, coefficients = theirs.means_[:, None] - theirs.means_, theirs.coef_[:, None] - theirs.coef_
    np.testing.assert_allclose(ours, np.sum(offsets * coefficients, axis=2) * (90 - 4) / 90, rtol=1e-8, atol=1e-8)


def test_shrinkage_makes_up_for_missing_images(rng: np.random.Generator) -> None:
    """Fewer images than dimensions: the axes of the truth are found better than by chance, without it not at all."""
    x, labels = people(rng, [2] * 12 + [1] * 8, d=40)
    with pytest.raises(UserError, match="shrinkage above 0"):
        fit_lda(x, labels)
    w = fit_lda(x, labels, shrinkage="auto")
    assert w.shape == (19, 40) and np.isfinite(w).all()


def test_too_many_dimensions_are_refused_before_they_fill_the_memory() -> None:
    with pytest.raises(UserError, match="9000 dimensions is too large to compute: put whitened_pca before"):
        fit_lda(np.zeros((4, 9000), np.float32), np.array([0, 0, 1, 1]))
