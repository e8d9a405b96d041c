"""Closed-set identification: is the right person among the first k names? Every ranked probe's person is enrolled.

Definitions: Phillips, Moon, Rizvi, Rauss, "The FERET evaluation methodology for face-recognition algorithms",
PAMI 2000, section 3.3 (cumulative match characteristic).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigen2arc.core.checks import check_finite, check_shape
from eigen2arc.core.errors import UserError

RANKS_KEPT = 20


@dataclass(frozen=True)
class Answers:
    """What a system says of each of P probes.

    rank : (P,) int64 of the probe's own person, 1 = first, 0 for a stranger, who is not in the gallery. named : (P,)
    int64, the label of the person it names; runner_up : (P,) int64, of the next person, -1 where there is but one.
    score, runner_up_score : (P,) float64, how alike the two are; NaN where there is no runner-up. Named is the right
    person where the rank is 1, and only there.
    """

    rank: np.ndarray
    named: np.ndarray
    score: np.ndarray
    runner_up: np.ndarray
    runner_up_score: np.ndarray


def answers(similarity: np.ndarray, probe_labels: np.ndarray, gallery_labels: np.ndarray) -> Answers:
    """Tell who each probe is taken for, and who comes next; for arguments and ties see ranks().

    Probes may be strangers; what becomes of them is told in metrics.open_set.
    """
    people, best = _by_person(similarity, probe_labels, gallery_labels)
    probes, known = np.arange(len(probe_labels)), np.isin(probe_labels, people)
    own = np.where(known, np.searchsorted(people, probe_labels), 0)
    rank = np.count_nonzero(best >= np.where(known, best[own, probes], np.inf), axis=0)
    left, first_two = best.copy(), []
    for _ in range(2):
        # Of people who are just as similar the right one is named last.
        others = left.copy()
        others[own[known], probes[known]] = -np.inf
        chosen = np.where(known & (left[own, probes] > others.max(axis=0)), own, others.argmax(axis=0))
        score = left[chosen, probes]
        first_two.append((np.where(score > -np.inf, people[chosen], -1), np.where(score > -np.inf, score, np.nan)))
        left[chosen, probes] = -np.inf
    return Answers(rank, *first_two[0], *first_two[1])


def ranks(similarity: np.ndarray, probe_labels: np.ndarray, gallery_labels: np.ndarray) -> np.ndarray:
    """Rank each probe's own person in the list of people, most alike first: (P,) int64, 1 = first.

    similarity (P, G), higher is more alike; probe_labels (P,), gallery_labels (G,) int. A person's similarity is that
    of the best of his or her gallery images. A tie counts against us: a person just as similar stands before the
    right one, so that a system that gives every pair the same score comes last, and not first by luck.
    Raises UserError if a probe's person is not in the gallery.
    """
    people, best = _by_person(similarity, probe_labels, gallery_labels)
    unknown = np.setdiff1d(probe_labels, people)
    if len(unknown):
        raise UserError(f"identification: {len(unknown)} of the probes' people have no image in the gallery")
    own = np.searchsorted(people, probe_labels)
    return np.asarray(np.count_nonzero(best >= best[own, np.arange(len(probe_labels))], axis=0))


def _by_person(
    similarity: np.ndarray, probe_labels: np.ndarray, gallery_labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The labels of the people (K,), and the similarity (K, P) of each to every probe."""
    check_shape(similarity, f"{len(probe_labels)} {len(gallery_labels)}", "similarity")
    check_finite(similarity, "similarity")
    people, person_of = np.unique(gallery_labels, return_inverse=True)
    best = np.full((len(people), len(probe_labels)), -np.inf)
    np.maximum.at(best, person_of, similarity.T)
    return people, best


def cmc(similarity: np.ndarray, probe_labels: np.ndarray, gallery_labels: np.ndarray) -> np.ndarray:
    """Compute the cumulative match characteristic (K,) float64, 0..1, for K people in the gallery.

    Entry k - 1 is the share of probes of rank k or better. For arguments, ties and errors see ranks().
    """
    return _curve(ranks(similarity, probe_labels, gallery_labels), len(np.unique(gallery_labels)))


def summary(
    ranks_by_round: Sequence[np.ndarray], *, gallery: int, people: int, protocol: str, not_found: int
) -> dict[str, Any]:
    """Summarize one system on one set: all metrics of identification, means over the rounds, ready for JSON.

    ranks_by_round : for each round the ranks (P_r,) of its probes. gallery, people : how many images and people there
    are to choose from, in the largest round. not_found : images without a detected face.
    """
    curve = np.mean([_curve(one, people) for one in ranks_by_round], axis=0)
    return {
        "rank1": float(curve[0]),
        "rounds": [float(np.mean(one == 1)) for one in ranks_by_round],
        "cmc": curve[:RANKS_KEPT].tolist(),
        "probes": sum(map(len, ranks_by_round)),
        "gallery": gallery,
        "people": people,
        "not_found": not_found,
        "protocol": protocol,
    }


def _curve(ranks: np.ndarray, people: int) -> np.ndarray:
    counts = np.bincount(ranks - 1, minlength=people)
    return np.asarray(np.cumsum(counts) / len(ranks))
