"""Exact search in two passes: an upper bound of every score from bytes, then the scores that can be among the best.

A vector is turned so that its first numbers hold the most (PCA), and each number is written in a byte, v' = s c. What
is lost has a length, e = |v - v'|, so that by Cauchy and Schwarz for a probe q, itself q' and f = |q - q'|,

    <q, v>  <=  <q', v'> + |q| e + f |v'|.

The product of the bytes costs half of one in float32. It is taken in two steps: of the first numbers, the lead, for
which all others are bounded by their lengths, <q, v> <= <q', v'>_lead + ... + |q|_others |v|_others; and of the rest
only for probes that too many vectors still reach. The last numbers, in which little is left, have no bytes at all, only
their length. No vector is left out whose score could be among the best k, so the result is that of all scores.

Distances are searched in the same way: |q - v|^2 = |q|^2 - 2 (<q, v> - |v|^2 / 2).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange

from .exact_scores import Best

#: A byte holds -63..63 with this added: so no sum of two products of bytes leaves 16 bits, in which CPUs add them.
ZERO, LARGEST = 64, 63
#: What rounding in float32 can add to a bound, for vectors up to length 1; a hundred times what it does.
SLACK = 1e-3
#: Rows at a time: their products stay in the cache.
BLOCK = 4096
#: Probes at a time.
PROBES = 128
#: Fewer rows are not turned: finding the axes would take longer than it saves.
LEAST_TURNED = 20_000
#: What the numbers after the lead, and those without bytes, can add to a score at most, on average, in standard
#: deviations of the scores of two vectors. Images of one person lie as far as the first above those of two; and of
#: vectors that come within the second of the best k there are few.
AFTER_LEAD, WITHOUT_BYTES = 9.0, 0.4
#: Pieces of a block, which threads take.
PIECES = 8
#: Of Codes.bounds: the step, the lost length, the length of the other numbers, and half the square.
BOUNDS_OF_LEAD, BOUNDS_OF_ALL = [0, 1, 3, 5], [0, 2, 4, 5]
#: A probe that more than this share of a block's rows reach by their lead has the rest multiplied, too.
REACHED = 1 / 512


@dataclass(frozen=True)
class Codes:
    """The vectors of a segment in bytes.

    axes : (D, D) float32, the columns are the new axes; (0, 0) where nothing was turned. size : the length of the
    longest vector, which stands for 1 in what follows; of the cosine, vectors have length 1 before. lead, rest :
    (N, A) and (N, B) uint8. bounds : (6, N) float32, of each vector the step s of its bytes, the lengths that are lost
    in the bytes of the lead and in all, the lengths of the numbers after the lead and of those without bytes, and
    |v|^2 / 2, or 0 for the cosine.
    """

    axes: np.ndarray
    size: float
    lead: np.ndarray
    rest: np.ndarray
    bounds: np.ndarray


def find_axes(sample: np.ndarray) -> tuple[np.ndarray, int, int]:
    """Compute the principal axes of vectors (n, D), n of at least 2, not centred, and how many of them have bytes.

    Returns axes (D, D) float32, A of the lead, and A + B of all that have bytes, both multiples of 32 or D.
    """
    wide = sample.astype(np.float64)
    energies, axes = np.linalg.eigh(wide.T @ wide / len(wide))
    after = np.clip(energies.sum() - np.cumsum(energies[::-1]), 0, None)
    some = min(1000, len(wide) // 2)
    deviation = (wide[:some] @ wide[some : 2 * some].T).std()
    lead, coded = (int(np.argmax(after <= times * deviation)) + 1 for times in (AFTER_LEAD, WITHOUT_BYTES))
    if deviation == 0:
        lead = coded = wide.shape[1]
    rounded = [min(-(-count // 32) * 32, wide.shape[1]) for count in (lead, coded)]
    return np.ascontiguousarray(axes[:, ::-1], np.float32), rounded[0], rounded[1]


def turn(vectors: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return vectors (n, D) along the axes, float32."""
    return np.asarray(vectors.astype(np.float32) @ axes) if len(axes) else vectors.astype(np.float32)


def encode(turned: np.ndarray, lead: int, coded: int, cosine: bool) -> tuple[np.ndarray, np.ndarray]:
    """Write turned vectors (n, D) of length at most 1 in bytes: (n, coded) uint8 and their bounds (6, n) float32."""
    wide = turned.astype(np.float64)
    some = wide[:, :coded]
    steps = (np.abs(some).max(axis=1, initial=0) / LARGEST).astype(np.float32)
    codes = np.rint(some / np.where(steps == 0, 1, steps)[:, None]).clip(-LARGEST, LARGEST)
    lost = some - codes * steps[:, None].astype(np.float64)
    halves = np.zeros(len(wide)) if cosine else (wide**2).sum(axis=1) / 2
    lengths = (np.linalg.norm(part, axis=1) for part in (lost[:, :lead], lost, wide[:, lead:], wide[:, coded:]))
    return (codes + ZERO).astype(np.uint8), np.array([steps, *lengths, halves], np.float32)


