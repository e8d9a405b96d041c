"""A plan: how many people and photos it takes, before anyone collects them."""

import math
from dataclasses import dataclass
from typing import Any

from scipy.special import ndtri

from eigen2arc.core.files import Json
from eigen2arc.core.metrics.comparison import POWER, people_needed
from eigen2arc.core.metrics.intervals import LEVEL
from eigen2arc.core.metrics.recommended_threshold import FACTOR, LEAST_PEOPLE, people_for, planned_rate
from eigen2arc.core.metrics.shared_people import Shared

#: Half of the interval of an accuracy, which a plan asks for.
HALF_WIDTH = 0.01

#: Numbers of people of whom a plan says what they give.
PEOPLE = (10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class Spread:
    """How much depends on who was photographed, in words, and as numbers that fall with more people.

    correlation : of the scores of two impostor pairs, see core.metrics.shared_people. accuracy, difference : by photos
    of each person, the standard deviation of an accuracy, and of the difference of two systems', times the root of the
    number of people.
    """

    name: str
    correlation: Shared
    accuracy: dict[int, float]
    difference: dict[int, float]


#: Measured on LFW, deep-funneled: correlations in 100 people with five photos each; deviations over 150 draws of 20 of
#: them, pairs as compare mine draws them. Differences: from MobileFaceNet in ONNX, and from that of drawn faces.
TYPICAL = (
    Spread(
        "a network trained on photos, as dlib's ResNet",
        Shared(1.0, 0.867, 0.762, 0.160, 0.128),
        {2: 0.099, 3: 0.071, 5: 0.067, 10: 0.056},
        {2: 0.098, 3: 0.080, 5: 0.066, 10: 0.052},
    ),
    Spread(
        "a classical system, as LBP histograms",
        Shared(1.0, 0.419, 0.121, 0.297, 0.043),
        {2: 0.347, 3: 0.230, 5: 0.151, 10: 0.091},
        {2: 0.459, 3: 0.313, 5: 0.211, 10: 0.127},
    ),
)
MEASURED = "measured on LFW; your people may be more alike: a pilot of 20, with --photos, tells"

#: Photos of each person in the table of what so many people give.
USUAL_PHOTOS = 5


def plan(fmr: float, difference: float, metrics: Json | None = None) -> Json:
    """Plan for a false match rate, and for telling two systems apart whose accuracies differ by so much, 0..1.

    metrics : of a pilot's run, whose own spread is taken then; without it TYPICAL. Returns what --json prints: by
    spread and photos the people needed, and what so many people give.
    """
    spreads: tuple[Spread, ...] = TYPICAL
    source = MEASURED
    if metrics is not None and (pilot := pilot_spread(metrics)) is not None:
        spreads, source = (pilot,), "as these photos have it, of which they know the less the fewer they are"
    return {
        "fmr": fmr,
        "half_width": HALF_WIDTH,
        "difference": difference,
        "source": source,
        "plans": [_planned(spread, fmr, difference) for spread in spreads],
    }


def _planned(spread: Spread, fmr: float, difference: float) -> Json:
    photos = USUAL_PHOTOS if USUAL_PHOTOS in spread.accuracy else next(iter(spread.accuracy))
    z = float(ndtri(0.5 + LEVEL / 2))
    power = float(ndtri(POWER))
    needed = [
        {
            "photos": each,
            "fmr": people_for(spread.correlation, fmr, each),
            "accuracy": max(2, math.ceil((z * spread.accuracy[each] / HALF_WIDTH) ** 2)),
            "difference": people_needed(difference, spread.difference[each], 1),
        }
        for each in spread.accuracy
    ]
    given = []
    for people in PEOPLE:
        rate = planned_rate(spread.correlation, fmr, people, photos)
        given.append(
            {
                "people": people,
                "photos": photos,
                "fmr": {"low": rate.low, "high": rate.high, "promised": rate.high <= FACTOR * fmr},
                "accuracy": z * spread.accuracy[photos] / people**0.5,
                "difference": (z + power) * spread.difference[photos] / people**0.5,
            }
        )
    return {"spread": spread.name, "needed": needed, "given": given}


def pilot_spread(metrics: Json) -> Spread | None:
    """Take the spread of the system that a run recommends; None where it has none, or has fewer than LEAST_PEOPLE."""
    systems = [system for system in metrics["systems"] if "correlation" in _recommended(system)]
    systems = [system for system in systems if _recommended(system)["fnmr"] is not None]
    if not systems or _recommended(systems[0])["people"] < LEAST_PEOPLE:
        return None
    best = min(systems, key=lambda one: (_recommended(one)["fnmr"]["value"], _recommended(one)["fmr"]["high"]))
    verified, found = best["verification"], _recommended(best)
    photos = max(1, round((found["images"] - found["unknown"]) / found["people"]))
    units, ends = verified["resampled"]["units"], verified["intervals"]["accuracy"]
    z = float(ndtri(0.5 + LEVEL / 2))
    accuracy = (ends["high"] - ends["low"]) / 2 / z * units**0.5
    return Spread(best["name"], Shared(**found["correlation"]), {photos: accuracy}, {photos: _apart(metrics, accuracy)})


def _recommended(system: Json) -> Json:
    found: Json = system.get("verification", {}).get("recommended", {})
    return found


def _apart(metrics: Json, otherwise: float) -> float:
    """The deviation of a difference of accuracies with one person: the middle one of all pairs of systems."""
    tables: list[Any] = [table for table in metrics["comparisons"] if table["task"] == "verification"]
    z = float(ndtri(0.5 + LEVEL / 2))
    halves = sorted(
        (pair["high"] - pair["low"]) / 2 / z * table["units"] ** 0.5 for table in tables for pair in table["pairs"]
    )
    return halves[len(halves) // 2] if halves and halves[len(halves) // 2] > 0 else otherwise
