"""The best threshold of all features: class weights are added up bin by bin, and every edge of a bin is tried."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numba
import numpy as np
from numba import njit

from .binning import BINS, Binned

#: Features whose histograms (4 kB each) are added up at a time: as many as stay in a core's cache.
BLOCK = 256

#: Below this share of the node's weight a gain is rounding.
LEAST_GAIN = 1e-9


class Boosting(Protocol):
    """A plug-in of kind "boosting": a form of AdaBoost, on weights P of positives and N of negatives."""

    def split_score(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Compute a leaf's term of the split criterion, element by element; its sum over leaves is to be maximised."""
        ...

    def leaf_values(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Compute the values (L,) of a tree's leaves."""
        ...


@dataclass(frozen=True)
class Node:
    """The samples of a node, positives first: samples (n,) uint32, of which the first ``positives``; weights (n,)."""

    samples: np.ndarray
    positives: int
    weights: np.ndarray

    def weight(self) -> tuple[float, float]:
        """Sum the node's weights, P and N."""
        return float(self.weights[: self.positives].sum()), float(self.weights[self.positives :].sum())

    def subset(self, chosen: np.ndarray) -> "Node":
        """Return the node of the samples where ``chosen`` (n,) is True."""
        return Node(self.samples[chosen], int(chosen[: self.positives].sum()), self.weights[chosen])


def best_split(binned: Binned, features: np.ndarray, node: Node, boosting: Boosting) -> tuple[int, int] | None:
    """Find the split with the highest score: its feature, and the last bin that goes left; None if none gains anything.

    features : (f,) numbers of those that are tried, rising. Of equal splits the one with the lower feature, then the
    lower bin is taken, so that the number of threads makes no difference.
    """
    positive, negative = node.weight()
    if positive == 0 or negative == 0:
        return None

    def best_of(block: np.ndarray) -> tuple[float, int, int]:
        below = np.empty((len(block), 2, BINS))
        weights_below(binned.bins, block, node.samples, node.positives, node.weights, below)
        left, right = below[:, :, :-1], below[:, :, -1:] - below[:, :, :-1]
        score = boosting.split_score(left[:, 0], left[:, 1]) + boosting.split_score(right[:, 0], right[:, 1])
        row, column = divmod(int(np.argmax(score)), BINS - 1)
        return float(score[row, column]), int(block[row]), column

    blocks = [features[start : start + BLOCK] for start in range(0, len(features), BLOCK)]
    with ThreadPoolExecutor(numba.get_num_threads()) as threads:
        score, feature, last_left = max(threads.map(best_of, blocks), key=lambda best: best[0])
    alone = float(boosting.split_score(np.array(positive), np.array(negative)))
    return (feature, last_left) if score - alone > LEAST_GAIN * (positive + negative) else None


@njit(cache=True, nogil=True)
def weights_below(
    bins: np.ndarray, features: np.ndarray, samples: np.ndarray, positives: int, weights: np.ndarray, below: np.ndarray
) -> None:
    """Sum the weights of positives and of negatives up to each bin, (f, 2, 256) float64, into ``below``.

    Four features at a time: while one addition waits for its histogram, those of the others go on.
    """
    sums = np.empty((4, BINS))
    for first in range(0, len(features), 4):
        last = min(first + 4, len(features))
        rows = (
            bins[features[first]],
            bins[features[min(first + 1, last - 1)]],
            bins[features[min(first + 2, last - 1)]],
            bins[features[min(first + 3, last - 1)]],
        )
        for label in range(2):
            sums[:] = 0
            part = slice(0, positives) if label == 0 else slice(positives, len(samples))
            _add(rows, samples[part], weights[part], sums[0], sums[1], sums[2], sums[3])
            for k in range(last - first):
                total = 0.0
                for b in range(BINS):
                    total += sums[k, b]
                    below[first + k, label, b] = total


@njit(cache=True, nogil=True)
def _add(
    rows: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    samples: np.ndarray,
    weights: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    d: np.ndarray,
) -> None:
    row_a, row_b, row_c, row_d = rows
    for i in range(len(samples)):
        n, weight = samples[i], weights[i]
        a[row_a[n]] += weight
        b[row_b[n]] += weight
        c[row_c[n]] += weight
        d[row_d[n]] += weight
