"""A plan as tables for the terminal."""

from typing import Any

from rich.table import Table

from eigen2arc.core.files import Json

STYLE: Any = {"box": None, "header_style": "bold", "pad_edge": False, "title_justify": "left"}


def plan_tables(made: Json) -> list[Table]:
    """Build for each spread of a plan the table of the people needed, and of what so many people give: 80 columns."""
    fmr, points = f"{100 * made['fmr']:g} %", f"{100 * made['difference']:g}"
    half = f"{100 * made['half_width']:g}"
    tables = []
    for one in made["plans"]:
        needed = Table(title=f"People it takes: {one['spread']}", **STYLE)
        for name in ("photos of each", f"threshold, FMR {fmr}", f"accuracy ± {half} point", f"{points} points apart"):
            needed.add_column(name, justify="right")
        for row in one["needed"]:
            needed.add_row(str(row["photos"]), *(_count(row[key]) for key in ("fmr", "accuracy", "difference")))
        photos = one["given"][0]["photos"]
        given = Table(title=f"\nWhat people give, {photos} photos of each", **STYLE)
        for name in ("people", f"FMR {fmr} will be", "enough", "accuracy ±", "apart from"):
            given.add_column(name, justify="right")
        for row in one["given"]:
            rate = row["fmr"]
            given.add_row(
                f"{row['people']:,}",
                f"{_percent(rate['low'])} to {_percent(rate['high'])} %",
                "yes" if rate["promised"] else "no",
                f"{100 * row['accuracy']:.2g} points",
                f"{100 * row['difference']:.2g} points",
            )
        tables += [needed, given]
    return tables


def notes(made: Json) -> list[str]:
    """Say what the tables mean, and where the numbers come from, a line each."""
    return [
        "enough: with other people the rate is at most twice the one asked for, 95 times in 100",
        "accuracy: its 95 % interval; apart: accuracies that differ so are told apart 4 times in 5",
        f"spread: {made['source']}",
    ]


def _count(people: int | None) -> str:
    return "no number" if people is None else f"{people:,}"


def _percent(share: float) -> str:
    return f"{100 * share:.2g}"
