"""HDBSCAN of scikit-learn: groups where faces lie denser than around them, however dense, and faces that are in none.

Source: Campello, Moulavi, Sander, "Density-based clustering based on hierarchical density estimates", PAKDD 2013. It
knows no threshold, and groups whatever there is; so what it finds is cut into the parts whose faces hang together by
pairs above the threshold.
"""

from typing import Annotated

import numpy as np
from sklearn.cluster import HDBSCAN

from eigen2arc.core.bounds import Ge
from eigen2arc.core.stages import Metric

from ._links import check_vectors, connected, numbered, prepared


class Hdbscan:
    """Groups faces where they lie dense.

    least : faces that a group has at least.
    """

    def __init__(self, least: Annotated[int, Ge(2)] = 2) -> None:
        self.least = least

    def cluster(self, vectors: np.ndarray, metric: Metric, threshold: float) -> np.ndarray:
        """Group vectors (N, D), see core.stages.Clusterer: (N,) int64, -1 for a face in no group."""
        if check_vectors(vectors) < self.least:
            return np.full(len(vectors), -1, np.int64)
        found = HDBSCAN(min_cluster_size=self.least, copy=True).fit(prepared(vectors, metric)[0]).labels_
        return numbered(np.where(found < 0, -1, connected(vectors, metric, threshold, found)))


build = Hdbscan
