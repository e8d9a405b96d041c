"""Which systems are better than which: a matrix a task, and in words what the data cannot tell."""

from typing import Any

from eigen2arc.core.files import Json

from .numbers import Numbers
from .overview import percent

#: Of what the main metric of a task is a share, as metrics.json names it.
NAMES = {"accuracy": "accuracy", "rank1": "rank-1", "recall_at_fp/100": "recall at 100 FP"}


def comparison_tables(metrics: Json) -> list[Json]:
    """Return for each task its matrix and the pairs that cannot be told apart.

    systems : best first. rows : for each system a cell a system, None on the diagonal, else {"text": the difference of
    the row's metric from the column's in points, "better": "row", "column" or "", "title": interval and p}. equal :
    the pairs without any difference.
    """
    return [_table(table, metrics) for table in metrics["comparisons"] if table["pairs"]]


def _table(table: Json, metrics: Json) -> Json:
    names = {system["id"]: system["name"] for system in metrics["systems"]}
    both = {(one["first"], one["second"]): one for one in table["pairs"]}
    both |= {(one["second"], one["first"]): _turned(one) for one in table["pairs"]}
    run = list(dict.fromkeys(first for first, _ in both))
    # Whoever is ahead of more systems comes first; of as many, in the order of the run.
    ids = sorted(run, key=lambda one: -sum(both[one, other]["difference"] > 0 for other in run if other != one))
    undecided = [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :] if not both[a, b]["better"]]
    rows = [[None if a == b else _cell(both[a, b], table, a) for b in ids] for a in ids]
    once = [both[a, b] for i, a in enumerate(ids) for b in ids[i + 1 :]]
    return {
        "pairs": [_row(pair, names) for pair in once],
        "numbers": _numbers(once, names),
        "task": table["task"],
        "metric": NAMES[table["metric"]],
        "unit": table["unit"],
        "units": table["units"],
        "systems": [names[one] for one in ids],
        "rows": rows,
        "equal": [(names[a], names[b]) for a, b in undecided if both[a, b]["people_needed"] is None],
        "open": [
            {"first": names[a], "second": names[b], "needed": needed}
            for a, b in undecided
            if (needed := both[a, b]["people_needed"]) is not None
        ],
    }


def _turned(pair: Json) -> Json:
    """The same comparison seen from the second system."""
    ends = {"low": -pair["high"], "high": -pair["low"]}
    return {**pair, "first": pair["second"], "second": pair["first"], "difference": -pair["difference"], **ends}


def _cell(pair: Json, table: Json, row: str) -> Json:
    difference, low, high = (_points(pair[key]) for key in ("difference", "low", "high"))
    words = [f"{low} to {high} points", f"p = {pair['p']:.2g}, by Holm {pair['p_holm']:.2g}"]
    if "mcnemar" in pair:
        words.append(f"McNemar {pair['mcnemar']:.2g}")
    if pair["people_needed"] is not None:
        words.append(f"to be told apart by about {pair['people_needed']:,} {table['unit']}")
    better = "" if not pair["better"] else "row" if pair["better"] == row else "column"
    return {"text": difference, "better": better, "title": "; ".join(words)}


def _row(pair: Json, names: Json) -> Json:
    """A pair as the table of all of them has it."""
    return {
        "names": [names[pair["first"]], names[pair["second"]]],
        "value": pair["difference"],
        "difference": _points(pair["difference"]),
        "interval": f"{_points(pair['low'])} to {_points(pair['high'])}",
        "p": pair["p"],
        "p_holm": pair["p_holm"],
        "mcnemar": pair.get("mcnemar"),
        "needed": pair["people_needed"],
        "better": names[pair["better"]] if pair["better"] else "",
    }


def _numbers(pairs: list[Json], names: Json) -> Numbers:
    """A row of numbers for each pair, by the system that comes first in it."""
    numbers: dict[str, dict[str, list[Any]]] = {}
    for pair in pairs:
        row = {
            "compared with": names[pair["second"]],
            "difference": pair["difference"],
            "low": pair["low"],
            "high": pair["high"],
            "p": pair["p"],
            "p by Holm": pair["p_holm"],
            "McNemar": pair.get("mcnemar"),
            "needed": pair["people_needed"],
            "better": names[pair["better"]] if pair["better"] else "",
        }
        columns = numbers.setdefault(names[pair["first"]], {key: [] for key in row})
        for key, value in row.items():
            columns[key].append(value)
    return numbers


def _points(share: float) -> str:
    return ("+" if share >= 0 else "\u2212") + percent(abs(share))
