"""The contract of a store of vectors, and the checks that all stores share."""

from typing import Any, Literal, Protocol

import numpy as np

from eigen2arc.core.checks import check_finite, check_shape

#: How alike two vectors are: the cosine of their angle, or their Euclidean distance, negated.
Metric = Literal["cosine", "euclidean"]

#: How vectors are searched: all of them, or only lists of those near to the probe; "auto" chooses by their number.
Index = Literal["auto", "exact", "ivf"]

#: From so many vectors on "auto" has lists: so many are searched one by one in some hundredths of a second.
LEAST_IN_LISTS = 100_000


class VectorStore(Protocol):
    """Vectors under ids, kept until they are removed, and searched for those most alike.

    dimensions : D. metric : see Metric. What add, remove and set_metadata wrote is on the disk, or the server, when
    they return; where the process is killed before, all of it is there or nothing. Ids are whole numbers of at least 0.
    """

    dimensions: int
    metric: Metric

    def __len__(self) -> int: ...

    def ids(self) -> np.ndarray:
        """Return the ids (N,) int64 of all vectors, ascending."""
        ...

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors (n, D) float32 under ids (n,) int64; one that is there already is replaced.

        So whoever was interrupted can do it again. Raises ValueError for an id below 0, or twice in ``ids``, and for
        vectors that are not finite.
        """
        ...

    def remove(self, ids: np.ndarray) -> None:
        """Remove the vectors of ids (n,) int64; one that is not there is passed over."""
        ...

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Return the vectors (n, D) float32 of ids (n,) int64, as they were added. Raises KeyError for an unknown one.

        A server may keep unit vectors where the metric is the cosine.
        """
        ...

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Find the k vectors most alike to each of ``vectors`` (Q, D) float32, the most alike first.

        Returns scores (Q, k) float32, higher is more alike, and ids (Q, k) int64; of equal scores the lowest id comes
        first. Where there are fewer, the id is -1 and the score -inf: a vector of length zero has no cosine, and
        matches nobody.
        """
        ...

    def metadata(self) -> dict[str, Any]:
        """Return the JSON object that is kept beside the vectors, empty before set_metadata()."""
        ...

    def set_metadata(self, metadata: dict[str, Any]) -> None:
        """Keep a small JSON object beside the vectors, in place of the one before."""
        ...

    def check(self) -> None:
        """Read all that is kept and raise UserError, a line, for the first thing that is damaged."""
        ...

    def close(self) -> None:
        """Let go of files and connections; the store is not used any more."""
        ...


def checked_ids(ids: np.ndarray) -> np.ndarray:
    """Return ids as int64 (n,). Raises ValueError for one below 0 or twice."""
    ids = np.asarray(ids)
    check_shape(ids, "n", "ids")
    if len(ids) and (ids.dtype.kind not in "iu" or int(ids.max()) >= 2**63):
        raise ValueError(f"ids: expected int64, got {ids.dtype}")
    ids = ids.astype(np.int64)
    if len(ids) and ids.min() < 0:
        raise ValueError(f"ids: expected numbers of at least 0, got {ids.min()}")
    if len(np.unique(ids)) < len(ids):
        raise ValueError("ids: one stands there twice")
    return ids


def checked_vectors(vectors: np.ndarray, dimensions: int, count: int | None = None) -> np.ndarray:
    """Return vectors as contiguous float32 (n, dimensions), n being ``count`` where given. Raises ValueError."""
    vectors = np.asarray(vectors)
    check_shape(vectors, f"{'n' if count is None else count} {dimensions}", "vectors")
    vectors = np.ascontiguousarray(vectors, np.float32)
    for start in range(0, len(vectors), 65_536):  # a few at a time: what is asked of each number takes memory
        check_finite(vectors[start : start + 65_536], "vectors")
    return vectors


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return the rows of (n, D) at length 1, float64; a row of zeros stays one."""
    wide = vectors.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.asarray(wide / np.where(norms == 0, 1, norms))
