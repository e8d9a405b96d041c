"""Average linkage: the two groups whose faces are most alike on average become one, as long as they are alike enough.

Source: Sokal and Michener, "A statistical method for evaluating systematic relationships", University of Kansas Science
Bulletin 38, 1958. One pair of faces that look alike by chance does not join two people: all their pairs count.

Two groups that are alike enough on average have a pair that is, so the groups lie within the parts that the pairs above
the threshold connect: those parts are found first, and scipy joins the faces of each of them.
"""

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from eigen2arc.core.bounds import Count
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Metric

from ._links import MATCHERS, check_vectors, connected, numbered

#: The score of equal vectors: what is less than it is a distance, which scipy wants.
HIGHEST: dict[Metric, float] = {"cosine": 1.0, "euclidean": 0.0}


class AverageLinkage:
    """Joins the faces that are most alike on average.

    most : so many faces that hang together are joined at most; the memory they take grows with the square of it, and
        is 3.2 GB for 20,000.
    """

    def __init__(self, most: Count = 20_000) -> None:
        self.most = most

    def cluster(self, vectors: np.ndarray, metric: Metric, threshold: float) -> np.ndarray:
        """Group vectors (N, D), see core.stages.Clusterer: (N,) int64, -1 for a face alone. Raises UserError."""
        names = np.full(check_vectors(vectors), -1, np.int64)
        part = connected(vectors, metric, threshold)
        order = np.argsort(part, kind="stable")
        for faces in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
            if len(faces) > self.most:
                raise UserError(
                    f"average_linkage: {len(faces):,} faces hang together, more than the {self.most:,} that it joins: "
                    "take chinese_whispers, or a stricter threshold"
                )
            if len(faces) > 1:
                distance = HIGHEST[metric] - MATCHERS[metric].score(vectors[faces], vectors[faces])
                tree = linkage(squareform(distance, checks=False), "average")
                names[faces] = faces[0] * len(vectors) + fcluster(tree, HIGHEST[metric] - threshold, "distance")
        return numbered(names)


build = AverageLinkage
