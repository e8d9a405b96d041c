"""People with vectors whose truth is known."""

import numpy as np

from eigen2arc.recognize.calibration.reading import Reading
from eigen2arc.recognize.stores.store import Metric

READING = Reading({"name": "mtcnn"}, {"name": "five_point"}, [], "made", {"name": "cosine"}, [1.0, 2.0])


def draw_people(
    people: int, images: int, rng: np.random.Generator, dimensions: int = 24, spread: float = 0.6
) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (N, D) float32 of people, and who each is of."""
    centres = rng.normal(size=(people, dimensions))
    vectors = np.repeat(centres, images, 0) + spread * rng.normal(size=(people * images, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), np.repeat(np.arange(people), images)


class Vectors:
    """An exact index of vectors under ids that are no rows."""

    metric: Metric = "cosine"

    def __init__(self, vectors: np.ndarray, first: int = 100) -> None:
        self.all, self.first = vectors, first

    @property
    def ids(self) -> np.ndarray:
        return np.arange(len(self.all)) + self.first

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        return self.all[ids - self.first]

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        score = np.full((len(vectors), max(k, len(self.all))), -np.inf, np.float32)
        score[:, : len(self.all)] = vectors @ self.all.T
        order = np.argsort(-score, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(score, order, 1), np.where(order < len(self.all), order + self.first, -1)
