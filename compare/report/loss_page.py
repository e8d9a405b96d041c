"""OUT/report.html of a table of losses, from OUT/losses.json alone: no model, no data set, no network."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_text

from .loss_figures import accuracy_figure, angle_figure, logit_figure, looks, plane_figure
from .overview import percent
from .render import environment
from .style import Look
from .svg import inline

#: What a table is read from, and what every one has.
TABLE = "losses.json"
NEEDED = ("command", "eigen2arc", "versions", "hardware", "budget", "backbone", "training", "dataset", "untrained")

#: Deng et al., CVPR 2019, Table 2: verification accuracy in per cent on LFW, CFP-FP, AgeDB-30.
PUBLISHED = (
    ("softmax", "99.08", "94.39", "92.33"),
    ("triplet", "98.98", "91.90", "89.98"),
    ("SphereFace", "99.11", "94.38", "91.70"),
    ("CosFace", "99.51", "95.44", "94.56"),
    ("ArcFace", "99.53", "95.56", "95.15"),
)


@dataclass(frozen=True)
class Column:
    """One figure of a row: where it stands in "held_out", how it is printed, and which direction is better."""

    label: str
    meaning: str
    path: tuple[str, ...]
    text: Any
    higher_is_better: bool = True


COLUMNS = (
    Column(
        "accuracy",
        "share of pairs decided rightly, mean ± its standard error over ten folds of people held out",
        ("accuracy", "mean"),
        percent,
    ),
    Column(
        "TAR at FAR 1\u00a0%", "genuine pairs accepted where 1 % of impostor pairs are", ("tar_at_far", "1e-2"), percent
    ),
    Column(
        "TAR at FAR 0.1\u00a0%", "genuine pairs accepted where 1 in 1,000 impostors is", ("tar_at_far", "1e-3"), percent
    ),
    Column("AUC", "the chance that a genuine pair outscores an impostor pair", ("auc",), "{:.4f}".format),
    Column("EER", "where false accepts and false rejects are equally frequent", ("eer",), percent, False),
)


def render(folder: Path) -> Path:
    """Write report.html beside losses.json and return its path. The same file gives the same bytes.

    Raises UserError if the folder holds no finished table.
    """
    table = read(folder)
    jinja = environment()
    css, _, _ = jinja.loader.get_source(jinja, "report.css")  # type: ignore[union-attr]
    page = jinja.get_template("losses.html").render(css=Markup(css), **_context(table))
    path = Path(folder) / "report.html"
    write_text(path, page)
    return path


def read(folder: Path) -> dict[str, Any]:
    """losses.json, checked for what every table has. Raises UserError."""
    path, again = Path(folder) / TABLE, f"Make it again: eigen2arc compare losses --out {folder}"
    try:
        table: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"{folder} is not a finished table of losses: it has no {TABLE}. {again}") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}). {again}") from None
    missing = [key for key in (*NEEDED, "losses") if not isinstance(table, dict) or not table.get(key)]
    if missing:
        raise UserError(f"{path} lacks {', '.join(missing)}. {again}")
    return table


def _context(table: dict[str, Any]) -> dict[str, Any]:
    look = looks([row["name"] for row in table["losses"]])
    ranked = ranking(table)
    trained = [row for row in ranked if "failed" not in row]
    start = {"name": "untrained", "held_out": table["untrained"]}
    return {
        "run": table,
        "columns": COLUMNS,
        "rows": [_shown(row, trained, start) for row in [*ranked, start]],
        "best": trained[0] if trained else None,
        "legend": [_entry(row["name"], look) for row in trained],
        "accuracy": _accuracy(table, trained, look),
        **_logits(table, trained, look),
        "planes": [(row["name"], _plane(row, n)) for n, row in enumerate(trained)],
        "angles": [(row["name"], _angles(table, row, look, n)) for n, row in enumerate(trained)],
        "published": PUBLISHED,
    }


def ranking(table: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows, the most accurate loss first, those that failed last."""
    return sorted(
        table["losses"], key=lambda row: -row["held_out"]["accuracy"]["mean"] if "failed" not in row else math.inf
    )


