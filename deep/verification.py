"""How well vectors tell people apart, while a network is being trained."""

import numpy as np


def verification_accuracy(vectors: np.ndarray, labels: np.ndarray) -> tuple[float, int]:
    """Accuracy 0..1 over all pairs of one person and as many of two, and how many pairs these were.

    vectors : (N, D), compared by cosine; labels : (N,). Each half of the pairs is judged with the threshold that is
    best on the other half. Which pairs of two people are taken is fixed, so that figures of one set can be compared.
    """
    rng = np.random.default_rng(0)
    x = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    first, second = np.triu_indices(len(labels), k=1)
    same = labels[first] == labels[second]
    genuine, impostor = np.flatnonzero(same), np.flatnonzero(~same)
    pairs = min(len(genuine), len(impostor))
    chosen = np.concatenate([rng.permutation(genuine)[:pairs], rng.choice(impostor, pairs, replace=False)])
    score, same = np.einsum("nd,nd->n", x[first[chosen]], x[second[chosen]]), same[chosen]
    halves = np.arange(2 * pairs) % 2 == 0
    right = sum(
        np.count_nonzero((score[half] >= best_threshold(score[~half], same[~half])) == same[half])
        for half in (halves, ~halves)
    )
    return right / (2 * pairs), 2 * pairs


def best_threshold(score: np.ndarray, same: np.ndarray) -> float:
    """The score from which on "same" is said with the fewest errors; the lowest of several such."""
    thresholds = np.unique(score)
    missed = np.searchsorted(np.sort(score[same]), thresholds)
    accepted = np.count_nonzero(~same) - np.searchsorted(np.sort(score[~same]), thresholds)
    return float(thresholds[np.argmin(missed + accepted)])
