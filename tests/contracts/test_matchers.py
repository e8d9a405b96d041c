"""What every matcher promises, on the vectors that it is made for (non-negative ones suit them all).

One that learns is fitted first, on people and the same people under noise.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import FittedMatcher, Matcher

MATCHERS = plugins.plugins("matcher")
LEARNERS = [name for name, plugin in MATCHERS.items() if plugin.learns]
TOLERANCE = 2e-6

#: These weigh evidence: a face unlike everybody's tells more than a common one, compared with itself, too.
EVIDENCE = {"joint_bayesian", "pair_svm"}


def pairs(dimensions: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors of people, half of them beside the same under noise, half beside somebody else's."""
    rng = np.random.default_rng(seed)
    a, noise = rng.gamma(1.0, size=(2, 400, dimensions))
    same = np.arange(400) < 200
    b = np.where(same[:, None], 0.8 * a + 0.2 * noise, noise)
    return a.astype(np.float32), b.astype(np.float32), same


def build(name: str, dimensions: int) -> Any:
    matcher = plugins.build("matcher", name)
    return matcher.fit(*pairs(dimensions)) if isinstance(matcher, FittedMatcher) else matcher


@pytest.fixture(params=list(MATCHERS))
def matcher(request: pytest.FixtureRequest) -> Matcher:
    return build(request.param, dimensions=40)


@pytest.fixture
def vectors(rng: np.random.Generator) -> np.ndarray:
    return rng.gamma(1.0, size=(12, 40)).astype(np.float32)


def test_shapes_and_dtype(matcher: Matcher, vectors: np.ndarray) -> None:
    assert isinstance(matcher, Matcher)
    for n, m in [(12, 5), (1, 1), (0, 5), (5, 0), (0, 0)]:
        score = matcher.score(vectors[:n], vectors[:m])
        assert score.shape == (n, m) and score.dtype == np.float32
    for p in (12, 1, 0):
        score = matcher.score_pairs(vectors[:p], vectors[:p])
        assert score.shape == (p,) and score.dtype == np.float32


def test_pairs_are_the_diagonal_of_all(matcher: Matcher, vectors: np.ndarray) -> None:
    other = vectors[::-1]
    full = matcher.score(vectors, other)
    np.testing.assert_allclose(matcher.score_pairs(vectors, other), np.diag(full), rtol=TOLERANCE, atol=TOLERANCE)