def behind(best: dict[str, Any], other: dict[str, Any]) -> tuple[float, float]:
    """How much less accurate ``other`` is than ``best``, fold by fold on the same pairs, and its standard error."""
    folds = [np.array(one["held_out"]["accuracy"]["folds"]) for one in (best, other)]
    difference = folds[0] - folds[1]
    se = float(difference.std(ddof=1)) / math.sqrt(len(difference)) if len(difference) > 1 else 0.0
    return float(difference.mean()), se


def _shown(row: dict[str, Any], trained: list[dict[str, Any]], start: dict[str, Any]) -> dict[str, Any]:
    """A row as the template prints it; ``start`` is that of the untrained network."""
    shown: dict[str, Any] = {"cells": [], "note": "", "row": row}
    if "failed" in row:
        return shown
    if row is not start:
        less, se = behind(trained[0], row)
        ahead, ahead_se = behind(row, start)
        if row is trained[0]:
            shown["note"] = "most accurate"
        elif less <= se:
            shown["note"] = "within the standard error of the best"
        if ahead <= ahead_se:
            shown["note"] = "no better than untrained"
        shown["loss"] = float(np.mean(row["losses"][-max(1, len(row["losses"]) // 10) :]))
    shown["cells"] = [_cell(column, row, trained) for column in COLUMNS]
    return shown


def _value(column: Column, row: dict[str, Any]) -> float | None:
    value: Any = row["held_out"]
    for key in column.path:
        value = value[key]
    return None if value is None else float(value)


def _cell(column: Column, row: dict[str, Any], trained: list[dict[str, Any]]) -> dict[str, Any]:
    value = _value(column, row)
    if value is None:
        return {"label": column.label, "text": "too few pairs", "spread": "", "best": False}
    known = [other for one in trained if (other := _value(column, one)) is not None]
    ranked = sorted(known, reverse=column.higher_is_better)
    compared = len(known) > 1 and any(one is row for one in trained)
    marked = compared and column.text(value) == column.text(ranked[0])
    spread = f"± {percent(row['held_out']['accuracy']['se'])}" if column.label == "accuracy" else ""
    return {"label": column.label, "text": column.text(value), "spread": spread, "best": marked}


def _entry(name: str, look: dict[str, Look]) -> dict[str, str]:
    dashes = " ".join(f"{2 * length:g}" for length in look[name].dashes)
    return {"name": name, "colour": look[name].colour, "dashes": dashes}


def _accuracy(table: dict[str, Any], trained: list[dict[str, Any]], look: dict[str, Look]) -> Markup | None:
    start = (0, table["untrained"]["look"]["accuracy"])
    curves = {row["name"]: [start, *((look["step"], look["accuracy"]) for look in row["looks"])] for row in trained}
    return inline(accuracy_figure(curves, look), "accuracy", "Accuracy over training") if curves else None


def _logits(table: dict[str, Any], trained: list[dict[str, Any]], look: dict[str, Look]) -> dict[str, Any]:
    """The curves and their legend; losses with one curve share a line."""
    alike: dict[tuple[float, ...], list[str]] = {}
    for row in trained:
        if row["curve"] is not None:
            alike.setdefault(tuple(row["curve"]), []).append(row["name"])
    curves = {names[0]: list(curve) for curve, names in alike.items()}
    figure = logit_figure(table["theta_deg"], curves, look)
    return {
        "logits": inline(figure, "logits", "Target logit over the angle to the own centre") if curves else None,
        "logit_legend": [{**_entry(names[0], look), "name": ", ".join(names)} for names in alike.values()],
        "without_logit": [row["name"] for row in trained if row["curve"] is None],
    }


def _plane(row: dict[str, Any], number: int) -> Markup | str:
    plane = row["plane"]
    if "failed" in plane:
        return str(plane["failed"])
    return inline(plane_figure(plane), f"plane-{number}", f"{row['name']}: people as points in the plane")


def _angles(table: dict[str, Any], row: dict[str, Any], look: dict[str, Look], number: int) -> Markup:
    looked = [one for one in row["looks"] if "genuine_angles" in one]
    end = {"step": row["steps"], **row["held_out"]["look"]}  # a training that looks at sets of pairs tells no angles
    looked = [{"step": 0, **table["untrained"]["look"]}, *(looked or [end])]
    figure = angle_figure(looked, look[row["name"]])
    return inline(figure, f"angles-{number}", f"{row['name']}: angles of pairs over training")
