"""OUT/report.html of a table of losses, from OUT/losses.json alone: no model, no data set, no network."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from pydantic import BaseModel, Field
from rich.table import Table

from eigen2arc.compare.report.overview import Cell, percent
from eigen2arc.compare.report.render import environment
from eigen2arc.compare.report.style import LineStyle, inline_svg
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import Json, read_json, write_text

from .plots import accuracy_figure, angle_figure, line_styles, logit_figure, plane_figure

Row = Json

#: What a table is read from.
TABLE = "losses.json"
#: Deng et al., CVPR 2019, Table 2: verification accuracy in per cent on LFW, CFP-FP, AgeDB-30.
PUBLISHED = (
    ("softmax", "99.08", "94.39", "92.33"),
    ("triplet", "98.98", "91.90", "89.98"),
    ("SphereFace", "99.11", "94.38", "91.70"),
    ("CosFace", "99.51", "95.44", "94.56"),
    ("ArcFace", "99.53", "95.56", "95.15"),
)


class Losses(BaseModel):
    """What every losses.json holds."""

    command: str
    eigen2arc: str
    versions: dict[str, str]
    hardware: Json
    budget: Json
    backbone: Json
    training: Json
    verify_sets: list[str]
    dataset: Json
    theta_deg: list[float]
    untrained: Json
    losses: list[Row] = Field(min_length=1)


def render(folder: Path) -> Path:
    """Write report.html next to losses.json and return its path. The same file gives the same bytes.

    Raises UserError if the folder holds no finished table.
    """
    table = read(folder)
    with parsing(Path(folder) / TABLE, "does not hold what a table of losses does", _again(folder)):
        page = environment().get_template("losses.html").render(title="The loss table", **_context(table))
    path = Path(folder) / "report.html"
    write_text(path, page)
    return path


def read(folder: Path) -> Json:
    """Read losses.json, checked for what every table has. Raises UserError."""
    path, again = Path(folder) / TABLE, _again(folder)
    if not path.exists():
        raise UserError(f"{folder} is not a finished table of losses: it has no {TABLE}. {again}")
    return read_json(path, Losses, again).model_dump(exclude_unset=True)


def _again(folder: Path) -> str:
    return f"Make it again: eigen2arc compare losses --out {folder}"


def _context(table: Json) -> Json:
    styles = line_styles([row["name"] for row in table["losses"]])
    ranked = ranking(table["losses"])
    trained = [row for row in ranked if "failed" not in row]
    start = {"name": "untrained", "held_out": table["untrained"]}
    shown = _columns(table)
    return {
        "run": table,
        "columns": shown,
        "rows": [
            {
                "row": row,
                "cells": [] if "failed" in row else _cells(row, shown, trained),
                "note": _note(row, trained[0], start) if "losses" in row else "",
                "loss": _last_tenth(row["losses"]) if "losses" in row else None,
            }
            for row in (*ranked, start)
        ],
        "numbers": {row["name"]: _row_numbers(row, shown) for row in (*trained, start)},
        "best": trained[0] if trained else None,
        "legend": [_entry(row["name"], styles) for row in trained],
        "accuracy": _accuracy(table, trained, styles) if trained else None,
        **_logits(table, trained, styles),
        "planes": [(row["name"], _plane(row, number)) for number, row in enumerate(trained)],
        "angles": [(row["name"], _angles(table, row, styles, number)) for number, row in enumerate(trained)],
        "published": PUBLISHED,
    }


def _last_tenth(losses: list[float]) -> float:
    return float(np.mean(losses[-max(1, len(losses) // 10) :]))


def _entry(name: str, styles: dict[str, LineStyle]) -> dict[str, str]:
    """A line of a legend, dashes in units of the swatch."""
    dashes = " ".join(f"{2 * length:g}" for length in styles[name].dashes)
    return {"name": name, "colour": styles[name].color, "dashes": dashes}


def _accuracy(table: Json, trained: list[Row], styles: dict[str, LineStyle]) -> Markup:
    """Training's own evaluations; where it verified sets of pairs, the mean over them, without the start."""
    start = [] if table["verify_sets"] else [(0, table["untrained"]["look"]["accuracy"])]
    curves = {row["name"]: [*start, *((one["step"], one["accuracy"]) for one in row["looks"])] for row in trained}
    numbers = {
        name: dict(zip(("steps", "accuracy"), zip(*points, strict=True), strict=True))
        for name, points in curves.items()
    }
    return inline_svg(accuracy_figure(curves, styles), "accuracy", "Accuracy over training", numbers, "loss")


