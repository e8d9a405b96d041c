"""The scores themselves, in float64, of few vectors out of many, and the best k of a probe so far."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit, prange

#: Sums may be taken in any order, so that they are taken several at a time; equal rows still have equal sums.
ANY_ORDER = {"reassoc", "contract", "nsz"}


@dataclass(frozen=True)
class Best:
    """The k best of each probe so far, the most alike first, of equal scores the lowest id.

    probes : (Q, D) float64; for the cosine of length 1, or zeros, which are alike to nobody. scores : (Q, k) float32,
    -inf where there is none yet. ids : (Q, k) int64, -1 there.
    """

    probes: np.ndarray
    cosine: bool
    scores: np.ndarray
    ids: np.ndarray

    @classmethod
    def none_yet(cls, probes: np.ndarray, k: int, cosine: bool) -> Self:
        scores, ids = np.full((len(probes), k), -np.inf, np.float32), np.full((len(probes), k), -1, np.int64)
        return cls(np.ascontiguousarray(probes, np.float64), cosine, scores, ids)

    def part(self, some: slice) -> Self:
        """Return the best of some probes; what is added to it stands here, too."""
        return type(self)(self.probes[some], self.cosine, self.scores[some], self.ids[some])

    def add(
        self, vectors: np.ndarray, ids: np.ndarray, alive: np.ndarray, starts: np.ndarray, rows: np.ndarray
    ) -> None:
        """Score the vectors of ``rows`` and keep the best.

        vectors : (N, D) float32; ids : (N,) int64; alive : (N,) uint8, 0 for what was removed. rows : (M,) int64, those
        of probe i from starts[i] to starts[i + 1]; no row twice for a probe, nor in another call.
        """
        _add(self.probes, self.cosine, vectors, ids, alive, starts, rows, self.scores, self.ids)


@njit(cache=True, fastmath=ANY_ORDER)
def _cosine(probe: np.ndarray, vector: np.ndarray) -> float:
    product, square = 0.0, 0.0
    for d in range(len(probe)):
        value = np.float64(vector[d])
        product += probe[d] * value
        square += value * value
    return product / math.sqrt(square) if square > 0 else -np.inf


@njit(cache=True, fastmath=ANY_ORDER)
def _distance(probe: np.ndarray, vector: np.ndarray) -> float:
    square = 0.0
    for d in range(len(probe)):
        difference = probe[d] - vector[d]
        square += difference * difference
    return math.sqrt(square)


@njit(parallel=True, cache=True)
def _add(
    probes: np.ndarray,
    cosine: bool,
    vectors: np.ndarray,
    ids: np.ndarray,
    alive: np.ndarray,
    starts: np.ndarray,
    rows: np.ndarray,
    best: np.ndarray,
    best_ids: np.ndarray,
) -> None:
    k = best.shape[1]
    for i in prange(len(probes)):
        for m in range(starts[i], starts[i + 1]):
            row = rows[m]
            if not alive[row]:
                continue
            if cosine:
                score = np.float32(_cosine(probes[i], vectors[row]))
            else:
                score = np.float32(-_distance(probes[i], vectors[row]))
            if not score > -np.inf:  # without a cosine, or damaged
                continue
            if score < best[i, k - 1] or (score == best[i, k - 1] and ids[row] > best_ids[i, k - 1]):
                continue
            place = k - 1
            while place > 0 and (
                score > best[i, place - 1] or (score == best[i, place - 1] and ids[row] < best_ids[i, place - 1])
            ):
                best[i, place], best_ids[i, place] = best[i, place - 1], best_ids[i, place - 1]
                place -= 1
            best[i, place], best_ids[i, place] = score, ids[row]
