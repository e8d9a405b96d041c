"""What an embedding is evaluated on while it is trained: people, or pairs, that it never learned from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.matchers import cosine
from eigen2arc.core.metrics.verification import accuracy_by_fold
from eigen2arc.core.types import Scores, Trials

from .crops import Crops

#: From crops (N, S, S, 3) uint8 to vectors (N, D).
Embed = Callable[[np.ndarray], np.ndarray]

#: Edges of the histograms of angles: 36 bins of 5 degrees.
ANGLES_DEG = np.arange(0, 181, 5)


@dataclass(frozen=True)
class HeldOutPeople:
    """People held out: all pairs of one person among the crops ``rows``, and as many of two.

    labels : (M,) of those rows.
    """

    crops: Crops
    rows: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        _, images = np.unique(self.labels, return_counts=True)
        if len(images) < 2 or images.max() < 2:
            raise UserError(
                f"{len(self.rows)} crops of {len(images)} people are held out to be verified: "
                "two people are needed at least, one of them with two crops"
            )

    def evaluate(self, embed: Embed) -> dict[str, Any]:
        """Compute the accuracy 0..1, the number of pairs, and histograms of the genuine and impostor pairs' angles."""
        read = {row: crop for row in self.rows.tolist() if (crop := self.crops.read(row)) is not None}
        vectors, labels = embed(np.stack(list(read.values()))), self.labels[np.isin(self.rows, list(read))]
        first, second = drawn_pairs(labels)
        score, same = cosine.build().score_pairs(vectors[first], vectors[second]), labels[first] == labels[second]
        halves = np.arange(len(score)) % 2
        return {
            "accuracy": accuracy_by_fold(Scores(score, same, halves)).mean,
            "pairs": len(score),
            "genuine_angles": _histogram(score[same]),
            "impostor_angles": _histogram(score[~same]),
        }


@dataclass(frozen=True)
class HeldOutPairs:
    """Pairs held out: those of a set's protocol. name : of the set. crops : of all its images."""

    name: str
    crops: Crops
    trials: Trials

    def evaluate(self, embed: Embed) -> dict[str, Any]:
        """Compute the accuracy over the protocol's folds, under the set's name.

        A pair with a damaged image does not count.
        """
        needed = np.unique([self.trials.first, self.trials.second])
        read = {int(n): crop for n in needed if (crop := self.crops.read(int(n))) is not None}
        index = np.full(len(self.crops), -1)
        index[list(read)] = np.arange(len(read))
        vectors = embed(np.stack(list(read.values())))
        first, second = index[self.trials.first], index[self.trials.second]
        there = (first >= 0) & (second >= 0)
        score = cosine.build().score_pairs(vectors[first[there]], vectors[second[there]])
        return {self.name: accuracy_by_fold(Scores(score, self.trials.same[there], self.trials.fold[there])).mean}


def drawn_pairs(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs of images, (P,) and (P,) int64: all of one person and as many of two people.

    Of one person there are fewer where those of two are few. Which pairs of two people are taken is fixed, so that
    metrics of one set can be compared.
    """
    rng = np.random.default_rng(0)
    first, second = np.triu_indices(len(labels), k=1)
    same = labels[first] == labels[second]
    genuine, impostor = np.flatnonzero(same), np.flatnonzero(~same)
    pairs = min(len(genuine), len(impostor))
    chosen = np.concatenate([rng.permutation(genuine)[:pairs], rng.choice(impostor, pairs, replace=False)])
    return first[chosen], second[chosen]


def _histogram(score: np.ndarray) -> list[int]:
    counts: list[int] = np.histogram(np.degrees(np.arccos(score)), ANGLES_DEG)[0].tolist()
    return counts
