"""How well clusters of unknown faces agree with who is on them: by pairs of faces, and by faces (B-cubed).

Pairwise: of the pairs of faces that are in one cluster, the share that shows one person is the precision; of the pairs
that show one person, the share that is in one cluster is the recall. A person with n images makes n (n - 1) / 2 pairs,
so that people with many images decide.

B-cubed: for each face the share of its cluster that shows its person, and the share of its person that is in its
cluster; the means over all faces are precision and recall (Bagga and Baldwin, "Entity-based cross-document
coreferencing using the vector space model", COLING-ACL 1998). Of the measures that Amigo et al. compare
("A comparison of extrinsic clustering evaluation metrics based on formal constraints", Information Retrieval 12, 2009)
it alone keeps all of their constraints.

F is the harmonic mean. A face in no cluster, -1, is counted as a cluster of its own: that costs recall, and never
precision. Where there is no pair to be right or wrong about, precision or recall is 1.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, triu

from eigen2arc.core.checks import check_shape

from .people_bootstrap import ROUNDS, SEED, Draws, draw


class Agreement(NamedTuple):
    """Precision, recall and their harmonic mean, 0..1."""

    precision: float
    recall: float
    f: float


class AgreementDraws(NamedTuple):
    """An Agreement with the people drawn again, see people_bootstrap; the clusters stay as they are."""

    precision: Draws
    recall: Draws
    f: Draws


def pairwise(cluster: np.ndarray, person: np.ndarray) -> Agreement:
    """Compare clusters (N,) int64, -1 for none, with people (N,), any numbers, by pairs of faces."""
    count = _counts(cluster, person)
    together, same, right = (_pairs(n).sum() for n in (count.sum(axis=0), count.sum(axis=1), count.data))
    return _agreement(_share(right, together), _share(right, same))


def bcubed(cluster: np.ndarray, person: np.ndarray) -> Agreement:
    """Compare clusters (N,) int64, -1 for none, with people (N,), any numbers, face by face."""
    count = _counts(cluster, person)
    squares, faces = count.data**2, count.sum()
    precision = (squares / count.sum(axis=0)[count.col]).sum()
    recall = (squares / count.sum(axis=1)[count.row]).sum()
    return _agreement(_share(precision, faces), _share(recall, faces))


def resample_pairwise(cluster: np.ndarray, person: np.ndarray, rounds: int = ROUNDS) -> AgreementDraws:
    """Resample ``pairwise`` by people: a pair of one person weighs n_p, a pair of two n_p n_q."""
    count = _counts(cluster, person)
    people, by_cluster = count.shape[0], count.tocsr()
    drawn, rng = draw(people, rounds), np.random.default_rng(SEED)
    right_of = np.bincount(count.row, _pairs(count.data), people)
    same_of = _pairs(count.sum(axis=1))
    # Pairs of two people: the square of a cluster's sum less the squares of its terms, halved.
    squares_of = np.bincount(count.row, count.data**2, people)
    wrong = ((by_cluster.T @ drawn.T) ** 2).sum(axis=0) / 2 - drawn**2 @ squares_of / 2
    two = triu(by_cluster @ by_cluster.T, 1).data
    wrong_pairs = np.array([rng.poisson(1.0, len(two)) @ two for _ in range(rounds)])
    right = drawn @ right_of
    precision, recall, f = _ratios(right, right + wrong, drawn @ same_of)
    precision_alone, _, f_alone = _ratios(right_of.sum(), right_of.sum() + wrong_pairs, same_of.sum())
    value = pairwise(cluster, person)
    return AgreementDraws(
        Draws(value.precision, precision, precision_alone, people),
        Draws(value.recall, recall, None, people),
        Draws(value.f, f, f_alone, people),
    )


def resample_bcubed(cluster: np.ndarray, person: np.ndarray, rounds: int = ROUNDS) -> AgreementDraws:
    """Resample ``bcubed`` by people: of a face's cluster its own person counts once, another n_q times."""
    count = _counts(cluster, person)
    people, clusters = count.shape
    recall_of = count.data**2 / count.sum(axis=1)[count.row]
    precision, recall = np.empty((2, rounds))
    for i, times in enumerate(draw(people, rounds)):
        weight = times[count.row] * count.data
        in_cluster = np.bincount(count.col, weight, clusters)[count.col] - weight + count.data
        precision[i] = weight @ (count.data / in_cluster) / weight.sum()
        recall[i] = times[count.row] @ recall_of / weight.sum()
    value, f = bcubed(cluster, person), 2 * precision * recall / (precision + recall)
    return AgreementDraws(
        Draws(value.precision, precision, None, people),
        Draws(value.recall, recall, None, people),
        Draws(value.f, f, None, people),
    )


def _counts(cluster: np.ndarray, person: np.ndarray) -> coo_array:
    """How many faces of each person (P) are in each cluster (C), (P, C) float64; a face in none is a cluster."""
    check_shape(person, str(check_shape(cluster, "N", "cluster")["N"]), "person")
    if not len(cluster):
        raise ValueError("cluster: expected a face or more, got none")
    alone = cluster < 0
    own = np.where(alone, cluster.max() + 1 + np.cumsum(alone), cluster)
    rows, columns = (np.unique(one, return_inverse=True)[1] for one in (person, own))
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    count = coo_array((np.ones(len(own)), (rows, columns)), shape)
    count.sum_duplicates()
    return count


def _pairs(count: np.ndarray) -> np.ndarray:
    return np.asarray(count * (count - 1) / 2)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 1.0


def _agreement(precision: float, recall: float) -> Agreement:
    both = precision + recall
    return Agreement(precision, recall, 2 * precision * recall / both if both else 0.0)


def _ratios(right: np.ndarray, together: np.ndarray, same: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F of draws (R,) of the pairs that are rightly joined, joined, and of one person."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return right / together, right / same, 2 * right / (together + same)
