"""The identifiers that scikit-learn fits, against scikit-learn used in another way."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC, LinearSVC

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError


@pytest.fixture
def data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training vectors of four people in very different units, their labels, and new vectors."""
    labels = np.repeat([3, 5, 8, 13], 12)
    units = np.float32([1, 30, 0.1, 5])
    x = (rng.normal(size=(48, 4)) + 2 * np.eye(4)[np.repeat(np.arange(4), 12)]).astype(np.float32) * units + 7
    return x, labels, (rng.normal(size=(90, 4)) * 1.5).astype(np.float32) * units + 7


def one_against_all(machine: object, x: np.ndarray, labels: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Machines of two classes, one a person, on vectors less their mean, over the root of the mean squared length."""
    mean = x.astype(np.float64).mean(axis=0)
    length = np.sqrt(np.square(x - mean).sum() / len(x))
    scaled = make_pipeline(FunctionTransformer(lambda v: (v - mean) / length), machine)
    return np.stack([scaled.fit(x, labels == p).decision_function(new) for p in np.unique(labels)], axis=1)


def test_linear(data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    x, labels, new = data
    score = plugins.build("identifier", "linear_svm", c=2.0).fit(x, labels).score(new)
    wanted = one_against_all(LinearSVC(C=2.0, dual=False, tol=1e-8), x, labels, new)
    np.testing.assert_allclose(score, wanted, atol=2e-3)


def test_rbf(data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    x, labels, new = data
    score = plugins.build("identifier", "rbf_svm", c=3.0, width=0.5).fit(x, labels).score(new)
    np.testing.assert_allclose(score, one_against_all(SVC(C=3.0, gamma=4.0), x, labels, new), atol=1e-5)


@pytest.mark.parametrize("name", ["linear_svm", "rbf_svm"])
def test_of_two_people_one_score_is_the_others_negated(name: str, data: tuple[np.ndarray, ...]) -> None:
    x, labels, new = data
    score = plugins.build("identifier", name).fit(x[:24], labels[:24]).score(new)
    np.testing.assert_array_equal(score[:, 0], -score[:, 1])


@pytest.mark.parametrize("name", ["linear_svm", "rbf_svm"])
def test_one_person_is_refused(name: str, data: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(UserError, match=f"{name}: needs vectors of at least 2 people, got those of 1"):
        plugins.build("identifier", name).fit(data[0], np.zeros(48, np.int64))


def test_vectors_that_are_all_the_same_tell_nothing() -> None:
    score = plugins.build("identifier", "linear_svm").fit(np.ones((6, 3), np.float32), np.arange(6) // 2)
    assert np.ptp(score.score(np.float32([[1, 1, 1], [5, 0, 9]])), axis=0).max() == 0


def test_forest(data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    x, labels, new = data
    machine = plugins.build("identifier", "random_forest", trees=20, seed=3).fit(x, labels)
    peer = RandomForestClassifier(20, random_state=3).fit(x, labels)
    np.testing.assert_allclose(machine.score(new), peer.predict_proba(new), atol=1e-7)
    np.testing.assert_allclose(machine.score(new).sum(axis=1), 1, atol=1e-6)
