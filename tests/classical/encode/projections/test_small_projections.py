"""The projections that learn nothing, and the settings of those whose algorithm is tested elsewhere."""

from typing import Any

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


def test_signed_square_root() -> None:
    x = np.array([[4, -9, 0, 0.25]], np.float32)
    np.testing.assert_array_equal(build("projection", "square_root").transform(x), [[2, -3, 0, 0.5]])


def test_unit_length_of_small_large_and_no_vectors() -> None:
    x = np.array([[3, 4], [3e38, 3e38], [1e-44, 0], [0, 0]], np.float32)
    got = build("projection", "unit_length").transform(x)
    np.testing.assert_allclose(got, [[0.6, 0.8], [0.5**0.5] * 2, [1, 0], [0, 0]], rtol=1e-6)


def test_lda_sees_people_whose_images_are_alike_apart(rng: np.random.Generator) -> None:
    """Within people one dimension varies a hundred times more than the others: it is all but left out."""
    labels = np.repeat(np.arange(20), 5)
    x = rng.normal(size=(20, 6))[labels] + rng.normal(size=(100, 6)) * [100, 0.1, 0.1, 0.1, 0.1, 0.1]
    projection = build("projection", "lda", components=3, shrinkage=0.0).fit(x.astype(np.float32), labels)
    axes = projection.tensors()["axes"]
    assert axes.shape == (3, 6) and np.abs(axes[:, 0]).max() < 0.01 * np.abs(axes[:, 1:]).max()
    projected = projection.transform(x.astype(np.float32))
    within = projected - np.stack([projected[labels == label].mean(axis=0) for label in labels])
    np.testing.assert_allclose(within.T @ within / (100 - 20), np.eye(3), atol=1e-3)


def test_plda_gives_its_dimensions_and_one(rng: np.random.Generator) -> None:
    x, labels = rng.normal(size=(60, 8)).astype(np.float32), np.repeat(np.arange(20), 3)
    assert build("projection", "plda", dimensions=3).fit(x, labels).transform(x).shape == (60, 4)
    assert build("projection", "plda", dimensions=50).fit(x, labels).transform(x).shape == (60, 9)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("lda", {"components": 0}),
        ("lda", {"shrinkage": 2}),
        ("joint_bayesian", {"iterations": 0}),
        ("joint_bayesian", {"tolerance": float("nan")}),
        ("joint_bayesian", {"shrinkage": "some"}),
        ("plda", {"dimensions": 0}),
        ("plda", {"shrinkage": -1}),
    ],
)
def test_bad_settings(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=f"{name}: "):
        build("projection", name, **settings)
