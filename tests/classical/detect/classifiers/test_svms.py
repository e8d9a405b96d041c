"""The support vector machines' own decisions against scikit-learn's."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from eigen2arc.core.plugins import build


@pytest.fixture
def samples(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = (rng.normal(size=(200, 7)) * [1, 10, 100, 1, 1, 0.01, 3] + 5).astype(np.float32)
    return x, np.hypot((x[:, 0] - 5), (x[:, 1] - 5) / 10) > 1.1


def test_linear_equals_scikit_learn_on_standardised_samples(samples: tuple[np.ndarray, np.ndarray]) -> None:
    x, faces = samples
    theirs = make_pipeline(StandardScaler(), LinearSVC(C=0.1, dual=False, random_state=0)).fit(x, faces)
    ours = build("classifier", "linear_svm", c=0.1).fit(x, faces)
    np.testing.assert_allclose(ours.decide(x), theirs.decision_function(x), atol=1e-4)


def test_rbf_equals_scikit_learn_on_standardised_samples(
    samples: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> None:
    x, faces = samples
    theirs = make_pipeline(StandardScaler(), SVC(C=3.0, gamma=1 / (4 * 7))).fit(x, faces)
    ours = build("classifier", "rbf_svm", c=3.0, width=2.0).fit(x, faces)
    new = (x + rng.normal(0, 0.01, x.shape)).astype(np.float32)
    np.testing.assert_allclose(ours.decide(new), theirs.decision_function(new), atol=1e-3)