def _logits(table: Json, trained: list[Row], styles: dict[str, LineStyle]) -> Json:
    """The curves and their legend; losses with one curve share a line."""
    alike: dict[tuple[float, ...], list[str]] = {}
    for row in trained:
        if row["curve"] is not None:
            alike.setdefault(tuple(row["curve"]), []).append(row["name"])
    curves = {names[0]: list(curve) for curve, names in alike.items()}
    figure = logit_figure(table["theta_deg"], curves, styles)
    numbers = {
        ", ".join(names): {"degrees": table["theta_deg"], "logit / scale": curve} for curve, names in alike.items()
    }
    label = "Target logit over the angle to the own centre"
    return {
        "logits": inline_svg(figure, "logits", label, numbers, "loss") if curves else None,
        "logit_legend": [{**_entry(names[0], styles), "name": ", ".join(names)} for names in alike.values()],
        "without_logit": [row["name"] for row in trained if row["curve"] is None],
    }


def _plane(row: Row, number: int) -> Markup | str:
    """The figure, or why there is none."""
    plane = row["plane"]
    if "failed" in plane:
        return str(plane["failed"])
    x, y = zip(*plane["points"], strict=True)
    numbers = {row["name"]: {"person": plane["labels"], "x": x, "y": y}}
    label = f"{row['name']}: people as points in the plane"
    return inline_svg(plane_figure(plane), f"plane-{number}", label, numbers, "loss")


def _angles(table: Json, row: Row, styles: dict[str, LineStyle], number: int) -> Markup:
    """The start and every evaluation; start and end of a training that verified sets of pairs, which have no angles."""
    end = {"step": row["steps"], **row["held_out"]["look"]}
    evaluations = [one for one in row["looks"] if "genuine_angles" in one] or [end]
    evaluations = [{"step": 0, **table["untrained"]["look"]}, *evaluations]
    bins = len(evaluations[0]["genuine_angles"])
    edges = np.linspace(0, 180, bins + 1)
    numbers: dict[str, Sequence[Any] | np.ndarray] = {
        "steps": [one["step"] for one in evaluations for _ in range(bins)],
        "from, degrees": np.tile(edges[:-1], len(evaluations)),
        "to, degrees": np.tile(edges[1:], len(evaluations)),
        "genuine pairs": [count for one in evaluations for count in one["genuine_angles"]],
        "impostor pairs": [count for one in evaluations for count in one["impostor_angles"]],
    }
    label = f"{row['name']}: angles of pairs over training"
    figure = angle_figure(evaluations, styles[row["name"]])
    return inline_svg(figure, f"angles-{number}", label, {row["name"]: numbers}, "loss")


@dataclass(frozen=True)
class Column:
    """One metric of a row. value : taken from a row, None where there is none. text : how it is printed."""

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


def _columns(table: Json) -> list[Column]:
    """The columns of every table, and one for each set of pairs that training verified."""
    return [*COLUMNS, *(_verified(name) for name in table["verify_sets"])]


def _verified(name: str) -> Column:
    meaning = f"accuracy on the pairs of {name}, by its protocol's folds, at the last step"
    return Column(name, meaning, lambda row: row["looks"][-1][name] if "looks" in row else None)


