"""Classical encoders, projections and identifiers are scikit-learn's estimators: its own checks, where they apply.

Its checks feed rows of numbers. Projections take those, and go through all of them. Encoders take images, which
scikit-learn has no checks for: they go through those that feed nothing. Identifiers share the settings only: what they
call score is a row a face, not an accuracy.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from eigen2arc.core import plugins

PROJECTIONS = {name: plugins.build("projection", name) for name in plugins.plugins("projection")}

#: What those need that are made of others.
NEEDED: dict[str, dict[str, Any]] = {
    "fusion": {"members": ["fisherfaces", "hog_grid"]},
    "projected": {"base": "lbp_histogram", "projections": [{"name": "whitened_pca", "components": 9}, "lda"]},
    "symmetric": {"base": "lbp_histogram"},
}
ENCODERS = {
    name: plugins.build("encoder", name, **NEEDED.get(name, {}))
    for name, plugin in plugins.plugins("encoder").items()
    if plugin.track == "classical"
}

WITHOUT_DATA = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_mixin_order,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
]


def expected_failures(projection: Any) -> dict[str, str]:
    """Return the checks that a projection is not to pass, and why."""
    failures = {
        "check_fit_score_takes_y": "fit's second argument is called labels, as everywhere here",
        "check_estimators_nan_inf": "fit refuses NaN; transform leaves a row of NaN, an unreadable face, one",
    }
    if projection.learned():
        failures["check_fit2d_1sample"] = "the error speaks of people and vectors, not of samples"
    return failures


@parametrize_with_checks([*PROJECTIONS.values()], expected_failed_checks=expected_failures, xfail_strict=True)
def test_a_projection_passes(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


@pytest.mark.parametrize("check", WITHOUT_DATA, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoder_passes(name: str, check: Callable[[str, Any], None]) -> None:
    check(name, ENCODERS[name])


@pytest.mark.parametrize("kind", ["encoder", "projection", "identifier"])
def test_parameters_are_the_settings_of_build_and_can_be_cloned(kind: str) -> None:
    for name, plugin in plugins.plugins(kind).items():
        if plugin.track == "classical":
            made = plugins.build(kind, name, **NEEDED.get(name, {}))
            assert set(made.get_params(deep=False)) == set(plugin.settings) - {"model"}
            assert str(clone(made).get_params()) == str(made.get_params())


@pytest.mark.parametrize("name", ENCODERS)
def test_a_clone_encodes_the_same_and_rows_of_numbers_are_refused(name: str) -> None:
    crops, labels = faces()
    first, second = (clone(ENCODERS[name]) for _ in range(2))
    if first.learned():
        with pytest.raises(NotFittedError, match=f"{name} has to be fitted first"):
            first.transform(crops)
    vectors = first.fit(crops, labels).transform(crops)
    np.testing.assert_array_equal(second.fit_transform(crops, labels), vectors)
    np.testing.assert_array_equal(vectors, first.encode(crops))
    with pytest.raises(ValueError, match="crops: expected"):
        first.transform(np.zeros((4, 10)))


def test_a_grid_search_finds_how_many_eigenfaces_a_machine_needs() -> None:
    crops, labels = faces()
    recognizer = make_pipeline(plugins.build("encoder", "eigenfaces"), SVC())
    search = GridSearchCV(recognizer, {"eigenfaces__components": [1, 12]}, cv=3).fit(crops, labels)
    assert search.best_params_ == {"eigenfaces__components": 12}
    assert search.best_estimator_[0].encode(crops).shape == (len(crops), 12)


def test_settings_of_a_histogram_and_its_projection_are_searched_together() -> None:
    crops, labels = faces()
    histogram, whitened = plugins.build("encoder", "lbp_histogram"), plugins.build("projection", "whitened_pca")
    grid = {"lbphistogram__grid": [2, [2, 3]], "whitenedpca__components": [4, 8]}
    search = GridSearchCV(make_pipeline(histogram, whitened, SVC()), grid, cv=3).fit(crops, labels)
    assert search.best_score_ > 0.9


@pytest.mark.data
def test_a_grid_search_over_eigenfaces_on_orl(data_root: Path) -> None:
    people = plugins.build("dataset", "orl", root=data_root)
    crops = np.stack([cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA) for image in people.images])
    recognizer = make_pipeline(plugins.build("encoder", "eigenfaces", whitening=True), SVC())
    search = GridSearchCV(recognizer, {"eigenfaces__components": [5, 60]}, cv=4).fit(crops, people.labels)
    assert search.best_params_ == {"eigenfaces__components": 60} and search.best_score_ > 0.9


def faces() -> tuple[np.ndarray, np.ndarray]:
    """Draw crops (48, 32, 32, 3) of eight patterns under noise and light, and whose they are."""
    rng = np.random.default_rng(5)
    labels = np.arange(8).repeat(6)
    patterns = rng.integers(40, 216, (8, 4, 4, 3)).repeat(8, axis=1).repeat(8, axis=2)
    light = rng.normal(0, 25, (48, 1, 1, 1))
    crops = patterns[labels] + light + rng.normal(0, 15, (48, 32, 32, 3))
    return crops.clip(0, 255).astype(np.uint8), labels
