"""Open-set identification: is the right person named, and is a stranger, who is not in the gallery, refused?

A system names the most alike person of the gallery where that person's score reaches a threshold, and else nobody.
Definitions: ISO/IEC 19795-1:2021; Grother, Ngan, Hanaoka, "Face Recognition Vendor Test, part 2: Identification",
NISTIR 8271, 2019, section 3. FPIR, the false positive identification rate, is the share of strangers' probes for which
somebody is named. FNIR, the false negative identification rate, is the share of mated probes, those of enrolled people,
for which the own person is not named; DIR, the detection and identification rate, is 1 - FNIR at rank 1: Phillips,
Grother, Micheals, "Evaluation methods in face recognition", Handbook of Face Recognition, 2011.

A probe without a face is refused, whoever it shows: a failure to acquire is a false negative, and never a false
positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .people_bootstrap import ROUNDS, Draws, draw
from .verification import ERRORS_NEEDED

FPIRS = ("1e-1", "1e-2", "1e-3")


@dataclass(frozen=True)
class OpenRound:
    """The best scores of one round: against one gallery, by one model.

    right : (M,) float64, of each mated probe the score of its own person, -inf where that person does not come first.
    strangers : (S,) float64, of each stranger's probe the score of the most alike person. -inf for a probe without a
    face. M and S are 1 or more.
    """

    right: np.ndarray
    strangers: np.ndarray


def threshold(strangers: np.ndarray, fpir: float) -> float | None:
    """Find the lowest threshold at which at most the share ``fpir`` of the strangers (S,) is taken for somebody.

    A score that is equal to the threshold counts as reaching it. None where the strangers are fewer than
    ERRORS_NEEDED / fpir: then the threshold hangs on a handful of them.
    """
    if len(strangers) < round(ERRORS_NEEDED / fpir):
        return None
    allowed = int(round(fpir * len(strangers), 6))
    return float(np.nextafter(np.sort(strangers)[::-1][allowed], np.inf))


def curve(one: OpenRound) -> tuple[np.ndarray, np.ndarray]:
    """Compute DIR over FPIR, exact: (K,) of each, ascending, one point for each different score, from refusing all."""
    levels, level_of = np.unique(-np.concatenate([one.right, one.strangers]), return_inverse=True)
    right, strangers = np.split(level_of, [len(one.right)])
    shares = [
        np.append(0, np.cumsum(np.bincount(rows, minlength=len(levels))) / len(rows)) for rows in (strangers, right)
    ]
    taken = np.append(True, np.isfinite(levels))  # no threshold is low enough for a score of -inf
    return shares[0][taken], shares[1][taken]


def mean_curve(rounds: Sequence[OpenRound]) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mean over rounds of the highest DIR at FPIR: (K,) of each, FPIR in steps of one stranger."""
    grid = np.arange(1 + max(len(one.strangers) for one in rounds)) / max(len(one.strangers) for one in rounds)
    heights = []
    for fpir, dir_ in map(curve, rounds):
        heights.append(dir_[np.searchsorted(fpir, grid + 1e-9, side="right") - 1])
    return grid, np.asarray(np.mean(heights, axis=0))


def resample(
    rounds: Sequence[OpenRound],
    mated: Sequence[np.ndarray],
    strangers: Sequence[np.ndarray],
    fpir: float,
    draws: int = ROUNDS,
) -> Draws:
    """Resample the mean DIR over rounds at ``fpir``, by people, whether they are enrolled or strangers.

    In every draw the thresholds are set again on the strangers that were drawn, so that what hangs on few of them moves
    as it should. mated, strangers : for each round who is on its M and S probes, any numbers.
    """
    persons = np.concatenate([*mated, *strangers])
    people, index = np.unique(persons, return_inverse=True)
    pieces = np.split(index, np.cumsum([len(one) for one in (*mated, *strangers)])[:-1])
    columns = list(zip(rounds, pieces[: len(rounds)], pieces[len(rounds) :], strict=True))
    orders = [np.argsort(-one.strangers, kind="stable") for one in rounds]

    def mean_dir(weights: np.ndarray) -> float:
        """The rate where each person counts ``weights``; NaN where a round has no probe of a kind."""
        shares = []
        for (one, own, others), order in zip(columns, orders, strict=True):
            taken, own_weights = np.cumsum(weights[others[order]]), weights[own]
            if not taken[-1] or not own_weights.sum():
                return float("nan")
            first_refused = order[np.searchsorted(taken, fpir * taken[-1] + 1e-6, side="right")]
            shares.append(own_weights[one.right > one.strangers[first_refused]].sum() / own_weights.sum())
        return float(np.mean(shares))

    drawn = np.array([mean_dir(weights) for weights in draw(len(people), draws)])
    return Draws(mean_dir(np.ones(len(people))), drawn, None, len(people))


def summary(rounds: Sequence[OpenRound]) -> dict[str, Any]:
    """Summarize the rounds of one system: DIR at each of FPIRS, ready for JSON.

    The threshold is set in each round on that round's strangers, and DIR is the mean over the rounds, after Liao, Lei,
    Yi, Li, "A benchmark study of large-scale unconstrained face recognition" (IJCB 2014): in each round an encoder may
    have been fitted anew, on another gallery, so that scores of two rounds have no common scale. A rate is given where
    every round has strangers enough for it.
    """
    rates: dict[str, float | str] = {}
    thresholds: dict[str, list[float]] = {}
    for name in FPIRS:
        found = [threshold(one.strangers, float(name)) for one in rounds]
        usable = [value for value in found if value is not None]
        if len(usable) < len(rounds):
            rates[name] = "too few strangers"
            continue
        thresholds[name] = usable
        rates[name] = float(np.mean([np.mean(one.right >= t) for one, t in zip(rounds, usable, strict=True)]))
    return {
        "dir_at_fpir": rates,
        "threshold": thresholds,
        "probes": sum(len(one.right) for one in rounds),
        "strangers": sum(len(one.strangers) for one in rounds),
        "rounds": len(rounds),
    }
