"""Who is most like a face, by slow loops over all people."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.recognize.stores import nearest_people as module
from eigen2arc.recognize.stores.nearest_people import Candidate, nearest_people
from eigen2arc.recognize.stores.open_store import open_store
from eigen2arc.recognize.stores.store import Metric

PEOPLE, DIMENSIONS = 12, 6


class Known:
    """A store of people with one to five images each, under ids that are no rows, and vectors that are nobody's."""

    def __init__(self, folder: Path, metric: Metric, rng: np.random.Generator) -> None:
        counts = rng.integers(1, 6, PEOPLE)
        self.person = np.repeat([f"person {i}" for i in range(PEOPLE)], counts)
        centres = rng.normal(size=(PEOPLE, DIMENSIONS)).repeat(counts, axis=0)
        self.vectors = (centres + 0.7 * rng.normal(size=centres.shape)).astype(np.float32)
        self.ids = 10 + 3 * np.arange(len(self.person))
        self.metric = metric
        self.store = open_store(folder, DIMENSIONS, metric)
        self.store.add(self.ids, self.vectors)
        self.store.add(np.array([2, 5]), self.vectors[:2])

    def owners(self, ids: np.ndarray) -> list[str | None]:
        return [self.person[self.ids == one][0] if one in self.ids else None for one in ids]

    def images(self, person: str) -> np.ndarray:
        return self.ids[self.person == person]

    def find(self, vectors: np.ndarray, **more: Any) -> list[list[Candidate[str]]]:
        return nearest_people(self.store, vectors, self.owners, self.images, **more)

    def slow(self, vector: np.ndarray, left_out: int = -1) -> list[tuple[str, float]]:
        """Everybody, the most alike first."""
        found = []
        for person in dict.fromkeys(self.person.tolist()):
            own = [
                v.astype(np.float64)
                for v, p, i in zip(self.vectors, self.person, self.ids, strict=True)
                if p == person and i != left_out
            ]
            if not own:
                continue
            if self.metric == "cosine":
                mean = sum((v / np.linalg.norm(v) for v in own), np.zeros(DIMENSIONS))
                score = float(vector @ mean / np.linalg.norm(vector) / np.linalg.norm(mean))
            else:
                score = -float(np.linalg.norm(vector - sum(own, np.zeros(DIMENSIONS)) / len(own)))
            found.append((person, score))
        return sorted(found, key=lambda one: -one[1])


@pytest.fixture(params=["cosine", "euclidean"])
def known(request: pytest.FixtureRequest, tmp_path: Path, rng: np.random.Generator) -> Known:
    return Known(tmp_path / "store", request.param, rng)


def test_people_are_compared_by_their_means(
    known: Known, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(module, "COMPARED", PEOPLE)
    probes = rng.normal(size=(9, DIMENSIONS)).astype(np.float32)
    for vector, found in zip(probes, known.find(probes, people=PEOPLE), strict=True):
        expected = known.slow(vector)
        assert [one.person for one in found] == [person for person, _ in expected]
        assert [one.score for one in found] == pytest.approx([score for _, score in expected], abs=1e-5)
        for one in found:
            images = known.images(one.person)
            alike = [known.store.search(vector[None], 99)[1][0].tolist().index(image) for image in images]
            assert one.image == images[int(np.argmin(alike))]


def test_an_image_is_left_out_of_its_persons_mean(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMPARED", PEOPLE)
    found = known.find(known.vectors, people=PEOPLE, left_out=known.ids)
    for vector, image, candidates in zip(known.vectors, known.ids.tolist(), found, strict=True):
        expected = known.slow(vector, image)
        assert [one.person for one in candidates] == [person for person, _ in expected]
        assert [one.score for one in candidates] == pytest.approx([score for _, score in expected], abs=1e-4)
        assert image not in [one.image for one in candidates]


def test_few_images_are_looked_at_until_there_are_people_enough(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_IMAGES", 1)
    for vector, found in zip(known.vectors, known.find(known.vectors), strict=True):
        assert 2 <= len(found) <= module.COMPARED and found[0].score >= found[-1].score
        expected = dict(known.slow(vector))
        assert all(expected[one.person] == pytest.approx(one.score, abs=1e-5) for one in found)


def test_nobody_is_like_what_has_no_length_and_in_an_empty_store(tmp_path: Path, rng: np.random.Generator) -> None:
    known = Known(tmp_path / "store", "cosine", rng)
    assert known.find(np.zeros((1, DIMENSIONS), np.float32)) == [[]]
    assert known.find(np.empty((0, DIMENSIONS), np.float32)) == []
    known.store.remove(known.store.ids())
    assert known.find(np.ones((2, DIMENSIONS), np.float32)) == [[], []]
