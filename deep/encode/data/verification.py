"""How well vectors tell people apart, while a network is being trained."""

import numpy as np


def verification_accuracy(vectors: np.ndarray, labels: np.ndarray) -> tuple[float, int]:
    """Accuracy 0..1 over all pairs of one person and as many of two, and how many pairs these were.

    vectors : (N, D), compared by cosine; labels : (N,). See drawn_pairs and halves_accuracy.
    """
    first, second = drawn_pairs(labels)
    return halves_accuracy(cosines(vectors[first], vectors[second]), labels[first] == labels[second]), len(first)


def drawn_pairs(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(P,) and (P,) int64: all pairs of one person and as many of two, or fewer of the first if the second are few.

    Which pairs of two people are taken is fixed, so that figures of one set can be compared.
    """
    rng = np.random.default_rng(0)
    first, second = np.triu_indices(len(labels), k=1)
    same = labels[first] == labels[second]
    genuine, impostor = np.flatnonzero(same), np.flatnonzero(~same)
    pairs = min(len(genuine), len(impostor))
    chosen = np.concatenate([rng.permutation(genuine)[:pairs], rng.choice(impostor, pairs, replace=False)])
    return first[chosen], second[chosen]


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(P, D) and (P, D) to (P,), -1..1; 0 for a vector without length."""
    tiny = np.finfo(np.float32).tiny
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.clip(np.einsum("pd,pd->p", a, b) / np.maximum(lengths, tiny), -1, 1)


def angles_deg(cosine: np.ndarray) -> np.ndarray:
    """0..180."""
    return np.degrees(np.arccos(cosine))


def halves_accuracy(score: np.ndarray, same: np.ndarray) -> float:
    """Accuracy 0..1; each half of the pairs is judged with the threshold that is best on the other half."""
    return accuracy_by_fold(score, same, np.arange(len(score)) % 2)


def accuracy_by_fold(score: np.ndarray, same: np.ndarray, fold: np.ndarray) -> float:
    """Mean accuracy 0..1 over folds, each judged with the threshold that is best on the others; (P,) all three.

    One fold alone is judged with its own best threshold.
    """
    accuracies = []
    for number in np.unique(fold):
        judged = fold == number
        others = judged if judged.all() else ~judged
        threshold = best_threshold(score[others], same[others])
        accuracies.append(np.mean((score[judged] >= threshold) == same[judged]))
    return float(np.mean(accuracies))


def best_threshold(score: np.ndarray, same: np.ndarray) -> float:
    """The score from which on "same" is said with the fewest errors; the lowest of several such."""
    thresholds = np.unique(score)
    missed = np.searchsorted(np.sort(score[same]), thresholds)
    accepted = np.count_nonzero(~same) - np.searchsorted(np.sort(score[~same]), thresholds)
    return float(thresholds[np.argmin(missed + accepted)])
