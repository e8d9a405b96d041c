"""Metrics by group of people or images, e.g. by age, pose or light, and how far the groups lie apart.

All groups are decided by one threshold, as they are in use: a threshold of its own for each would hide what is asked.
A pair is in a group if both of its images are; pairs of two groups are counted, and in none. Accuracy is
1 - (FMR + FNMR) / 2, since groups differ in how many of their pairs are genuine.

Intervals of a share are for other people, see people_bootstrap. For sums and differences of shares MOVER: Zou, Donner,
"Construction of confidence limits about effect measures: a general approach", Statistics in Medicine 27, 2008; of two
shares of independent trials it is Newcombe's tenth method. Groups that have people in common hang together, and then it
is too long rather than too short. The spread is the highest rate less the
lowest. It is chosen among all k (k - 1) / 2 differences, so its interval holds for all of them at once (Bonferroni).
Chance alone gives a spread, too: where the interval begins at 0 the groups cannot be told apart.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .intervals import LEVEL
from .people_bootstrap import Draws, share, share_of_pairs

#: A group with fewer trials of a kind is named, and no rate is given for it.
LEAST_TRIALS = 10

#: Into how many groups of about as many images the values of a factor are cut.
PARTS = 3


class Rate(NamedTuple):
    """An estimate with its interval."""

    value: float
    low: float
    high: float


class Grouping(NamedTuple):
    """Which group each image is in. names : the groups in their order; of : (N,) int64, an index into them, -1 none."""

    names: tuple[str, ...]
    of: np.ndarray


def by_name(groups: Sequence[str]) -> Grouping:
    """Group images by the name of their group, "" for none; the groups are in order of their names."""
    names = sorted(set(groups) - {""})
    index = {name: i for i, name in enumerate(names)}
    return Grouping(tuple(names), np.array([index.get(name, -1) for name in groups], np.int64))


def cut(values: np.ndarray) -> Grouping:
    """Cut the values (N,) of a factor into PARTS groups of about as many images, ascending; NaN is in none.

    No more different values than PARTS are groups as they are. Where so many images share the lowest value that no cut
    is above it, as where most have no glasses, that value is one group and all above it are the other.
    """
    known = np.isfinite(values)
    different = np.unique(values[known])
    if len(different) <= PARTS:
        names, of = [f"{value:.3g}" for value in different], np.searchsorted(different, values)
    else:
        edges = np.unique(np.quantile(values[known], np.arange(1, PARTS) / PARTS))
        edges = edges[edges > different[0]]
        if len(edges):
            between = [f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges)]
            names = [f"below {edges[0]:.3g}", *between, f"from {edges[-1]:.3g}"]
        else:
            edges, names = different[1:2], [f"{different[0]:.3g}", f"above {different[0]:.3g}"]
        of = np.searchsorted(edges, values, side="right")
    return Grouping(tuple(names), np.where(known, of, -1))


def of_pairs(
    accepted: np.ndarray,
    same: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    person: np.ndarray,
    grouping: Grouping,
) -> dict[str, Any] | None:
    """Summarize verification by group, ready for JSON; None where fewer than two groups have pairs enough.

    accepted, same : (P,) bool. first, second : (P,) the images of each pair. person : (N,) who is on each image.
    """
    a, b = grouping.of[first], grouping.of[second]
    kinds = {
        name: [np.flatnonzero((a == number) & (b == number) & (same == of_one)) for of_one in (False, True)]
        for number, name in enumerate(grouping.names)
    }
    enough = {name: both for name, both in kinds.items() if min(map(len, both)) >= LEAST_TRIALS}
    if len(enough) < 2:
        return None
    wrong, persons = accepted != same, (person[first], person[second])
    drawn = {
        name: [share_of_pairs(wrong[rows], *(one[rows] for one in persons)) for rows in both]
        for name, both in enough.items()
    }

    def rates(level: float) -> dict[str, dict[str, Rate]]:
        made: dict[str, dict[str, Rate]] = {"accuracy": {}, "fmr": {}, "fnmr": {}}
        for name, both in drawn.items():
            fmr, fnmr = (_rate(one, level) for one in both)
            made["fmr"][name], made["fnmr"][name] = fmr, fnmr
            made["accuracy"][name] = _accuracy(fmr, fnmr)
        return made

    sizes = {name: dict(zip(("impostors", "genuine"), map(len, both), strict=True)) for name, both in enough.items()}
    mixed = int(np.count_nonzero((a != b) & (a >= 0) & (b >= 0)))
    return _summary(rates, sizes, kinds) | {"mixed_pairs": mixed}


def of_probes(right: np.ndarray, probes: np.ndarray, person: np.ndarray, grouping: Grouping) -> dict[str, Any] | None:
    """Summarize rank-1 by the group of the probe, ready for JSON; None where fewer than two have probes enough.

    right : (P,) whether a mated probe is recognised, 0 or 1, or the share of rounds in which it is. probes : (P,) their
    images. person : (N,) who is on each image.
    """
    of = grouping.of[probes]
    inside = {name: np.flatnonzero(of == number) for number, name in enumerate(grouping.names)}
    enough = {name: rows for name, rows in inside.items() if len(rows) >= LEAST_TRIALS}
    if len(enough) < 2:
        return None
    drawn = {name: share(right[rows], person[probes[rows]]) for name, rows in enough.items()}

    def rates(level: float) -> dict[str, dict[str, Rate]]:
        return {"rank1": {name: _rate(one, level) for name, one in drawn.items()}}

    return _summary(rates, {name: {"probes": len(rows)} for name, rows in enough.items()}, inside)


def spread(rates: Mapping[str, Rate]) -> dict[str, Any]:
    """Compute the highest rate less the lowest, 0..1, with its interval by MOVER, and which groups they are of.

    rates : by group, two or more, with intervals at the level that the interval of the difference is to have.
    """
    names = sorted(rates, key=lambda name: -rates[name].value)  # of equals the first in order
    top, bottom = rates[names[0]], rates[names[-1]]
    value = top.value - bottom.value
    low = value - np.hypot(top.value - top.low, bottom.high - bottom.value)
    high = value + np.hypot(top.high - top.value, bottom.value - bottom.low)
    ends = {"low": max(0.0, float(low)), "high": min(1.0, float(high))}
    return {"value": value, **ends, "highest": names[0], "lowest": names[-1]}


def _summary(
    rates: Callable[[float], dict[str, dict[str, Rate]]], sizes: Mapping[str, dict[str, int]], groups: Iterable[str]
) -> dict[str, Any]:
    """Arrange what both tasks have. rates : gives the rates by metric and group at a level; groups : all there are."""
    differences = len(sizes) * (len(sizes) - 1) // 2
    shown, at_once = rates(LEVEL), rates(1 - (1 - LEVEL) / differences)
    return {
        "groups": [
            {"name": name, **size, **{metric: shown[metric][name]._asdict() for metric in shown}}
            for name, size in sizes.items()
        ],
        "spread": {metric: spread(by_group) for metric, by_group in at_once.items()},
        "too_few": [name for name in groups if name not in sizes],
        "level": LEVEL,
    }


def _accuracy(fmr: Rate, fnmr: Rate) -> Rate:
    value = 1 - (fmr.value + fnmr.value) / 2
    low = value - np.hypot(fmr.high - fmr.value, fnmr.high - fnmr.value) / 2
    high = value + np.hypot(fmr.value - fmr.low, fnmr.value - fnmr.low) / 2
    return Rate(value, max(0.0, float(low)), min(1.0, float(high)))


def _rate(drawn: Draws, level: float) -> Rate:
    return Rate(drawn.value, *drawn.interval(level))