def search(codes: Codes, vectors: np.ndarray, ids: np.ndarray, alive: np.ndarray, best: Best) -> None:
    """Search a segment for what belongs among the best. vectors, ids, alive : of the segment, see Best.add."""
    for start in range(0, len(best.probes), PROBES):
        _Search(codes, (vectors, ids, alive), best.part(slice(start, start + PROBES))).run()


class _Search:
    """The search of some probes."""

    def __init__(self, codes: Codes, segment: tuple[np.ndarray, np.ndarray, np.ndarray], best: Best) -> None:
        self.codes, self.segment, self.best = codes, segment, best
        self.floor = best.scores[:, -1].copy()
        lead = codes.lead.shape[1]
        probes = best.probes / codes.size
        self.lengths = np.linalg.norm(probes, axis=1)
        one = turn(probes / np.where(self.lengths == 0, 1, self.lengths)[:, None], codes.axes)
        steps = np.abs(one).max(axis=1, initial=0).astype(np.float64) / 127
        codes_of_probes = np.rint(one / np.where(steps == 0, 1, steps)[:, None])
        lost = one - codes_of_probes * steps[:, None]
        coded = lead + codes.rest.shape[1]
        self.lead, self.rest, _ = np.split(np.ascontiguousarray(codes_of_probes.T.astype(np.int8)), [lead, coded])
        # Of each probe what the products, the lost lengths and those of other numbers are multiplied with ...
        self.by_lead, self.by_all = (
            (np.array([steps, *(np.linalg.norm(one[:, some], axis=1) for some in parts)]) * self.lengths).astype("f4")
            for parts in ((slice(lead), slice(lead, None)), (slice(coded), slice(coded, None)))
        )
        # ... and what comes to every bound besides. A vector in bytes is at most longer than 1 by what is lost of it.
        most = 1 + np.sqrt(coded) / (2 * LARGEST)
        slack = SLACK * self.lengths + 1e-6 + 1e-15 * self.lengths**2
        self.more_by_lead = most * np.linalg.norm(lost[:, :lead], axis=1) * self.lengths + slack
        self.more_by_all = most * np.linalg.norm(lost[:, :coded], axis=1) * self.lengths + slack

    def run(self) -> None:
        rows = len(self.codes.lead)
        self._raise_floor(min(BLOCK, rows))
        for start in range(0, rows, BLOCK):
            self._block(start, min(start + BLOCK, rows))

    def _reach(self) -> np.ndarray:
        """What the bound of a vector has to reach, (Q,) float64: it is to be counted in if its score is the worst's."""
        worst = np.nextafter(np.maximum(self.best.scores[:, -1], self.floor), np.float32(-np.inf)).astype(np.float64)
        if self.best.cosine:
            return worst
        # Infinite, too, where the float above is the largest one.
        return (self.lengths**2 - (worst / self.codes.size) ** 2) / 2

    def _raise_floor(self, stop: int) -> None:
        """The worst of k vectors that look the best by their bytes, in the first rows, is a floor of the worst."""
        k, count = self.best.scores.shape[1], len(self.floor)
        if k > stop or np.isfinite(self.floor).all():
            return
        products = self._product(self.codes.lead, self.lead, 0, stop).astype(np.float32)
        if self.codes.rest.shape[1]:
            products += self._product(self.codes.rest, self.rest, 0, stop)
        steps, halves = self.codes.bounds[0, :stop, None], self.codes.bounds[5, :stop, None]
        removed = self.segment[2][:stop, None] == 0
        distances = np.ascontiguousarray(np.where(removed, np.inf, halves - products * steps * self.by_all[0]).T)
        rows = np.argpartition(distances, k - 1, axis=1)[:, :k]
        first = Best.none_yet(self.best.probes, k, self.best.cosine)
        first.add(*self.segment, np.arange(count + 1) * k, rows.ravel().astype(np.int64))
        self.floor = np.maximum(self.floor, first.scores[:, -1])

    def _product(self, codes: np.ndarray, probes: np.ndarray, start: int, stop: int) -> np.ndarray:
        feeds = {"codes": np.asarray(codes[start:stop]), "probes": probes}
        return np.asarray(_byte_product().run(None, feeds)[0])

    def _block(self, start: int, stop: int) -> None:
        """Bound the scores of some rows, and look at those that reach far enough."""
        reach = self._reach()
        bounds = np.ascontiguousarray(self.codes.bounds[BOUNDS_OF_LEAD, start:stop])
        products = self._product(self.codes.lead, self.lead, start, stop)
        by_lead = (reach - self.more_by_lead).astype(np.float32)
        counts = _count(products, bounds, self.by_lead, by_lead)
        many = counts.sum(axis=0) > REACHED * (stop - start)
        if not many.any() or not self.codes.rest.shape[1]:
            self._add(start, np.arange(len(reach)), counts, products, bounds, self.by_lead, by_lead)
            return
        done = np.flatnonzero(~many)
        if counts[:, done].any():
            factors, some = self.by_lead.take(done, axis=1), products.take(done, axis=1)
            self._add(start, done, counts[:, done], some, bounds, factors, by_lead[done])
        open_ = np.flatnonzero(many)
        both = products.take(open_, axis=1)
        both += self._product(self.codes.rest, self.rest.take(open_, axis=1), start, stop)
        bounds = np.ascontiguousarray(self.codes.bounds[BOUNDS_OF_ALL, start:stop])
        factors, by_all = self.by_all.take(open_, axis=1), (reach - self.more_by_all).astype(np.float32)[open_]
        self._add(start, open_, _count(both, bounds, factors, by_all), both, bounds, factors, by_all)

    def _add(
        self,
        start: int,
        probes: np.ndarray,
        counts: np.ndarray,
        products: np.ndarray,
        bounds: np.ndarray,
        factors: np.ndarray,
        reach: np.ndarray,
    ) -> None:
        """Score the rows that were counted, of the probes that they were counted for."""
        of_each = np.zeros(len(self.floor), np.int64)
        of_each[probes] = counts.sum(axis=0)
        starts = np.concatenate([[0], np.cumsum(of_each)])
        rows = np.empty(starts[-1], np.int64)
        if len(rows):
            places = starts[probes] + np.cumsum(counts, axis=0) - counts
            _list(products, bounds, factors, reach, places, start, rows)
            self.best.add(*self.segment, starts, rows)


