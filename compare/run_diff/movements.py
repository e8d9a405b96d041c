"""What moved between two runs on the same trials, by how much, and whether it is chance: a paired comparison by people.

Both runs answer the same trials, so that what makes a test hard for both cancels, as between two systems of one run:
see core.metrics.comparison. Pairs are matched by their images' names, which say the same images only where the data's
version is the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rich.progress import Progress

from eigen2arc.compare.report.tables import Probes
from eigen2arc.core.metrics import open_set, people_bootstrap
from eigen2arc.core.metrics.comparison import ROUNDED, Comparison, compare, holm
from eigen2arc.core.metrics.detection import FALSE_POSITIVES
from eigen2arc.core.metrics.intervals import LEVEL
from eigen2arc.core.metrics.people_bootstrap import Draws
from eigen2arc.core.types import Scores

from .sides import Side

#: The metric by which a task's movement is judged, and how it is called.
MAIN = {"verification": "accuracy", "identification": "rank1", "detection": "recall_at_fp/100"}
LABELS = {"accuracy": "accuracy", "rank1": "rank-1", "recall_at_fp/100": "recall at 100 FP"}


@dataclass(frozen=True)
class Movement:
    """A metric of a system in both runs, on the trials that both have; shares, 0..1.

    state : "same" to the last bit of all scores, "level" where the metric is the same and scores are not, "moved" where
    the difference is more than chance at LEVEL by p_holm, "chance" where it may be chance, "unjudged" beside the main
    metric, which alone has p_holm, and "incomparable", which has but a ``reason``. change, low, high : of after less
    before. trials : how many there are, in words. units : of people, or images, ``unit``.
    """

    system: str
    task: str
    metric: str
    state: str
    before: float | None = None
    after: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    people_needed: int | None = None
    unit: str = "people"
    units: int = 0
    trials: str = ""
    reason: str = ""

    @property
    def words(self) -> str:
        """Say whether it moved, in a line: "moved by +1.2 points (0.4 to 2.0): not chance"."""
        if self.state == "same":
            return "the same to the last bit"
        if self.state == "incomparable":
            return f"not comparable: {self.reason}"
        if self.state == "level":
            return "scores differ, the figure does not"
        low, high = (_points(end).removeprefix("+") for end in (self.low, self.high))
        by = f"{_points(self.change)} points ({low} to {high})"
        if self.state == "moved":
            return f"moved by {by}: not chance"
        if self.state == "unjudged":
            return by
        needed = f"; about {self.people_needed:,} {self.unit} would do" if self.people_needed else ""
        return f"{by}: cannot be told from chance{needed}"


def movements(before: Side, after: Side, progress: Progress) -> list[Movement]:
    """Compare every system that both runs have, task by task: its main metric, judged, and then its other ones.

    The p of the main metrics are adjusted by Holm over all of them that were compared.
    """
    found: list[Movement] = []
    both = [one for one in before.systems if one in after.systems]
    todo = [(one, t) for one in both for t in MAIN if t in before.systems[one] and t in after.systems[one]]
    for system, task in progress.track(todo, description="compare"):
        found += TASKS[task](before, after, system)
    judged = [i for i, one in enumerate(found) if one.p is not None and one.metric == MAIN[one.task]]
    for i, adjusted in zip(judged, holm([found[i].p or 0.0 for i in judged]), strict=True):
        state = found[i].state
        if state == "chance" and adjusted < 1 - LEVEL:
            state = "moved"
        found[i] = replace(found[i], p_holm=adjusted, state=state)
    return found


def _movements(
    system: str, task: str, same: bool, trials: str, unit: str, draws: dict[str, tuple[Draws, Draws]]
) -> Iterator[Movement]:
    """Of each metric of a task by its draws before and after."""
    for metric, (a, b) in draws.items():
        if same:
            yield Movement(system, task, metric, "same", a.value, b.value, trials=trials, unit=unit, units=a.units)
            continue
        made: Comparison = compare(b, a)
        level = abs(made.difference) < ROUNDED
        judged = "chance" if metric == MAIN[task] else "unjudged"
        state, change = ("level", 0.0) if level else (judged, made.difference)
        yield Movement(
            *(system, task, metric, state, a.value, b.value, change, made.low, made.high, made.p),
            people_needed=made.people_needed,
            unit=unit,
            units=a.units,
            trials=trials,
        )


def _other_images(before: Side, after: Side, task: str) -> str:
    """Why the names of the two runs' images do not say the same images; "" where they do."""
    versions = [side.data(task).get("whole", side.data(task).get("version", "")) for side in (before, after)]
    if versions[0] == versions[1]:
        return ""
    return f"other images, version {versions[0][:8]} and {versions[1][:8]}"


