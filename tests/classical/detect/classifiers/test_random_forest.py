"""The forest's arrays against scikit-learn's own prediction, and files that are no forest."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from eigen2arc.core.plugins import build


@pytest.fixture
def samples(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.normal(size=(300, 5)).astype(np.float32)
    x[:, 3] = rng.integers(0, 3, 300)  # ties with thresholds
    return x, (x[:, 0] * x[:, 1] + 0.5 * x[:, 3] > 0.4)


@pytest.mark.parametrize("min_leaf", [1, 7])
def test_equals_scikit_learn(samples: tuple[np.ndarray, np.ndarray], rng: np.random.Generator, min_leaf: int) -> None:
    x, faces = samples
    weights = rng.uniform(0.5, 2, len(x))
    ours = build("classifier", "random_forest", trees=20, min_leaf=min_leaf, seed=3).fit(x, faces, weights)
    theirs = RandomForestClassifier(20, min_samples_leaf=min_leaf, random_state=3).fit(x, faces, weights)
    new = np.concatenate([x, rng.normal(size=(500, 5)).astype(np.float32)])
    np.testing.assert_allclose(ours.decide(new), theirs.predict_proba(new)[:, 1], atol=1e-6)


def test_a_value_on_a_threshold_falls_where_the_library_puts_it(samples: tuple[np.ndarray, np.ndarray]) -> None:
    x, faces = samples
    forest = RandomForestClassifier(5, random_state=0).fit(x, faces)
    ours = build("classifier", "random_forest", trees=5).fit(x, faces)
    splits = np.concatenate([t.tree_.threshold[t.tree_.feature == 0] for t in forest.estimators_])
    near = splits.astype(np.float32)
    rows = np.zeros((3 * len(near), 5), np.float32)
    rows[:, 0] = np.concatenate([near, np.nextafter(near, np.float32(-9)), np.nextafter(near, np.float32(9))])
    np.testing.assert_allclose(ours.decide(rows), forest.predict_proba(rows)[:, 1], atol=1e-6)


@pytest.mark.parametrize("what", ["first", "dimension", "loop", "children"])
def test_arrays_that_lead_out_or_back_are_refused(samples: tuple[np.ndarray, np.ndarray], what: str) -> None:
    forest = build("classifier", "random_forest", trees=2).fit(*samples)
    tensors = {name: tensor.copy() for name, tensor in forest.tensors().items()}
    if what == "first":
        tensors["first"][1] = len(tensors["dimension"])
    elif what == "dimension":
        tensors["dimension"][0] = 5
    else:
        tensors["children"][0, 1] = 0 if what == "loop" else len(tensors["dimension"])
    with pytest.raises(ValueError, match="leads back, or out of the forest"):
        build("classifier", "random_forest").restore(tensors)
