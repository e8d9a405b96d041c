"""Intervals, paired tests and plans against a known truth: scores are drawn from people whose distribution is given.

A person has his own spread, his own number of images, and pairs hang together by the people in them. Printed is how
often an interval of 95 % holds the truth, how often equal systems are called different at p = 0.05, and how often a
test of the planned size finds the difference that it was planned for (0.8 of the time, as the plan says).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from eigen2arc.core.bounds import Count
from eigen2arc.core.metrics import open_set, people_bootstrap
from eigen2arc.core.metrics.comparison import compare, people_needed
from eigen2arc.core.metrics.people_bootstrap import Draws
from eigen2arc.core.types import Scores

from ._measure import Row, row

FOLDS = 10
#: Fewer than a report makes: the noise of the draws averages out over the simulated tests.
ROUNDS = 300
PEOPLE, IMAGES, FALSE_POSITIVES = 200, 300, 100

#: The FMR of all pairs, or of a group's, at a threshold that was chosen elsewhere.
GIVEN, GIVEN_THRESHOLD = "fmr at a given threshold", 2.0

#: A system that names all but six in a thousand rightly; and what the plain bootstrap's percentiles make of it.
RARE, PERCENTILES = "rank1 with few errors", "rank1 with few errors, by percentiles instead,"


@dataclass(frozen=True)
class World:
    """The distribution of scores: deviates of 1 within a pair, and of these sizes between people.

    genuine : the mean of genuine scores, that of impostor scores being 0. own : how far people's genuine scores lie
    apart; lamb : how far the scores of impostor pairs do, by each of their two people.
    """

    genuine: float = 3.0
    own: float = 0.7
    lamb: float = 0.4

    def truth(self) -> dict[str, float]:
        """Compute AUC, EER and rates in closed form: each by itself, both kinds of scores are Gaussian."""
        of_genuine, of_impostor = np.hypot(self.own, 1), np.sqrt(2 * self.lamb**2 + 1)
        of_stranger = np.hypot(self.lamb, 1)
        return {
            "auc": float(ndtr(self.genuine / np.hypot(of_genuine, of_impostor))),
            "eer": float(ndtr(-self.genuine / (of_genuine + of_impostor))),
            "fnmr_at_fmr/1e-1": float(ndtr((of_impostor * ndtri(0.9) - self.genuine) / of_genuine)),
            "dir_at_fpir/1e-1": float(ndtr((self.genuine - of_stranger * ndtri(0.9)) / of_genuine)),
            GIVEN: float(ndtr(-GIVEN_THRESHOLD / of_impostor)),
        }


def verification_test(
    rng: np.random.Generator, people: int, worlds: Sequence[World]
) -> tuple[list[Scores], np.ndarray, np.ndarray]:
    """Draw a test and the scores of systems on it, one a world; returns them and the people (P,) of each pair.

    people : a multiple of FOLDS. Half of what a pair or a person does to a score, all systems have in common.
    """
    # One genuine pair, or two, or ten: the more images, the more.
    a = np.repeat(np.arange(people), rng.geometric(0.5, people))
    other = rng.integers(0, people, len(a))
    in_fold = people // FOLDS
    first = np.concatenate([a, other])
    second = np.concatenate([a, (other + FOLDS * rng.integers(1, in_fold, len(a))) % people])
    same, fold = np.arange(2 * len(a)) < len(a), first % FOLDS
    scores = []
    shared = rng.normal(size=(2, people)), rng.normal(size=len(first))
    for world in worlds:
        own, lamb = np.sqrt(0.5) * (shared[0] + rng.normal(size=(2, people)))
        noise = np.sqrt(0.5) * (shared[1] + rng.normal(size=len(first)))
        moved = np.where(same, world.genuine + world.own * own[first], world.lamb * (lamb[first] + lamb[second]))
        scores.append(Scores(moved + noise, same, fold))
    return scores, first, second


def identification_test(rng: np.random.Generator, ease: float) -> tuple[Draws, float]:
    """Draw probes that are named rightly as often as their person is easy: rank-1's draws, and the truth."""
    person = np.repeat(np.arange(PEOPLE), rng.geometric(0.4, PEOPLE))
    right = rng.normal(size=len(person)) < ease + 0.8 * rng.normal(size=PEOPLE)[person]
    return people_bootstrap.share(right, person, rounds=ROUNDS), float(ndtr(ease / np.hypot(1, 0.8)))


def open_set_test(rng: np.random.Generator, world: World) -> Draws:
    """Draw probes of enrolled people, who come first, and of as many strangers: the draws of DIR at FPIR 0.1."""
    enrolled, strangers = (np.repeat(np.arange(PEOPLE), rng.geometric(0.2, PEOPLE)) for _ in range(2))
    own, lamb = rng.normal(size=(2, PEOPLE))
    one = open_set.OpenRound(
        world.genuine + world.own * own[enrolled] + rng.normal(size=len(enrolled)),
        world.lamb * lamb[strangers] + rng.normal(size=len(strangers)),
    )
    return open_set.resample([one], [enrolled], [PEOPLE + strangers], 0.1, ROUNDS)