@cache
def _byte_product() -> Any:
    """A session of ONNX Runtime that multiplies uint8 codes (n, d), less ZERO, with int8 (d, q): int32 (n, q)."""
    import onnxruntime
    from onnx import TensorProto, helper

    inputs = [("codes", TensorProto.UINT8, ["n", "d"]), ("probes", TensorProto.INT8, ["d", "q"])]
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["codes", "probes", "zero"], ["products"])],
        "byte product",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info("products", TensorProto.INT32, ["n", "q"])],
        [helper.make_tensor("zero", TensorProto.UINT8, [], [ZERO])],
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = get_num_threads()
    # Threads that wait in a loop for the next product would take the cores from what comes between.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


@njit(parallel=True, cache=True)
def _count(products: np.ndarray, bounds: np.ndarray, factors: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Count for each probe the rows whose bounds reach far enough, in each of PIECES pieces: (PIECES, Q) int64."""
    rows, probes = products.shape
    counts = np.zeros((PIECES, probes), np.int32)
    for piece in prange(PIECES):
        for j in range(rows * piece // PIECES, rows * (piece + 1) // PIECES):
            step, lost, others, half = bounds[0, j], bounds[1, j], bounds[2, j], bounds[3, j]
            for i in range(probes):
                bound = (
                    np.float32(products[j, i]) * step * factors[0, i] + lost * factors[1, i] + others * factors[2, i]
                )
                counts[piece, i] += not (bound - half < reach[i])  # what is no number is to be looked at
    return counts.astype(np.int64)


@njit(parallel=True, cache=True)
def _list(
    products: np.ndarray,
    bounds: np.ndarray,
    factors: np.ndarray,
    reach: np.ndarray,
    places: np.ndarray,
    first: int,
    out: np.ndarray,
) -> None:
    """List the rows that _count counted, ``first`` added, those of a piece and a probe from its place on."""
    rows, probes = products.shape
    for piece in prange(PIECES):
        place = places[piece].copy()
        for j in range(rows * piece // PIECES, rows * (piece + 1) // PIECES):
            step, lost, others, half = bounds[0, j], bounds[1, j], bounds[2, j], bounds[3, j]
            hits = np.int32(0)
            for i in range(probes):
                bound = (
                    np.float32(products[j, i]) * step * factors[0, i] + lost * factors[1, i] + others * factors[2, i]
                )
                hits += not (bound - half < reach[i])
            if hits == 0:
                continue
            for i in range(probes):
                bound = (
                    np.float32(products[j, i]) * step * factors[0, i] + lost * factors[1, i] + others * factors[2, i]
                )
                if not (bound - half < reach[i]):
                    out[place[i]] = first + j
                    place[i] += 1
