"""What every projection promises, on vectors of people under noise."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import model_file, plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Projection

PROJECTIONS = plugins.plugins("projection")
PEOPLE, EACH, DIMENSIONS = 30, 4, 40


def people(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (N, D) float32 of people under noise, and whose they are."""
    rng = np.random.default_rng(seed)
    labels = np.arange(PEOPLE).repeat(EACH) * 5 - 3
    persons = rng.normal(size=(PEOPLE, DIMENSIONS)).repeat(EACH, axis=0)
    return (2 * persons + rng.normal(size=persons.shape)).astype(np.float32), labels


@cache
def fitted(name: str) -> Any:
    return plugins.build("projection", name).fit(*people(1))


@pytest.fixture
def vectors() -> np.ndarray:
    return people(2)[0]


@pytest.mark.parametrize("name", PROJECTIONS)
def test_has_the_methods_and_names_a_matcher_that_exists(name: str) -> None:
    assert isinstance(fitted(name), Projection)
    assert fitted(name).matcher is None or fitted(name).matcher in plugins.plugins("matcher")


@pytest.mark.parametrize("name", PROJECTIONS)
def test_vectors_are_float32_finite_and_one_per_row(name: str, vectors: np.ndarray) -> None:
    projected = fitted(name).transform(vectors)
    assert projected.dtype == np.float32 and projected.shape[0] == len(vectors) and projected.shape[1] > 0
    assert np.isfinite(projected).all()
    assert fitted(name).transform(vectors[:0]).shape == (0, projected.shape[1])


@pytest.mark.parametrize("name", PROJECTIONS)
def test_a_row_alone_is_what_it_is_among_others(name: str, vectors: np.ndarray) -> None:
    together = fitted(name).transform(vectors)
    alone = np.concatenate([fitted(name).transform(row[None]) for row in vectors])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(fitted(name).transform(vectors[::-2]), together[::-2])


@pytest.mark.parametrize("name", PROJECTIONS)
def test_a_row_of_nan_stays_visible_and_alone(name: str, vectors: np.ndarray) -> None:
    """Status.UNREADABLE is a row of NaN."""
    vectors[5] = np.nan
    np.testing.assert_array_equal(np.isnan(fitted(name).transform(vectors)).all(axis=1), np.arange(len(vectors)) == 5)
    assert np.isnan(fitted(name).transform(vectors)).any(axis=1).sum() == 1


@pytest.mark.parametrize("name", PROJECTIONS)
def test_fit_is_deterministic_returns_itself_and_leaves_its_input_alone(name: str, vectors: np.ndarray) -> None:
    x, labels = people(1)
    before = x.copy()
    again = plugins.build("projection", name)
    assert again.fit(x, labels) is again
    np.testing.assert_array_equal(again.transform(vectors), fitted(name).transform(vectors))
    again.transform(x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", PROJECTIONS)
def test_names_of_people_do_not_matter(name: str, vectors: np.ndarray) -> None:
    """Only who is the same person does: new numbers in the same order change nothing."""
    other = plugins.build("projection", name).fit(people(1)[0], people(1)[1] * 7 + 100)
    np.testing.assert_array_equal(other.transform(vectors), fitted(name).transform(vectors))


@pytest.mark.parametrize("name", PROJECTIONS)
def test_what_was_learned_is_restored_from_a_file(name: str, vectors: np.ndarray, tmp_path: Path) -> None:
    settings = {key: getattr(fitted(name), key) for key in PROJECTIONS[name].settings}
    model_file.save(tmp_path / "model", name, settings, fitted(name).tensors())
    loaded, tensors = model_file.load(tmp_path / "model", name, fitted(name).SHAPES)
    rebuilt = plugins.build("projection", name, **loaded)
    assert rebuilt.restore(tensors) is rebuilt
    np.testing.assert_array_equal(rebuilt.transform(vectors), fitted(name).transform(vectors))


@pytest.mark.parametrize("name", PROJECTIONS)
def test_people_of_one_image_do_not_break_it(name: str, vectors: np.ndarray) -> None:
    x, labels = people(1)
    alone = np.concatenate([labels, 1000 + np.arange(len(vectors))])
    projection = plugins.build("projection", name).fit(np.concatenate([x, vectors]), alone)
    assert np.isfinite(projection.transform(vectors)).all()


@pytest.mark.parametrize("name", PROJECTIONS)
def test_other_people_than_the_fitted_are_found_again(name: str, vectors: np.ndarray) -> None:
    projected = fitted(name).transform(vectors)
    score = plugins.build("matcher", fitted(name).matcher or "cosine").score(projected, projected)
    np.fill_diagonal(score, -np.inf)
    labels = people(2)[1]
    assert np.mean(labels[score.argmax(axis=1)] == labels) > 0.95


@pytest.mark.parametrize("name", [name for name in PROJECTIONS if fitted(name).tensors()])
def test_learners_say_what_is_wrong(name: str, vectors: np.ndarray) -> None:
    with pytest.raises(UserError, match="fitted first"):
        plugins.build("projection", name).transform(vectors)
    with pytest.raises(ValueError, match="39 features, but .* is expecting 40"):
        fitted(name).transform(vectors[:, 1:])
    with pytest.raises(UserError):
        plugins.build("projection", name).fit(vectors[:1], np.zeros(1, int))