def _row_numbers(row: Row, shown: list[Column]) -> dict[str, list[float | None]]:
    """A row of the table in numbers; of the start those alone that it has."""
    numbers = {column.label: [column.value(row)] for column in shown}
    numbers["accuracy, standard error"] = [row["held_out"]["accuracy"]["se"]]
    if "losses" in row:
        numbers["loss at the end"] = [_last_tenth(row["losses"])]
        numbers |= {key: [row[key]] for key in ("steps", "images", "seconds")}
    return numbers


def ranking(rows: list[Row]) -> list[Row]:
    """Sort the rows, the most accurate loss first, those that failed last."""
    return sorted(rows, key=lambda row: -row["held_out"]["accuracy"]["mean"] if "failed" not in row else math.inf)


def behind(best: Row, other: Row) -> tuple[float, float]:
    """Compute how much less accurate ``other`` is than ``best`` on the same folds, and the standard error of that."""
    folds = [np.array(one["held_out"]["accuracy"]["folds"]) for one in (best, other)]
    difference = folds[0] - folds[1]
    se = float(difference.std(ddof=1)) / math.sqrt(len(difference)) if len(difference) > 1 else 0.0
    return float(difference.mean()), se


def _note(row: Row, best: Row, start: Row) -> str:
    """The note on a loss's name in the table; ``start`` is the row of the untrained network."""
    ahead, ahead_se = behind(row, start)
    if ahead <= ahead_se:
        return "no better than untrained"
    if row is best:
        return "most accurate"
    less, se = behind(best, row)
    return "within the standard error of the best" if less <= se else ""


def _cells(row: Row, shown: list[Column], trained: list[Row]) -> list[Cell]:
    """The cells of a row; the best of the trained losses is marked."""
    return [_cell(column, row, trained) for column in shown]


def _cell(column: Column, row: Row, trained: list[Row]) -> Cell:
    value = column.value(row)
    if value is None:
        return Cell(column.label, "-")
    known = [other for one in trained if (other := column.value(one)) is not None]
    ranked = sorted(known, reverse=column.higher_is_better)
    # Values that print alike are equally good: the digits beyond are noise.
    compared = len(known) > 1 and any(one is row for one in trained)
    marked = compared and column.text(value) == column.text(ranked[0])
    spread = f"± {percent(row['held_out']['accuracy']['se'])}" if column.label == "accuracy" else ""
    return Cell(column.label, column.text(value), spread, best=marked, value=value)


def summary(path: Path) -> Table:
    """Build the terminal's table of losses.json, the most accurate loss first, the untrained network last."""
    document = read(path.parent)
    with parsing(path, "does not hold what a table of losses does", _again(path.parent)):
        return _summary(document)


def _summary(document: Json) -> Table:
    steps = document["budget"]["steps"]
    result = Table(title=f"Losses, {steps:,} steps each", box=None, header_style="bold", pad_edge=False)
    result.add_column("loss", no_wrap=True)
    for column in ("accuracy %", "TAR at FAR 1 %", "AUC", "seconds"):
        result.add_column(column, justify="right", no_wrap=True)
    for row in ranking(document["losses"]):
        if "failed" in row:
            result.add_row(row["name"], "failed", "", "", f"{row['seconds']:.0f}")
        else:
            result.add_row(row["name"], *_summary_cells(row["held_out"]), f"{row['seconds']:.0f}")
    result.add_row("untrained", *_summary_cells(document["untrained"]), "")
    failed = [f"{row['name']}: {row['failed']}" for row in document["losses"] if "failed" in row]
    result.caption = "\n".join(["± is the standard error over folds of people held out", *failed])
    return result


def _summary_cells(metrics: Json) -> list[str]:
    accuracy, tar = metrics["accuracy"], metrics["tar_at_far"]["1e-2"]
    return [
        f"{100 * accuracy['mean']:.2f} ± {100 * accuracy['se']:.2f}",
        "" if tar is None else f"{100 * tar:.2f}",
        f"{metrics['auc']:.4f}",
    ]
