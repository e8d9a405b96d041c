"""OUT/report.html of a table of losses, from OUT/losses.json alone: no model, no data set, no network."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from eigen2arc.compare.report.render import environment
from eigen2arc.compare.report.style import Look
from eigen2arc.compare.report.svg import inline
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_text

from .columns import Row, cells, columns, note, ranking
from .plots import accuracy_figure, angle_figure, logit_figure, looks, plane_figure

#: What a table is read from, and what every one has.
TABLE = "losses.json"
NEEDED = (
    *("command", "eigen2arc", "versions", "hardware", "budget", "backbone", "training", "verify_sets", "dataset"),
    *("theta_deg", "untrained", "losses"),
)

#: Deng et al., CVPR 2019, Table 2: verification accuracy in per cent on LFW, CFP-FP, AgeDB-30.
PUBLISHED = (
    ("softmax", "99.08", "94.39", "92.33"),
    ("triplet", "98.98", "91.90", "89.98"),
    ("SphereFace", "99.11", "94.38", "91.70"),
    ("CosFace", "99.51", "95.44", "94.56"),
    ("ArcFace", "99.53", "95.56", "95.15"),
)


def render(folder: Path) -> Path:
    """Write report.html beside losses.json and return its path. The same file gives the same bytes.

    Raises UserError if the folder holds no finished table.
    """
    table = read(folder)
    page = environment().get_template("losses.html").render(title="The loss table", **_context(table))
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
    missing = [key for key in NEEDED if not isinstance(table, dict) or key not in table]
    if missing or not table["losses"]:
        raise UserError(f"{path} lacks {', '.join(missing or ['losses'])}. {again}")
    return table


def _context(table: dict[str, Any]) -> dict[str, Any]:
    look = looks([row["name"] for row in table["losses"]])
    ranked = ranking(table["losses"])
    trained = [row for row in ranked if "failed" not in row]
    start = {"name": "untrained", "held_out": table["untrained"]}
    shown = columns(table)
    return {
        "run": table,
        "columns": shown,
        "rows": [
            {
                "row": row,
                "cells": [] if "failed" in row else cells(row, shown, trained),
                "note": note(row, trained[0], start) if "losses" in row else "",
                "loss": _last_tenth(row["losses"]) if "losses" in row else None,
            }
            for row in (*ranked, start)
        ],
        "best": trained[0] if trained else None,
        "legend": [_entry(row["name"], look) for row in trained],
        "accuracy": _accuracy(table, trained, look) if trained else None,
        **_logits(table, trained, look),
        "planes": [(row["name"], _plane(row, number)) for number, row in enumerate(trained)],
        "angles": [(row["name"], _angles(table, row, look, number)) for number, row in enumerate(trained)],
        "published": PUBLISHED,
    }


def _last_tenth(losses: list[float]) -> float:
    return float(np.mean(losses[-max(1, len(losses) // 10) :]))


def _entry(name: str, look: dict[str, Look]) -> dict[str, str]:
    """A line of a legend, dashes in units of the swatch."""
    dashes = " ".join(f"{2 * length:g}" for length in look[name].dashes)
    return {"name": name, "colour": look[name].colour, "dashes": dashes}


def _accuracy(table: dict[str, Any], trained: list[Row], look: dict[str, Look]) -> Markup:
    """Training's own looks; where it looked at sets of pairs, the mean over them, without the start."""
    start = [] if table["verify_sets"] else [(0, table["untrained"]["look"]["accuracy"])]
    curves = {row["name"]: [*start, *((one["step"], one["accuracy"]) for one in row["looks"])] for row in trained}
    return inline(accuracy_figure(curves, look), "accuracy", "Accuracy over training")


def _logits(table: dict[str, Any], trained: list[Row], look: dict[str, Look]) -> dict[str, Any]:
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


def _plane(row: Row, number: int) -> Markup | str:
    """The figure, or why there is none."""
    plane = row["plane"]
    if "failed" in plane:
        return str(plane["failed"])
    return inline(plane_figure(plane), f"plane-{number}", f"{row['name']}: people as points in the plane")


def _angles(table: dict[str, Any], row: Row, look: dict[str, Look], number: int) -> Markup:
    """The start and every look; of a training that looked at sets of pairs, which tell no angles, start and end."""
    end = {"step": row["steps"], **row["held_out"]["look"]}
    looked = [one for one in row["looks"] if "genuine_angles" in one] or [end]
    figure = angle_figure([{"step": 0, **table["untrained"]["look"]}, *looked], look[row["name"]])
    return inline(figure, f"angles-{number}", f"{row['name']}: angles of pairs over training")
