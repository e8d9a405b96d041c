"""The discriminant as a projection: what it leaves out. The algorithm: tests/classical/linear."""

import numpy as np

from eigen2arc.core.plugins import build


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
