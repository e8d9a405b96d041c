"""Chinese whispers against dictionaries and loops, and on graphs that are drawn by hand."""

from collections import defaultdict

import numpy as np

from eigen2arc.core.matchers.cosine import Cosine
from eigen2arc.recognize.clusterers.chinese_whispers import ChineseWhispers


def slow(vectors: np.ndarray, threshold: float, seed: int) -> list[int]:
    """Biemann's algorithm, word by word."""
    score = Cosine().score(vectors, vectors)
    name = {face: face for face in range(len(vectors))}
    rng = np.random.default_rng(seed)
    while True:
        before = dict(name)
        for face in rng.permutation(len(vectors)).tolist():
            voices: dict[int, float] = defaultdict(float)
            for other in range(len(vectors)):
                if other != face and score[face, other] >= threshold:
                    voices[name[other]] += float(score[face, other]) - threshold
            if voices:
                name[face] = min(voices, key=lambda one: (-voices[one], one))
        if name == before:
            return list(name.values())


def test_it_is_what_the_paper_says() -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        person = rng.integers(0, 12, 80)
        means = rng.normal(size=(12, 16))
        vectors = (means[person] + 0.5 * rng.normal(size=(80, 16))).astype(np.float32)
        names = np.array(slow(vectors, 0.55, seed))
        found = ChineseWhispers(seed=seed).cluster(vectors, "cosine", 0.55)
        alone = np.array([np.count_nonzero(names == one) == 1 for one in names])
        np.testing.assert_array_equal(found == -1, alone)
        same = names[:, None] == names
        np.testing.assert_array_equal((found[:, None] == found)[~alone][:, ~alone], same[~alone][:, ~alone])


def test_one_link_between_two_people_does_not_join_them() -> None:
    """Ten faces of each along a circle, all of one person linked; one face of each stands in between."""
    angle = np.radians([*np.linspace(0, 8, 10), 28, 52, *np.linspace(72, 80, 10)])
    vectors = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    found = ChineseWhispers().cluster(vectors, "cosine", float(np.cos(np.radians(28.5))))
    assert found.tolist() == [0] * 11 + [1] * 11


def test_of_many_links_the_strongest_count() -> None:
    """With one link a face only its copy counts, and what reaches over to others does not."""
    rng = np.random.default_rng(0)
    once = rng.normal(size=(20, 4)) + 3
    vectors = np.repeat(once, 2, axis=0).astype(np.float32)
    found = ChineseWhispers(neighbours=1).cluster(vectors, "cosine", 0.0)
    assert found.tolist() == np.repeat(np.arange(20), 2).tolist()
    assert (ChineseWhispers().cluster(vectors, "cosine", 0.0) == 0).all()
