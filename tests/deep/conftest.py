"""What the trainings of detectors share: a toy set that is learned in seconds."""

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages

PICTURES, SIDE = 22, 80


@pytest.fixture(scope="session")
def squares() -> Dataset:
    """Bright squares with five points each, one in every picture, on noise."""
    rng = np.random.default_rng(2)
    images, faces = [], []
    for _ in range(PICTURES):
        picture = rng.integers(0, 120, (SIDE, SIDE, 3))
        x, y, side = (int(v) for v in rng.integers([0, 0, 24], [40, 40, 40]))
        picture[y : y + side, x : x + side] += 120
        points = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.55], [0.35, 0.75], [0.65, 0.75]]) * side + [x, y]
        images.append(picture.astype(np.uint8))
        faces.append(Faces(np.array([[x, y, x + side, y + side]]), np.ones(1), points[None]))
    return Dataset("squares", ArrayImages(images, tuple(map(str, range(PICTURES)))), faces=tuple(faces))


@pytest.fixture
def only_squares(squares: Dataset, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Every data set that is asked for is the toy set."""
    real = plugins.build
    monkeypatch.setattr(plugins, "build", lambda kind, *a, **k: squares if kind == "dataset" else real(kind, *a, **k))
    return squares
