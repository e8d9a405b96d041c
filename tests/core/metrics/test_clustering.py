"""Clusters against people: by slow loops over pairs and faces, by scikit-learn's matrix of pairs, and by hand."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.cluster import pair_confusion_matrix

from eigen2arc.core.metrics import clustering
from eigen2arc.core.metrics.clustering import bcubed, pairwise, resample_bcubed, resample_pairwise

FACES = st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 4)), min_size=1, max_size=25)


def split(faces: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    cluster, person = np.array(faces).T
    return cluster, 10 * person - 7


def named(cluster: np.ndarray) -> list[object]:
    """Each cluster by a name of its own, and each face that is in none."""
    return [("face", i) if one < 0 else ("cluster", int(one)) for i, one in enumerate(cluster)]


def harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@given(FACES)
def test_pairwise_counts_pairs(faces: list[tuple[int, int]]) -> None:
    cluster, person = split(faces)
    names = named(cluster)
    pairs = list(combinations(range(len(faces)), 2))
    together = {(i, j) for i, j in pairs if names[i] == names[j]}
    same = {(i, j) for i, j in pairs if person[i] == person[j]}
    precision = len(together & same) / len(together) if together else 1.0
    recall = len(together & same) / len(same) if same else 1.0
    assert pairwise(cluster, person) == pytest.approx((precision, recall, harmonic(precision, recall)))
    numbers = [sorted(set(names), key=str).index(name) for name in names]
    (_, wrong), (missed, right) = pair_confusion_matrix(person, numbers) // 2
    assert (right, wrong, missed) == (len(together & same), len(together - same), len(same - together))


@given(FACES)
def test_bcubed_looks_at_every_face(faces: list[tuple[int, int]]) -> None:
    cluster, person = split(faces)
    names, count = named(cluster), len(faces)
    precision, recall = [], []
    for i in range(count):
        mates = [j for j in range(count) if names[j] == names[i]]
        own = [j for j in range(count) if person[j] == person[i]]
        both = len(set(mates) & set(own))
        precision.append(both / len(mates))
        recall.append(both / len(own))
    wanted = float(np.mean(precision)), float(np.mean(recall))
    assert bcubed(cluster, person) == pytest.approx((*wanted, harmonic(*wanted)))


def test_by_hand() -> None:
    """A cluster of four and one of three faces, of people with five and two."""
    cluster, person = np.array([0, 0, 0, 0, 1, 1, 1]), np.array([5, 5, 5, 5, 5, 2, 2])
    assert pairwise(cluster, person)[:2] == pytest.approx((7 / 9, 7 / 11))
    assert bcubed(cluster, person)[:2] == pytest.approx(((4 + 1 / 3 + 4 / 3) / 7, (16 / 5 + 1 / 5 + 2) / 7))


def test_a_face_in_no_cluster_costs_recall_and_no_precision() -> None:
    cluster, person = np.array([0, 0, -1, -1]), np.array([1, 1, 1, 2])
    assert pairwise(cluster, person) == pytest.approx((1.0, 1 / 3, 0.5))
    assert bcubed(cluster, person)[:2] == pytest.approx((1.0, (2 / 3 + 2 / 3 + 1 / 3 + 1) / 4))


@pytest.mark.parametrize("measure", [pairwise, bcubed])
def test_all_right_is_one_and_nothing_joined_is_right_so_far(measure) -> None:
    person = np.repeat([3, 1, 2], [4, 1, 2])
    assert measure(person * 7, person) == (1.0, 1.0, 1.0)
    assert measure(np.full(7, -1), person).precision == 1.0
    assert measure(np.full(7, -1), np.arange(7)) == (1.0, 1.0, 1.0)


def people_again(cluster: np.ndarray, person: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The faces when person p is there ``times[p]`` times, each time as somebody else."""
    cells = [(c, (p, k)) for c, p in zip(cluster, person, strict=True) for k in range(int(times[p]))]
    names = {name: i for i, name in enumerate(dict.fromkeys(p for _, p in cells))}
    return np.array([c for c, _ in cells]), np.array([names[p] for _, p in cells])


def test_draws_are_what_the_people_drawn_give(rng: np.random.Generator) -> None:
    """Where each is drawn once or never: of one who is drawn twice the two copies are not compared."""
    person = rng.integers(0, 30, 120)
    cluster = np.where(rng.random(120) < 0.7, person, rng.integers(-1, 30, 120))
    chosen = (rng.random((5, len(np.unique(person)))) < 0.6).astype(float)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clustering, "draw", lambda units, rounds: chosen)
        made = [(one(cluster, person, 5), of) for one, of in ((resample_pairwise, pairwise), (resample_bcubed, bcubed))]
    for draws, measure in made:
        for i, times in enumerate(chosen):
            kept = people_again(cluster, np.unique(person, return_inverse=True)[1], times)
            assert [one.people[i] for one in draws] == pytest.approx(list(measure(*kept)))
        assert [one.value for one in draws] == list(measure(cluster, person))


def test_intervals_hold_the_value_and_narrow_with_people(rng: np.random.Generator) -> None:
    widths = []
    for people in (20, 200):
        person = np.repeat(np.arange(people), 6)
        cluster = np.where(rng.random(len(person)) < 0.9, person, (person + 1) % people)
        for resample in (resample_pairwise, resample_bcubed):
            for one in resample(cluster, person, 200):
                low, high = one.interval()
                assert 0 <= low <= one.value <= high <= 1
                widths.append(high - low)
    assert (np.array(widths[:6]) > 1.5 * np.array(widths[6:])).all()


def test_other_arrays_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"person: expected shape \(3\), got \(2,\)"):
        pairwise(np.zeros(3, np.int64), np.zeros(2))
    with pytest.raises(ValueError, match="cluster: expected a face or more"):
        bcubed(np.zeros(0, np.int64), np.zeros(0))
