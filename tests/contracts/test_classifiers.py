"""What every classifier of descriptors promises."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from eigen2arc.classical.detect.window_classifier.train_windows import fit_calibrated
from eigen2arc.core import model_file, plugins

CLASSIFIERS = plugins.plugins("classifier")

#: Less of what takes long, and is enough for a few dimensions.
SETTINGS: dict[str, dict[str, Any]] = {"random_forest": {"trees": 60}}


def built(name: str) -> Any:
    return plugins.build("classifier", name, **SETTINGS.get(name, {}))


def blobs(samples: int, apart: float, seed: int, dimensions: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Two Gaussians of variance 1, their means ``apart`` along the diagonal, of very different units and offsets."""
    rng = np.random.default_rng(seed)
    faces = rng.random(samples) < 0.5
    x = rng.normal(size=(samples, dimensions))
    x += np.where(faces, apart / 2, -apart / 2)[:, None] / np.sqrt(dimensions)
    units = 10.0 ** np.arange(dimensions - 3, -3, -1)
    return (x * units + 5 * units).astype(np.float32), faces


@cache
def fitted(name: str) -> Any:
    return built(name).fit(*blobs(400, 4.0, seed=0))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_two_clouds_far_apart_are_told_apart(name: str) -> None:
    """So far that each dimension tells alone: boosting looks no further than the first one that does."""
    machine = built(name)
    assert machine.fit(*blobs(300, 30.0, seed=1)) is machine
    x, faces = blobs(500, 30.0, seed=2)
    values = machine.decide(x)
    assert values.shape == (500,) and values.dtype == np.float64
    assert values[faces].min() > values[~faces].max()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_clouds_that_overlap_are_parted_nearly_as_well_as_they_can_be(name: str) -> None:
    """Means 4 deviations apart: by the best rule Phi(-2) = 2.3 % are wrong."""
    x, faces = blobs(4000, 4.0, seed=3)
    values = fitted(name).decide(x)
    best = max(np.mean((values > threshold) == faces) for threshold in np.quantile(values, np.linspace(0.3, 0.7, 41)))
    assert best > 0.95


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_row_gets_the_same_value_in_every_batch(name: str) -> None:
    x, _ = blobs(150, 4.0, seed=4)
    together = fitted(name).decide(x)
    np.testing.assert_array_equal(together, np.concatenate([fitted(name).decide(row[None]) for row in x]))
    np.testing.assert_array_equal(fitted(name).decide(x[::-2]), together[::-2])
    assert fitted(name).decide(x[:0]).shape == (0,)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_fit_is_deterministic_and_leaves_the_samples_alone(name: str) -> None:
    x, faces = blobs(400, 4.0, seed=0)
    before = x.copy()
    again = built(name).fit(x, faces)
    np.testing.assert_array_equal(again.decide(x), fitted(name).decide(x))
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_saved_one_decides_as_before(name: str, tmp_path: Path) -> None:
    machine = fitted(name)
    settings = {setting: getattr(machine, setting) for setting in CLASSIFIERS[name].settings}
    model_file.save(tmp_path / "model", name, settings, machine.tensors())
    loaded, tensors = model_file.read(tmp_path / "model", name)
    rebuilt = plugins.build("classifier", name, **loaded)
    model_file.check_tensors("model", tensors, rebuilt.SHAPES, rebuilt.INTEGERS)
    x, _ = blobs(300, 4.0, seed=5)
    np.testing.assert_array_equal(rebuilt.restore(tensors).decide(x), machine.decide(x))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_weights_count_like_copies(name: str) -> None:
    """Faces that weigh next to nothing leave nearly everything to the others."""
    x, faces = blobs(400, 2.0, seed=6)
    heavy = built(name).fit(x, faces, np.where(faces, 1.0, 0.01)).decide(x)
    light = built(name).fit(x, faces, np.where(faces, 0.01, 1.0)).decide(x)
    assert heavy.mean() > light.mean()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_constant_dimension_does_no_harm(name: str) -> None:
    x, faces = blobs(200, 6.0, seed=7)
    x[:, 2] = 3.0
    assert np.isfinite(built(name).fit(x, faces).decide(x)).all()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_vectors_of_another_length_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 6\), got \(2, 5\)"):
        fitted(name).decide(np.zeros((2, 5), np.float32))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_probabilities_are_those_of_the_closed_form(name: str) -> None:
    """Of two Gaussians with unit variance, P(face | x) = 1 / (1 + exp(-apart * projection)), exactly.

    The mean squared difference is what the Brier score exceeds the best possible one by: .14 for knowing nothing.
    """
    apart, dimensions = 2.0, 3
    x, faces = blobs(1500, apart, seed=8, dimensions=dimensions)
    machine, sigmoid = fit_calibrated(lambda: built(name), x, faces, seed=0)
    new, truth = blobs(4000, apart, seed=9, dimensions=dimensions)
    probability = sigmoid.probability(machine.decide(new))
    units = 10.0 ** np.arange(dimensions - 3, -3, -1)
    true = expit(apart * ((new / units) - 5).sum(axis=1) / np.sqrt(dimensions))
    assert np.mean((probability - true) ** 2) < 0.03
    # Among those that are given p, a share of p are faces.
    for low in np.arange(0, 1, 0.2):
        chosen = (probability >= low) & (probability < low + 0.2)
        if chosen.sum() > 200:
            assert abs(truth[chosen].mean() - probability[chosen].mean()) < 0.1
