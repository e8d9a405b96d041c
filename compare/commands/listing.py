"""`eigen2arc list`: what there is to choose from. Reads sources, imports no plug-in."""

import json as jsonlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from eigen2arc.compare.runner.suite import load
from eigen2arc.compare.runner.suite import names as suite_names
from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugin_settings import Setting, plugin_settings
from eigen2arc.core.plugins import KINDS, find, plugins

from .options import AsJson

#: A trainer's settings are the fields of a dataclass, which cannot be read without importing torch.
TRAINER_SETTINGS = "see `deep train detector --help`"


def listing(
    kind: Annotated[str | None, typer.Argument(help=f"One of {', '.join(KINDS)}, suite; all if not given.")] = None,
    name: Annotated[str | None, typer.Argument(help="A plug-in of that kind: what can be set, and to what.")] = None,
    json: AsJson = False,
) -> None:
    """List plug-ins and suites and what each is; with a KIND also the settings of each.

    With a NAME, its settings: default, range, unit and meaning.
    """
    kinds = [*KINDS, "suite"]
    if kind is not None and kind.rstrip("s") not in [k.rstrip("s") for k in kinds]:
        raise UserError(f"there is no kind {kind!r}: choose one of {', '.join(kinds)}")
    chosen = [k for k in kinds if kind is None or k.rstrip("s") == kind.rstrip("s")]
    if name is not None:
        _list_settings(chosen[0], name, json)
        return
    rows = [row for k in chosen for row in _rows(k)]
    if json:
        say_json(rows)
        return
    columns = ["kind", "name", "room", "description"] if kind is None else ["name", "room", "description", "settings"]
    for row in rows:
        settings = TRAINER_SETTINGS if row["kind"] == "trainer" else ", ".join(row["settings"])
        row |= {"room": row["track"], "description": row["summary"], "settings": settings}
    _print_table(columns, rows)


def _list_settings(kind: str, name: str, json: bool) -> None:
    if kind == "suite":
        raise UserError(f"a suite is a file, not a plug-in: `eigen2arc list {kind}` names them all")
    settings = plugin_settings(kind, name)
    if json:
        say_json([asdict(setting) for setting in settings])
        return
    say(find(kind, name).summary)
    if not settings:
        say(f"Settings: {TRAINER_SETTINGS}." if kind == "trainer" else "It has no settings.")
        return
    say()
    _print_table(["setting", "default", "accepts", "meaning"], map(_described, settings))


def _described(setting: Setting) -> dict[str, str]:
    default = "required" if setting.required else ""
    return {
        "setting": setting.name,
        "default": default if setting.default is None else jsonlib.dumps(setting.default, default=str),
        "accepts": setting.accepts + (f", in {setting.unit}" if setting.unit else ""),
        "meaning": setting.meaning,
    }


def _print_table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    from eigen2arc.core.fitted_table import Column, FittedTable

    whole = ("kind", "name", "room", "setting")
    made = [Column(column, words=column not in whole) for column in columns]
    show(FittedTable(made, [[row[column] for column in columns] for row in rows], words_below=True))


def _rows(kind: str) -> list[dict]:
    if kind == "suite":
        described = [(name, load(name)) for name in suite_names()]
        return [
            {"kind": kind, "name": name, "track": "compare", "summary": f"{suite.title}.", "settings": []}
            for name, suite in described
        ]
    return [{"kind": kind, "track": plugin.track} | asdict(plugin) for plugin in plugins(kind).values()]