def detection_test(rng: np.random.Generator, images: int, rounds: int, false_positives: int) -> Draws:
    """Draw images with some faces, found or not, and false alarms, all with the image's own luck: recall's draws."""
    luck = rng.normal(size=images)
    faces, false = 1 + rng.poisson(1.0, images), rng.poisson(np.exp(0.5 * luck))
    image = np.concatenate([np.repeat(np.arange(images), faces), np.repeat(np.arange(images), false)])
    face = np.arange(len(image)) < faces.sum()
    scores = rng.normal(size=len(image)) + np.where(face, 1.5 - 0.6 * luck[image], 0.0)
    found = ~face | (rng.random(len(image)) < 0.95)
    columns = face[found], scores[found], image[found], faces.astype(np.float64)
    return people_bootstrap.recall_at_fp(*columns, (false_positives,), rounds=rounds)[false_positives]


def coverage(draws: int) -> dict[str, float]:
    """Compute how often the interval of each metric holds the truth, 0..1, in so many simulated tests.

    The truth of accuracy and HTER is their mean over the tests, since their thresholds are chosen anew in each.
    """
    world, intervals = World(), dict[str, list[tuple[float, float]]]()
    truth, values = world.truth(), dict[str, list[float]]()
    large = np.random.default_rng(1)
    truth["recall_at_fp/100"] = detection_test(large, 200 * IMAGES, 2, 200 * FALSE_POSITIVES).value
    for seed in range(draws):
        rng = np.random.default_rng([2, seed])
        (scores,), first, second = verification_test(rng, PEOPLE, [world])
        made = people_bootstrap.verification(scores, first, second, ROUNDS)
        rank1, truth["rank1"] = identification_test(rng, 1.5)
        rare, truth[RARE] = identification_test(rng, 3.2)
        truth[PERCENTILES] = truth[RARE]
        recall = detection_test(rng, IMAGES, ROUNDS, FALSE_POSITIVES)
        impostor = ~scores.same
        of_impostors = scores.value[impostor] >= GIVEN_THRESHOLD, first[impostor], second[impostor]
        named = {"accuracy": made.accuracy, "auc": made.auc, "eer": made.eer, "hter": made.hter}
        named |= {f"fnmr_at_fmr/{fmr}": one for fmr, one in made.fnmr_at_fmr.items()}
        named |= {GIVEN: people_bootstrap.share_of_pairs(*of_impostors, ROUNDS), "rank1": rank1, RARE: rare}
        named |= {"dir_at_fpir/1e-1": open_set_test(rng, world), "recall_at_fp/100": recall}
        for name, one in named.items():
            values.setdefault(name, []).append(one.value)
            intervals.setdefault(name, []).append(one.interval())
        low, high = np.quantile(rare.people, [0.025, 0.975]).tolist()
        intervals.setdefault(PERCENTILES, []).append((low, high))
    truth |= {name: float(np.mean(values[name])) for name in ("accuracy", "hter")}
    return {
        name: float(np.mean([low <= truth[name] <= high for low, high in intervals[name]]))
        for name in intervals
        if name in truth
    }


def called_different(people: int, worlds: Sequence[World], draws: int) -> float:
    """Compute how often two systems are told apart by their accuracy at p = 0.05, 0..1."""
    apart = []
    for seed in range(draws):
        tested, first, second = verification_test(np.random.default_rng([3, seed]), people, worlds)
        a, b = (people_bootstrap.verification(scores, first, second, ROUNDS).accuracy for scores in tested)
        apart.append(compare(a, b).p < 0.05)
    return float(np.mean(apart))


def planned(worlds: Sequence[World], tests: int) -> int:
    """Return the median of the sizes that so many small tests plan for a difference, a multiple of FOLDS.

    The difference that they plan for is the true one, as if it were known.
    """
    made = []
    for seed in range(tests):
        tested, first, second = verification_test(np.random.default_rng([4, seed]), PEOPLE, worlds)
        a, b = (people_bootstrap.verification(scores, first, second, ROUNDS).accuracy for scores in tested)
        made.append(a - b)
    difference = float(np.mean([one.value for one in made]))
    plans = [people_needed(difference, one.std, one.units) or 0 for one in made]
    return FOLDS * max(2, round(float(np.median(plans)) / FOLDS))


def build(*, draws: Count = 1000) -> list[Row]:
    """Run simulated tests; there are no seconds to set, as a share of few tests says little.

    draws : so many tests for each row; the default takes some 25 minutes of one core.
    """
    rows = [
        row(f"95 % interval of {name} holds the truth", "%", 100 * share) for name, share in coverage(draws).items()
    ]
    alike = called_different(PEOPLE, [World(), World()], draws)
    rows.append(row("equal systems called different at p = 0.05", "%", 100 * alike))
    worlds = [World(), World(genuine=3.4)]
    people = planned(worlds, max(2, draws // 10))
    found = called_different(people, worlds, max(2, draws // 2))
    rows.append(
        row(f"difference found with the {people} people that were planned", "%", 100 * found, note="plan: 80 %")
    )
    return rows
