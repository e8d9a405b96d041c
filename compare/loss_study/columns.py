"""The rows of a table of losses: their order, their cells, and what is said of a loss beside the best one."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigen2arc.compare.report.overview import Cell, percent

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One figure of a row. value : of a row, None where there is none. text : how it is printed."""

    label: str
    meaning: str
    value: Callable[[Row], float | None]
    text: Callable[[float], str] = percent
    higher_is_better: bool = True


def _tar(far: str, at: str) -> Column:
    meaning = f"share of genuine pairs accepted at the threshold that accepts at most {at} of impostor pairs"
    return Column(f"TAR at FAR {at}", meaning, lambda row: row["held_out"]["tar_at_far"][far])


COLUMNS = (
    Column(
        "accuracy",
        "share of pairs decided rightly: mean ± its standard error over folds of people held out",
        lambda row: row["held_out"]["accuracy"]["mean"],
    ),
    _tar("1e-2", "1\u00a0%"),
    _tar("1e-3", "0.1\u00a0%"),
    Column(
        "AUC",
        "area under the ROC: the chance that a genuine pair outscores an impostor pair",
        lambda row: row["held_out"]["auc"],
        "{:.4f}".format,
    ),
    Column(
        "EER",
        "equal error rate: where false accepts and false rejects are equally frequent",
        lambda row: row["held_out"]["eer"],
        higher_is_better=False,
    ),
)


def columns(table: dict[str, Any]) -> list[Column]:
    """Those of every table, and one for each set of pairs that training verified."""
    return [*COLUMNS, *(_verified(name) for name in table["verify_sets"])]


def _verified(name: str) -> Column:
    meaning = f"accuracy on the pairs of {name}, by its protocol's folds, at the last step"
    return Column(name, meaning, lambda row: row["looks"][-1][name] if "looks" in row else None)


def ranking(rows: list[Row]) -> list[Row]:
    """The most accurate loss first, those that failed last."""
    return sorted(rows, key=lambda row: -row["held_out"]["accuracy"]["mean"] if "failed" not in row else math.inf)


def behind(best: Row, other: Row) -> tuple[float, float]:
    """How much less accurate ``other`` is than ``best``, fold by fold on the same pairs, and its standard error."""
    folds = [np.array(one["held_out"]["accuracy"]["folds"]) for one in (best, other)]
    difference = folds[0] - folds[1]
    se = float(difference.std(ddof=1)) / math.sqrt(len(difference)) if len(difference) > 1 else 0.0
    return float(difference.mean()), se


def note(row: Row, best: Row, start: Row) -> str:
    """What is said beside a loss's name; ``start`` is the untrained network."""
    ahead, ahead_se = behind(row, start)
    if ahead <= ahead_se:
        return "no better than untrained"
    if row is best:
        return "most accurate"
    less, se = behind(best, row)
    return "within the standard error of the best" if less <= se else ""


def cells(row: Row, shown: list[Column], trained: list[Row]) -> list[Cell]:
    """A row's figures; the best of the trained losses is marked."""
    return [_cell(column, row, trained) for column in shown]


def _cell(column: Column, row: Row, trained: list[Row]) -> Cell:
    value = column.value(row)
    if value is None:
        return Cell(column.label, "-")
    known = [other for one in trained if (other := column.value(one)) is not None]
    ranked = sorted(known, reverse=column.higher_is_better)
    # Figures that print alike are equally good: the digits beyond are noise.
    compared = len(known) > 1 and any(one is row for one in trained)
    marked = compared and column.text(value) == column.text(ranked[0])
    spread = f"± {percent(row['held_out']['accuracy']['se'])}" if column.label == "accuracy" else ""
    return Cell(column.label, column.text(value), spread, marked)
