"""What every kind of boosting promises of P and N, the weights of positives and negatives in a leaf."""

import numpy as np
import pytest

from eigen2arc.classical.detect.boosting.split_search import Boosting
from eigen2arc.core import plugins

KINDS = list(plugins.plugins("boosting"))


@pytest.fixture(params=KINDS)
def boosting(request: pytest.FixtureRequest) -> Boosting:
    return plugins.build("boosting", request.param)


def test_there_are_the_three_of_the_papers() -> None:
    assert {"discrete", "real", "gentle"} <= set(KINDS)


def test_to_split_is_never_worth_less(boosting: Boosting, rng: np.random.Generator) -> None:
    p, n = rng.random((2, 2, 500)) * (rng.random((2, 2, 500)) > 0.1)
    together = boosting.split_score(p.sum(axis=0), n.sum(axis=0))
    assert (boosting.split_score(p, n).sum(axis=0) >= together - 1e-12).all()


def test_positives_and_negatives_are_treated_alike(boosting: Boosting, rng: np.random.Generator) -> None:
    p, n = rng.random((2, 16))
    np.testing.assert_allclose(boosting.split_score(p, n), boosting.split_score(n, p))
    np.testing.assert_allclose(boosting.leaf_values(p, n), -boosting.leaf_values(n, p))


def test_a_leaf_answers_for_its_majority_and_finitely(boosting: Boosting) -> None:
    p, n = np.array([0.3, 0.1, 0.2, 0.0, 0.05, 0.0]), np.array([0.1, 0.15, 0.0, 0.05, 0.05, 0.0])
    answers = boosting.leaf_values(p, n)
    assert np.isfinite(answers).all() and np.isfinite(boosting.split_score(p, n)).all()
    np.testing.assert_array_equal(np.sign(answers), np.sign(p - n))
    pure = boosting.leaf_values(np.array([0.5, 0.0]), np.array([0.0, 0.5]))
    assert np.isfinite(pure).all() and pure[0] > 0 > pure[1]
