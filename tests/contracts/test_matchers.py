"""What every matcher promises, on the vectors that it is made for (non-negative ones suit them all)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eigen2arc.core import plugins
from eigen2arc.core.stages import Matcher

MATCHERS = plugins.plugins("matcher")
TOLERANCE = 2e-6


@pytest.fixture(params=list(MATCHERS))
def matcher(request: pytest.FixtureRequest) -> Matcher:
    return plugins.build("matcher", request.param)


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


def test_nothing_is_more_alike_than_the_vector_itself(matcher: Matcher, vectors: np.ndarray) -> None:
    score = matcher.score(vectors, vectors)
    own = np.diag(score).copy()
    np.fill_diagonal(score, -np.inf)
    assert (own[:, None] > score).all()
    np.testing.assert_allclose(own, own[0], atol=TOLERANCE)


def test_a_score_depends_on_its_two_vectors_only(matcher: Matcher, vectors: np.ndarray) -> None:
    full = matcher.score(vectors, vectors)
    single = [[matcher.score(a[None], b[None])[0, 0] for b in vectors] for a in vectors]
    np.testing.assert_allclose(single, full, rtol=TOLERANCE, atol=TOLERANCE)


def test_more_noise_means_less_alike(matcher: Matcher, rng: np.random.Generator) -> None:
    people = rng.gamma(1.0, size=(200, 64)).astype(np.float32)
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
    matcher = plugins.build("matcher", name)
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
