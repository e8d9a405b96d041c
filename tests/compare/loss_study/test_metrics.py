"""The metrics of a row, against slow loops over pairs and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from eigen2arc.compare.loss_study.metrics import MOST_IMAGES, all_pairs, held_out_metrics, trials
from eigen2arc.core.errors import UserError

PEOPLE, EACH = 12, 16


@pytest.fixture
def faces(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of people who can nearly be told apart."""
    labels = np.arange(PEOPLE).repeat(EACH) + 100
    vectors = rng.normal(size=(PEOPLE, 8))[labels - 100] + 0.8 * rng.normal(size=(PEOPLE * EACH, 8))
    return (3 * vectors).astype(np.float32), labels


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_the_metrics_of_all_pairs(faces: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, labels = faces
    genuine, impostor = [], []
    for i in range(len(labels)):
        for j in range(i):
            (genuine if labels[i] == labels[j] else impostor).append(cosine(vectors[i], vectors[j]))
    made = held_out_metrics(vectors, labels, trials(labels))
    threshold = sorted(impostor, reverse=True)[len(impostor) // 100]  # one pair in a hundred is above it
    accepted = np.mean([value > threshold for value in genuine])
    assert made["tar_at_far"]["1e-2"] == pytest.approx(accepted, abs=1e-3)
    assert made["tar_at_far"]["1e-3"] is None  # 30 / FAR = 30,000 impostor pairs would be needed
    same = np.arange(len(genuine) + len(impostor)) < len(genuine)
    assert made["auc"] == pytest.approx(roc_auc_score(same, genuine + impostor), abs=1e-6)
    assert made["pairs"]["all"] == len(same)


def test_the_accuracy_and_its_standard_error(faces: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, labels = faces
    pairs = trials(labels)
    score = np.array([cosine(vectors[a], vectors[b]) for a, b in zip(pairs.first, pairs.second, strict=True)])
    made = held_out_metrics(vectors, labels, pairs)["accuracy"]
    rights = []
    for fold in np.unique(pairs.fold):
        others, judged = pairs.fold != fold, pairs.fold == fold
        candidates = np.linspace(-1, 1, 4001)
        hits = [np.mean((score[others] >= t) == pairs.same[others]) for t in candidates]
        best = candidates[np.flatnonzero(hits == np.max(hits))]
        rights.append([np.mean((score[judged] >= t) == pairs.same[judged]) for t in best])
    # Thresholds that are equally good on the other folds may differ on this one; ours is one of them.
    for fold, equally_good in zip(made["folds"], rights, strict=True):
        assert min(equally_good) - 1e-9 <= fold <= max(equally_good) + 1e-9
    folds = np.array(made["folds"])
    assert made["mean"] == pytest.approx(folds.mean())
    assert made["se"] == pytest.approx(np.sqrt(((folds - folds.mean()) ** 2).sum() / (len(folds) - 1) / len(folds)))
    assert len(folds) == len(np.unique(pairs.fold)) == PEOPLE // 2


def test_folds_share_no_person(faces: tuple[np.ndarray, np.ndarray]) -> None:
    pairs, labels = trials(faces[1]), faces[1]
    people = [set(labels[np.r_[pairs.first[pairs.fold == f], pairs.second[pairs.fold == f]]]) for f in range(6)]
    assert sum(map(len, people)) == len(set.union(*people))


def test_lengths_do_not_count(faces: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> None:
    vectors, labels = faces
    stretched = vectors * 2.0 ** rng.integers(-3, 4, (len(vectors), 1))
    assert held_out_metrics(stretched.astype(np.float32), labels, trials(labels)) == held_out_metrics(
        vectors, labels, trials(labels)
    )


def test_vectors_of_a_spoiled_network_are_refused(faces: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, labels = faces
    vectors[3, 2] = np.nan
    with pytest.raises(UserError, match="not finite"):
        held_out_metrics(vectors, labels, trials(labels))


def test_of_very_many_images_an_even_choice_is_compared() -> None:
    labels = np.arange(MOST_IMAGES + 1000) // 2
    x = np.stack([np.cos(labels), np.sin(labels)], axis=1).astype(np.float32)
    assert len(all_pairs(x, labels).value) == MOST_IMAGES * (MOST_IMAGES - 1) // 2