def test_symmetric(matcher: Matcher, vectors: np.ndarray) -> None:
    a, b = vectors[:5], vectors[5:]
    np.testing.assert_allclose(matcher.score(a, b), matcher.score(b, a).T, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("name", [name for name in MATCHERS if name not in EVIDENCE])
def test_nothing_is_more_alike_than_the_vector_itself(name: str, vectors: np.ndarray) -> None:
    score = build(name, dimensions=40).score(vectors, vectors)
    own = np.diag(score).copy()
    np.fill_diagonal(score, -np.inf)
    assert (own[:, None] > score).all()
    np.testing.assert_allclose(own, own[0], atol=TOLERANCE)


def test_on_average_a_vector_is_more_alike_with_itself_than_with_others(matcher: Matcher, vectors: np.ndarray) -> None:
    score = matcher.score(vectors, vectors)
    assert np.diag(score).mean() > score[~np.eye(len(score), dtype=bool)].mean()


def test_a_score_depends_on_its_two_vectors_only(matcher: Matcher, vectors: np.ndarray) -> None:
    full = matcher.score(vectors, vectors)
    single = [[matcher.score(a[None], b[None])[0, 0] for b in vectors] for a in vectors]
    np.testing.assert_allclose(single, full, rtol=TOLERANCE, atol=TOLERANCE)


def test_more_noise_means_less_alike(matcher: Matcher, rng: np.random.Generator) -> None:
    people = rng.gamma(1.0, size=(200, 40)).astype(np.float32)
    noise = rng.gamma(1.0, size=people.shape).astype(np.float32)
    levels = np.linspace(0, 1, 6)
    means = [matcher.score_pairs(people, ((1 - t) * people + t * noise).astype(np.float32)).mean() for t in levels]
    assert (np.diff(means) < 0).all()


@given(
    vectors=arrays(
        np.float32, (3, 4), elements=st.floats(0, 2.0**60, width=32) | st.sampled_from(np.float32([0, 1e-30, 1e-44]))
    )
)
@pytest.mark.parametrize("name", list(MATCHERS))
def test_finite_vectors_never_give_nan(name: str, vectors: np.ndarray) -> None:
    matcher = build(name, dimensions=4)
    assert np.isfinite(matcher.score(vectors, vectors)).all()
    assert np.isfinite(matcher.score_pairs(vectors, vectors[::-1])).all()


def test_an_unreadable_face_stays_visible(matcher: Matcher, vectors: np.ndarray) -> None:
    """Status.UNREADABLE is a row of NaN: its scores are NaN, and nobody else's."""
    vectors[3] = np.nan
    bad = np.isnan(matcher.score(vectors, vectors))
    np.testing.assert_array_equal(bad, (np.arange(12) == 3)[:, None] | (np.arange(12) == 3))
    np.testing.assert_array_equal(np.isnan(matcher.score_pairs(vectors, vectors)), np.arange(12) == 3)


def test_inputs_stay_untouched(matcher: Matcher, vectors: np.ndarray) -> None:
    before = vectors.copy()
    matcher.score(vectors, vectors[:3])
    matcher.score_pairs(vectors, vectors[::-1])
    np.testing.assert_array_equal(vectors, before)


def test_vectors_of_different_length_are_refused_by_name(matcher: Matcher, vectors: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"b: expected shape \(M, 40\), got \(12, 39\)"):
        matcher.score(vectors, vectors[:, 1:])
    with pytest.raises(ValueError, match=r"b: expected shape \(12, 40\), got \(11, 40\)"):
        matcher.score_pairs(vectors, vectors[1:])
    with pytest.raises(ValueError, match="a: expected shape"):
        matcher.score(vectors[0], vectors)


@pytest.mark.parametrize("name", LEARNERS)
def test_scoring_before_fit_says_what_to_do(name: str, vectors: np.ndarray) -> None:
    for score in (plugins.build("matcher", name).score, plugins.build("matcher", name).score_pairs):
        with pytest.raises(UserError, match=f"{name} has to be fitted first"):
            score(vectors, vectors)


@pytest.mark.parametrize("name", LEARNERS)
def test_fit_is_deterministic_returns_the_matcher_and_leaves_the_pairs_alone(name: str, vectors: np.ndarray) -> None:
    a, b, same = pairs(40)
    before = a.copy(), b.copy(), same.copy()
    matcher = plugins.build("matcher", name)
    assert matcher.fit(a, b, same) is matcher
    np.testing.assert_array_equal(matcher.score(vectors, vectors), build(name, 40).score(vectors, vectors))
    for array, untouched in zip((a, b, same), before, strict=True):
        np.testing.assert_array_equal(array, untouched)


@pytest.mark.parametrize("name", LEARNERS)
def test_it_tells_new_pairs_apart(name: str) -> None:
    a, b, same = pairs(40, seed=6)
    score = build(name, 40).score_pairs(a, b)
    assert np.mean((score > 0) == same) > 0.95


@pytest.mark.parametrize("name", LEARNERS)
def test_pairs_that_teach_nothing_are_refused(name: str) -> None:
    a, b, same = pairs(40)
    with pytest.raises(ValueError, match=r"b: expected shape \(400, 40\), got \(399, 40\)"):
        plugins.build("matcher", name).fit(a, b[1:], same)
    with pytest.raises(ValueError, match=r"same: expected shape \(400\), got \(399,\)"):
        plugins.build("matcher", name).fit(a, b, same[1:])
    with pytest.raises(UserError, match="pairs of the same person and of two people, got 400 and 0"):
        plugins.build("matcher", name).fit(a, b, np.ones(400, bool))
    a[7] = np.nan
    with pytest.raises(ValueError, match="a: 40 of 16000 values are not finite"):
        plugins.build("matcher", name).fit(a, b, same)


@pytest.mark.parametrize("name", LEARNERS)
def test_vectors_of_another_length_than_the_fitted_are_refused(name: str, vectors: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"a: expected shape \(N, 40\), got \(12, 39\)"):
        build(name, 40).score(vectors[:, 1:], vectors[:, 1:])
    with pytest.raises(ValueError, match=r"a: expected shape \(P, 40\), got \(12, 39\)"):
        build(name, 40).score_pairs(vectors[:, 1:], vectors[:, 1:])
