"""Who is taken for whom, as the page shows it: galleries, a matrix of confusions, and rates by person."""

from collections.abc import Callable
from itertools import pairwise

from eigen2arc.core.files import Json

from .overview import percent

#: What the columns of a matrix are called that are no people.
OTHERS, NOBODY = "others", "nobody"


def answers_section(metrics: Json, image: Callable[[str], str], digits: Callable[[float], str]) -> Json | None:
    """Return what the section shows; None where no system named anybody of a gallery.

    image : reads a file of the run as a data: address. digits : formats a score.
    """
    there = [(s["name"], s["identification"]) for s in metrics["systems"] if "answers" in s.get("identification", {})]
    if not there:
        return None
    return {"said": _said(there[0][1]), "systems": [_system(name, found, image, digits) for name, found in there]}


def _said(found: Json) -> str:
    """At which threshold the answers are given, or why there is none."""
    fpir = found["answers"]["fpir"]
    if fpir:
        return (
            f"At the threshold at which at most {100 * float(fpir):g} % of the strangers are taken for somebody: a "
            "probe whose score is below it is taken for nobody. answers.csv has every probe's distance to it."
        )
    why = "has no strangers" if "open_set" not in found else "has too few strangers to set one: it takes 300"
    return (
        f"Without a threshold, since the run {why}: everybody is taken for the most alike person, and answers.csv "
        "has no distance to a threshold."
    )


def _system(name: str, found: Json, image: Callable[[str], str], digits: Callable[[float], str]) -> Json:
    answers = found["answers"]

    def shown(pairs: list[Json]) -> list[Json]:
        above = "above the threshold" if answers["fpir"] else "more than the next"
        return [
            {
                **pair,
                "score": digits(pair["score"]),
                "excess": "" if pair["excess"] is None else f"{digits(pair['excess'])} {above}",
                "sources": [image(pair["probe_picture"]), image(pair["enrolled_picture"])],
            }
            for pair in pairs
        ]

    return {
        "name": name,
        "summary": _summary(answers),
        "taken_for": shown(answers["taken_for"]),
        "strangers": shown(answers.get("strangers_taken", [])),
        "matrix": _matrix(answers["matrix"]),
        "rates": _rates(answers["rates"]),
    }


def _summary(answers: Json) -> str:
    rates = answers["rates"]
    said = [
        f"{percent(rates['overall'])} % of all probes named rightly",
        f"{answers['confusions']:,} taken for another",
    ]
    if answers["refused"]:
        said.append(f"{answers['refused']:,} for nobody")
    if answers["fpir"]:
        said.append(f"strangers taken for somebody: {answers['strangers']:,} of {answers['strangers_of']:,}")
    return "; ".join(said)


def _matrix(matrix: Json) -> Json | None:
    """Cells shaded by their share of the row; columns that are no people only where something is in them."""
    if not matrix["people"]:
        return None
    people = len(matrix["people"])
    rows = list(zip(matrix["people"], matrix["probes"], strict=True))
    more = [i for i in (people, people + 1) if any(counts[i] for _, counts in rows)]
    columns = [*range(people), *more]
    return {
        "people": matrix["people"],
        "columns": [*matrix["people"], *[(OTHERS, NOBODY)[i - people] for i in more]],
        "rows": [
            {"name": name, "cells": [_cell(counts[i], sum(counts), _kind(i, row, people)) for i in columns]}
            for row, (name, counts) in enumerate(rows)
        ],
    }


def _kind(column: int, row: int, people: int) -> str:
    return "right" if column == row else "refused" if column == people + 1 else "wrong"


def _cell(probes: int, of: int, kind: str) -> Json:
    share = round(15 + 75 * probes / max(of, 1))
    return {"text": f"{probes:,}" if probes else "", "kind": kind if probes else "", "share": share}


def _rates(rates: Json) -> Json:
    most = max(rates["tenths"])
    tenths = [
        {"label": label, "count": f"{count:,}", "width": round(100 * count / max(most, 1), 1)}
        for label, count in zip(_labels(len(rates["tenths"]) - 1), rates["tenths"], strict=True)
    ]
    one_image = rates["most_images"] < 2
    wrong = [] if one_image else [row for row in rates["worst"] if row["share"] < 1]
    return {
        "people": f"{rates['people']:,}",
        "tenths": tenths,
        "worst": [
            {
                **{key: row[key] for key in ("person", "below")},
                "right": f"{round(row['share'] * row['probes']):,}",
                "probes": f"{row['probes']:,}",
                "interval": f"{100 * row['low']:.0f} to {100 * row['high']:.0f} %",
                "at": round(100 * row["share"], 1),
                "low": round(100 * row["low"], 1),
                "high": round(100 * row["high"], 1),
            }
            for row in wrong
        ],
        "said": _rates_said(rates, one_image),
    }


def _labels(parts: int) -> list[str]:
    ends = [round(100 * i / parts) for i in range(parts + 1)]
    return [*(f"{low} to below {high} %" for low, high in pairwise(ends)), "100 %"]


def _rates_said(rates: Json, one_image: bool) -> str:
    if one_image:
        return "Nobody is looked up with more than one image: of a single person that says next to nothing."
    bold = f"{rates['below']:,} of {rates['people']:,} people are named worse than chance among so many explains"
    return (
        "Wilson's interval, of as many trials as a person has images: probes of one image in several rounds hang "
        f"together. {bold}" + (", in bold where they are among the worst." if rates["below"] else ".")
    )
