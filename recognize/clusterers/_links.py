"""What clusterers share: all pairs of faces that are alike enough, block by block, and clusters in order of size."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from eigen2arc.core.checks import check_finite, check_shape
from eigen2arc.core.matchers.cosine import Cosine
from eigen2arc.core.matchers.euclidean import Euclidean
from eigen2arc.core.stages import Matcher, Metric

#: Scores in one block of a product, 64 MB of them: the memory that a search takes, however many faces there are.
BLOCK_SCORES = 1 << 24

#: How far a score that is computed with float32 sums may be off, as a share of the largest squared length.
ROUNDING = 1e-5

#: So many pairs are scored at a time.
PAIRS_AT_A_TIME = 1 << 16

MATCHERS: dict[Metric, Matcher] = {"cosine": Cosine(), "euclidean": Euclidean()}


class Links(NamedTuple):
    """Pairs of faces that are alike enough: those of some faces, in order, with all others.

    first, second (L,) int64 : the two faces, each pair once from either side. score (L,) float32 : of the matcher.
    """

    first: np.ndarray
    second: np.ndarray
    score: np.ndarray


def check_vectors(vectors: np.ndarray) -> int:
    """Check that vectors are (N, D) and finite; returns N. Raises ValueError."""
    count = check_shape(vectors, "N D", "vectors")["N"]
    check_finite(vectors, "vectors")
    return count


def links(vectors: np.ndarray, metric: Metric, threshold: float) -> Iterator[Links]:
    """Find all pairs of vectors (N, D) whose score is the threshold or more, some faces at a time.

    A product of matrices finds what may be alike enough, and the matcher itself decides: the pairs are those, to the
    last bit, that it scores so, and no N x N numbers are ever held.
    """
    rows, scale = prepared(vectors, metric)
    squares = np.einsum("nd,nd->n", rows, rows)
    slack = ROUNDING * max(float(squares.max(initial=0.0)), 1.0)
    if metric == "cosine":
        half, least = np.zeros_like(squares), threshold
    else:  # |a - b|^2 <= t^2 where a b - |a|^2 / 2 - |b|^2 / 2 >= -t^2 / 2; no score is above 0
        distance = min(-threshold / scale, 4.0)  # none is above 2
        half, least = squares / 2, -(distance**2) / 2 if threshold <= 0 else np.inf
    size = max(1, BLOCK_SCORES // max(len(rows), 1))
    for start in range(0, len(rows), size):
        product = rows[start : start + size] @ rows.T
        product -= half[start : start + size, None]
        product -= half
        first, second = np.nonzero(product >= least - slack)
        first += start
        apart = first != second
        first, second = first[apart], second[apart]
        score = _score(vectors, first, second, MATCHERS[metric])
        alike = score >= threshold
        yield Links(first[alike], second[alike], score[alike])


def _score(vectors: np.ndarray, first: np.ndarray, second: np.ndarray, matcher: Matcher) -> np.ndarray:
    parts = np.array_split(np.arange(len(first)), 1 + len(first) // PAIRS_AT_A_TIME)
    return np.concatenate([matcher.score_pairs(vectors[first[part]], vectors[second[part]]) for part in parts])


def prepared(vectors: np.ndarray, metric: Metric) -> tuple[np.ndarray, float]:
    """Return vectors (N, D) float32, none longer than 1, whose Euclidean distances order pairs as the metric does.

    For the cosine those of length 1; for distances as they are, moved to around 0, where float32 is finest, and then
    divided by the second value.
    """
    wide = vectors.astype(np.float64)
    if metric == "cosine":
        norms = np.linalg.norm(wide, axis=1, keepdims=True)
        return (wide / np.where(norms == 0, 1, norms)).astype(np.float32), 1.0
    wide -= wide.mean(axis=0) if len(wide) else 0.0
    scale = float(np.linalg.norm(wide, axis=1).max(initial=0.0)) or 1.0
    return (wide / scale).astype(np.float32), scale


def connected(vectors: np.ndarray, metric: Metric, threshold: float, group: np.ndarray | None = None) -> np.ndarray:
    """Find the parts that pairs above the threshold connect: (N,) int64, the same number for the faces of one part.

    group (N,) int64 : pairs of two groups connect nothing.
    """
    part = np.arange(len(vectors))
    for block in links(vectors, metric, threshold):
        inside = slice(None) if group is None else group[block.first] == group[block.second]
        # Each face hangs on the first one of its part so far, and the block's pairs are added.
        first = np.unique(part, return_index=True)[1][part]
        ends = np.append(np.arange(len(part)), block.first[inside]), np.append(first, block.second[inside])
        graph = csr_array((np.ones(len(ends[0]), bool), ends), (len(part), len(part)))
        part = connected_components(graph, directed=False)[1].astype(np.int64)
    return part


def numbered(names: np.ndarray) -> np.ndarray:
    """Number clusters by their size, the largest 0, of equal ones the one with the first face first: (N,) int64.

    names (N,) int64 : the same for the faces of one cluster, negative for a face of none. A face alone gets -1.
    """
    found, first, place, size = np.unique(names, return_index=True, return_inverse=True, return_counts=True)
    kept = (size > 1) & (found >= 0)
    order = np.lexsort((first, -size))
    order = order[kept[order]]
    number = np.full(len(found), -1, np.int64)
    number[order] = np.arange(len(order))
    return np.asarray(number[place])
