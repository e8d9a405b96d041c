"""How well vectors tell people apart by their cosines, while a network is being trained or quantised."""

import numpy as np


def drawn_pairs(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs of images, (P,) and (P,) int64: all of one person and as many of two people.

    Of one person there are fewer where those of two are few. Which pairs of two people are taken is fixed, so that
    metrics of one set can be compared.
    """
    rng = np.random.default_rng(0)
    first, second = np.triu_indices(len(labels), k=1)
    same = labels[first] == labels[second]
    genuine, impostor = np.flatnonzero(same), np.flatnonzero(~same)
    pairs = min(len(genuine), len(impostor))
    chosen = np.concatenate([rng.permutation(genuine)[:pairs], rng.choice(impostor, pairs, replace=False)])
    return first[chosen], second[chosen]


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compute the cosines (P,), -1..1, of vectors (P, D) and (P, D); 0 for a vector without length."""
    tiny = np.finfo(np.float32).tiny
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.clip(np.einsum("pd,pd->p", a, b) / np.maximum(lengths, tiny), -1, 1)


def halves_accuracy(score: np.ndarray, same: np.ndarray) -> float:
    """Compute the accuracy 0..1 of pairs, each half tested at the threshold that is best on the other half."""
    return accuracy_by_fold(score, same, np.arange(len(score)) % 2)


def accuracy_by_fold(score: np.ndarray, same: np.ndarray, fold: np.ndarray) -> float:
    """Compute the mean accuracy 0..1 over folds, each tested at the threshold that is best on the others.

    score, same, fold : (P,). One fold alone is tested at its own best threshold.
    """
    accuracies = []
    for number in np.unique(fold):
        tested = fold == number
        others = tested if tested.all() else ~tested
        threshold = best_threshold(score[others], same[others])
        accuracies.append(np.mean((score[tested] >= threshold) == same[tested]))
    return float(np.mean(accuracies))


def best_threshold(score: np.ndarray, same: np.ndarray) -> float:
    """Return the score from which on "same" is said with the fewest errors; the lowest of several such."""
    thresholds = np.unique(score)
    missed = np.searchsorted(np.sort(score[same]), thresholds)
    accepted = np.count_nonzero(~same) - np.searchsorted(np.sort(score[~same]), thresholds)
    return float(thresholds[np.argmin(missed + accepted)])