def _incomparable(system: str, task: str, reason: str) -> list[Movement]:
    return [Movement(system, task, MAIN[task], "incomparable", reason=reason)]


def _both(before: Sequence[Any], after: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Indices (K,) into two lists of keys of those that both have, in the order of the first.

    A key that stands in a list several times is matched time by time.
    """
    place = {key: i for i, key in enumerate(_counted(after))}
    rows = [(i, place[key]) for i, key in enumerate(_counted(before)) if key in place]
    columns = np.array(rows, np.int64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]


def _counted(keys: Iterable[Any]) -> Iterator[tuple[Any, int]]:
    seen: dict[Any, int] = {}
    for key in keys:
        seen[key] = seen.get(key, -1) + 1
        yield key, seen[key]


def _shared(count: int, of: tuple[int, int], what: str) -> str:
    """How many trials both have, and of how many where they do not have all."""
    return f"{count:,} {what}" + ("" if of == (count, count) else f" that both have, of {of[0]:,} and {of[1]:,}")


def _verification(before: Side, after: Side, system: str) -> list[Movement]:
    task = "verification"
    if reason := _other_images(before, after, task):
        return _incomparable(system, task, reason)
    one, other = (side.pairs.get(side.systems[system]["name"]) for side in (before, after))
    if one is None or other is None:
        return _incomparable(system, task, "scores.csv has no pairs of it")
    i, j = _both(*([*zip(p.first.tolist(), p.second.tolist(), strict=True)] for p in (one, other)))
    same, fold = one.scores.same[i], one.scores.fold[i]
    if not len(i):
        return _incomparable(system, task, "other pairs")
    if (same != other.scores.same[j]).any() or (fold != other.scores.fold[j]).any():
        return _incomparable(system, task, "the pairs are in other folds, or said to show others")
    if same.all() or not same.any():
        return _incomparable(system, task, "the pairs that both have are of one kind")
    trials = _shared(len(i), (len(one.first), len(other.first)), "pairs")
    first = _persons(one.first_person, one.first)[i]
    second = _persons(one.second_person, one.second)[i]
    unit = "people" if (one.first_person != "").any() else "images"
    scores = [Scores(p.scores.value[rows], same, fold) for p, rows in ((one, i), (other, j))]
    bitwise = bool((scores[0].value == scores[1].value).all())
    rounds = 2 if bitwise else people_bootstrap.ROUNDS
    made = [people_bootstrap.verification(of_side, first, second, rounds) for of_side in scores]
    draws = {"accuracy": (made[0].accuracy, made[1].accuracy)}
    draws |= {"auc": (made[0].auc, made[1].auc), "eer": (made[0].eer, made[1].eer)}
    rates = zip(made[0].fnmr_at_fmr.items(), made[1].fnmr_at_fmr.values(), strict=True)
    draws |= {f"fnmr_at_fmr/{rate}": (a, b) for (rate, a), b in rates}
    return list(_movements(system, task, bitwise, trials, unit, draws))


def _persons(person: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Who is on an image; whom nobody knows is a person of the image's own."""
    return np.where(person == "", np.char.add("\n", image), person)


def _identification(before: Side, after: Side, system: str) -> list[Movement]:
    task = "identification"
    if reason := _other_images(before, after, task):
        return _incomparable(system, task, reason)
    one, other = (side.probes.get(side.systems[system]["name"]) for side in (before, after))
    if one is None or other is None:
        return _incomparable(system, task, "answers.csv has no probes of it")
    gallery = [side.systems[system][task].get(key) for side in (before, after) for key in ("gallery", "people")]
    if gallery[:2] != gallery[2:]:
        return _incomparable(system, task, f"another gallery, of {gallery[0]} images and of {gallery[2]}")
    keys = [[*zip(p.number.tolist(), p.probe.tolist(), strict=True)] for p in (one, other)]
    i, j = _both(*keys)
    shared = i, j
    chosen = (one.rank[i] > 0) & (other.rank[j] > 0)
    i, j = i[chosen], j[chosen]
    if not len(i):
        return _incomparable(system, task, "other probes")
    if (one.person[i] != other.person[j]).any():
        return _incomparable(system, task, "the probes are said to show others")
    trials = _shared(len(i), (int((one.rank > 0).sum()), int((other.rank > 0).sum())), "probes")
    _, number, counts = np.unique(one.number[i], return_inverse=True, return_counts=True)
    weight = 1 / counts[number]  # the rates are means over rounds
    ranks = one.rank[i], other.rank[j]
    most = min(20, int(gallery[1] or 1))
    draws = {
        f"rank{k}": (
            people_bootstrap.share(ranks[0] <= k, one.person[i], weight),
            people_bootstrap.share(ranks[1] <= k, one.person[i], weight),
        )
        for k in (1, 5, 10)
        if k == 1 or k < most
    }
    draws |= _among_strangers(one, other, *shared)
    columns = (one.rank, other.rank), (one.score, other.score)
    bitwise = all(np.array_equal(a[shared[0]], b[shared[1]]) for a, b in columns)
    return list(_movements(system, task, bitwise, trials, "people", draws))


def _among_strangers(one: Probes, other: Probes, i: np.ndarray, j: np.ndarray) -> dict[str, tuple[Draws, Draws]]:
    """DIR at each FPIR for which there are strangers enough in every round of the probes that both have."""
    person = _persons(one.person[i], one.probe[i])
    made: dict[str, list[Draws]] = {}
    for probes, rows in ((one, i), (other, j)):
        score, right, rank, number = probes.score[rows], probes.right[rows], probes.rank[rows], probes.number[rows]
        mated, strangers, rounds = [], [], []
        for each in np.unique(number):
            inside, known = number == each, rank > 0
            if (inside & known).any() and (inside & ~known).any():
                named = np.where(right, score, -np.inf)
                rounds.append(open_set.OpenRound(named[inside & known], score[inside & ~known]))
                mated.append(person[inside & known])
                strangers.append(person[inside & ~known])
        for fpir in open_set.FPIRS:
            if rounds and all(open_set.threshold(each.strangers, float(fpir)) is not None for each in rounds):
                drawn = open_set.resample(rounds, mated, strangers, float(fpir))
                made.setdefault(f"dir_at_fpir/{fpir}", []).append(drawn)
    return {metric: (draws[0], draws[1]) for metric, draws in made.items() if len(draws) == 2}


def _detection(before: Side, after: Side, system: str) -> list[Movement]:
    task = "detection"
    if reason := _other_images(before, after, task):
        return _incomparable(system, task, reason)
    names = list(before.faces)
    if before.faces != after.faces or not names:
        return _incomparable(system, task, "other images, or other faces in them")
    index = {name: n for n, name in enumerate(names)}
    faces = np.array(list(before.faces.values()), np.float64)
    columns = []
    for side in (before, after):
        found = side.detections.get(side.systems[system]["name"])
        if found is None:
            columns.append((np.zeros(0, bool), np.zeros(0), np.zeros(0, np.int64)))
            continue
        if not set(found.images.tolist()) <= set(names):
            return _incomparable(system, task, "detections.csv names an image that images.csv does not")
        counted = ~found.ignored
        image = np.array([index[name] for name in found.images[counted].tolist()], np.int64)
        columns.append((found.hits[counted], found.scores[counted], image))
    bitwise = all(len(a) == len(b) and bool((a == b).all()) for a, b in zip(*columns, strict=True))
    made = [people_bootstrap.recall_at_fp(*column, faces, FALSE_POSITIVES) for column in columns]
    draws = {f"recall_at_fp/{count}": (made[0][count], made[1][count]) for count in made[0]}
    main = MAIN[task]
    draws = {main: draws[main], **draws}
    return list(_movements(system, task, bitwise, f"{len(names):,} images", "images", draws))


TASKS = {"verification": _verification, "identification": _identification, "detection": _detection}


def _points(share: float | None) -> str:
    """A share in points, with its sign; two digits where one would say nothing."""
    points = 100 * (share or 0.0)
    text = f"{points:+.2f}" if 0 < abs(points) < 0.1 else f"{points:+.1f}"
    return text.replace("-", "\N{MINUS SIGN}")
