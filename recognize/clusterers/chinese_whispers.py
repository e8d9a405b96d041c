"""Chinese whispers: each face takes over the name that is loudest among those it is like, until nothing changes.

Source: Biemann, "Chinese Whispers: an efficient graph clustering algorithm and its application to natural language
processing problems", TextGraphs 2006; dlib groups faces by it. Faces are nodes; two whose score reaches the threshold
are linked, and the link weighs what the score is above it. (dlib's all weigh 1: then what looks alike by chance is as
loud as what is alike.) It takes time in proportion to the links, and finds by itself how many people there are.
"""

import numpy as np

from eigen2arc.core.bounds import Count, Seed
from eigen2arc.core.stages import Metric

from ._links import Links, check_vectors, links, numbered


class ChineseWhispers:
    """Groups faces by the names that their neighbours have.

    rounds : at most so many; all faces are visited in each, in random order, and it ends before where nothing changes.
    neighbours : of a face with more links the strongest count, so that a thousand images of one person do not make a
        million links.
    seed : of the order.
    """

    def __init__(self, rounds: Count = 100, neighbours: Count = 200, seed: Seed = 0) -> None:
        self.rounds, self.neighbours, self.seed = rounds, neighbours, seed

    def cluster(self, vectors: np.ndarray, metric: Metric, threshold: float) -> np.ndarray:
        """Group vectors (N, D), see core.stages.Clusterer: (N,) int64, -1 for a face alone."""
        count = check_vectors(vectors)
        start, neighbour, weight = self._graph(vectors, metric, threshold)
        name, rng = np.arange(count), np.random.default_rng(self.seed)
        asked = np.diff(start) > 0  # a face hears nothing new until a neighbour has another name
        for _ in range(self.rounds):
            for face in rng.permutation(count):
                if not asked[face]:
                    continue
                near = slice(start[face], start[face + 1])
                names, place = np.unique(name[neighbour[near]], return_inverse=True)
                loudest = names[np.bincount(place, weight[near]).argmax()]  # of equals the lowest
                asked[face] = False
                if loudest != name[face]:
                    name[face] = loudest
                    asked[neighbour[near]] = True
            if not asked.any():
                break
        return numbered(name)

    def _graph(self, vectors: np.ndarray, metric: Metric, threshold: float) -> tuple[np.ndarray, ...]:
        """The links by face: those of face i are start[i] to start[i + 1]; the neighbour and the weight of each."""
        blocks = [Links(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
        for block in links(vectors, metric, threshold):
            order = np.lexsort((-block.score, block.first))
            first = block.first[order]
            strongest = order[np.arange(len(first)) - np.searchsorted(first, first) < self.neighbours]
            blocks.append(Links(*(column[strongest] for column in block)))
        first, second, score = (np.concatenate(column) for column in zip(*blocks, strict=True))
        # A link that one of the two faces has counts for both.
        size = max(len(vectors), 1)
        link, once = np.unique(np.append(first * size + second, second * size + first), return_index=True)
        weight = np.append(score, score)[once].astype(np.float64) - threshold
        return np.searchsorted(link, size * np.arange(len(vectors) + 1)), link % size, weight


build = ChineseWhispers
