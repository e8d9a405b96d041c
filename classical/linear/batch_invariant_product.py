"""Matrix products whose entries do not depend on what else is in the matrices: a face alone is itself among others.

A BLAS adds up the same dot product in one order or another, by how many rows there are and by the place of its row, so
a face would get another vector alone than among others, in the last digits. Filling up the rows to a fixed number does
not help: measured with OpenBLAS 0.3.31 on AVX2, N rows of 640 columns times 640 x 10, the bits of a row change

    float32  from N = 64 to 1 for all rows, to 7, 8, 16 or 63 for some, and for 8 of 64 rows when they trade places
    float64  from N = 64 to 1 for all rows, to 7, 15 or 63 for some; not when they trade places

and on older processors in other cases. So whatever a result has to be independent of its batch for is multiplied here,
where each entry is added up in one order; what computes row by row, as distances and trees do, needs nothing. Its speed
is a BLAS's: a tile of 2 x 4 dot products runs through the caches at once, and the compiler makes vector instructions of
it.
"""

import numpy as np
from numba import njit, prange

#: Columns that are multiplied before the next: 2 + 4 rows of them fit into the first cache, a block's into the second.
CHUNK = 1024

#: Rows of the second matrix that one task takes, a multiple of 4.
GROUP = 32


def fixed_order_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply a (N, D) and b (K, D) to a b^T (N, K), all float32 or all float64.

    Entry (n, k) depends on a[n] and b[k] only.
    """
    return np.asarray(_product(_even(np.ascontiguousarray(a)), np.ascontiguousarray(b)))[: len(a)]


def _even(a: np.ndarray) -> np.ndarray:
    return a if len(a) % 2 == 0 else np.concatenate([a, np.zeros_like(a[:1])])


@njit(parallel=True, cache=True)
def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    n_rows, d = a.shape
    out = np.zeros((n_rows, len(b)), a.dtype)
    for group in prange((len(b) + GROUP - 1) // GROUP):
        for start in range(0, d, CHUNK):
            chunk = slice(start, min(start + CHUNK, d))
            for k in range(group * GROUP, min((group + 1) * GROUP, len(b)), 4):
                for n in range(0, n_rows, 2):
                    _tile(a, b, n, k, chunk, out)
    return out


# The order of the sum is left to the compiler, once for all: it is the same for every tile.
@njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _tile(a: np.ndarray, b: np.ndarray, n: int, k: int, chunk: slice, out: np.ndarray) -> None:
    """Add the columns ``chunk`` of 2 x 4 dot products; past the end of b its last row stands in, for nothing."""
    last = len(b) - 1
    a0, a1 = a[n, chunk], a[n + 1, chunk]
    b0, b1, b2, b3 = b[k, chunk], b[min(k + 1, last), chunk], b[min(k + 2, last), chunk], b[min(k + 3, last), chunk]
    s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = a.dtype.type(0)
    for d in range(len(a0)):
        s00 += a0[d] * b0[d]
        s01 += a0[d] * b1[d]
        s02 += a0[d] * b2[d]
        s03 += a0[d] * b3[d]
        s10 += a1[d] * b0[d]
        s11 += a1[d] * b1[d]
        s12 += a1[d] * b2[d]
        s13 += a1[d] * b3[d]
    for j, (s0, s1) in enumerate(((s00, s10), (s01, s11), (s02, s12), (s03, s13))):
        if k + j <= last:
            out[n, k + j] += s0
            out[n + 1, k + j] += s1
