"""What was changed between two runs: stages and settings of each system, the data, the program, the machine."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from eigen2arc.core.files import Json

from .sides import Side

#: Of a data set: keys of metrics.json, and what they are called.
DATA = {
    "name": "set",
    "whole": "images",
    "tested": "tested",
    "protocol": "protocol",
    "on_missing": "where no face is found",
    "choose": "of several faces",
}

#: What a system has where it has nothing.
NOTHING = "none"


class Change(NamedTuple):
    """Something that differs. what : "preprocessing", "detector.min_size_px"; before, after : in words."""

    what: str
    before: str
    after: str


def of_system(before: Json, after: Json) -> list[Change]:
    """Find what differs between a system's two entries of metrics.json, its stages first, then what came of them."""
    found = []
    for stage in dict.fromkeys([*before["stages"], *after["stages"]]):
        found += _stage(stage, before["stages"].get(stage), after["stages"].get(stage))
    for key, what in (("name", "name"), ("learning", "learned from"), ("outside_data", "outside data")):
        a, b = _said(before.get(key)), _said(after.get(key))
        found += [Change(what, a, b)] if a != b else []
    crops = [one.get("crops_sha256", "") for one in (before, after)]
    if crops[0] != crops[1]:
        found.append(Change("crops", crops[0][:8] or NOTHING, crops[1][:8] or NOTHING))
    return found


def of_runs(before: Side, after: Side) -> list[Change]:
    """Find what differs between two runs besides their systems."""
    a, b = before.metrics, after.metrics
    found = [Change(key, _said(a.get(key)), _said(b.get(key))) for key in ("suite", "eigen2arc")]
    for task in dict.fromkeys([*a["datasets"], *b["datasets"]]):
        one, other = before.data(task), after.data(task)
        if not one or not other:
            found.append(Change(task, "tested" if one else NOTHING, "tested" if other else NOTHING))
            continue
        # A version is a long digest: its beginning tells it from any other.
        found += [
            Change(f"{task}: {what}", _said(one.get(key))[:80], _said(other.get(key))[:80])
            for key, what in DATA.items()
        ]
    found += _table("", a["versions"], b["versions"])
    found += _table("machine: ", a["hardware"], b["hardware"])
    return [one for one in found if one.before != one.after]


def _stage(name: str, before: Any, after: Any) -> list[Change]:
    """A stage of which the plug-in differs is one change; else each setting that does is one."""
    if before == after:
        return []
    one = isinstance(before, dict) and isinstance(after, dict) and before["name"] == after["name"]
    if one:
        return _table(f"{name}.", before["settings"], after["settings"])
    return [Change(name, _plugins(before), _plugins(after))]


def _plugins(value: Any) -> str:
    """A plug-in, or steps in their order, each with its settings."""
    if not value:
        return NOTHING
    return ", ".join(_plugin(one) for one in (value if isinstance(value, list) else [value]))


def _plugin(one: Json) -> str:
    settings = ", ".join(f"{key} = {_said(value)}" for key, value in one["settings"].items())
    return f"{one['name']} ({settings})" if settings else str(one["name"])


def _table(prefix: str, before: Json, after: Json) -> list[Change]:
    rows: Iterator[Change] = (
        Change(f"{prefix}{key}", _said(before.get(key)), _said(after.get(key))) for key in {**before, **after}
    )
    return [row for row in rows if row.before != row.after]


def _said(value: Any) -> str:
    if value in (None, "", [], {}):
        return NOTHING
    if isinstance(value, dict):
        return ", ".join(_said(one) for one in value.values() if one) or NOTHING
    return ", ".join(map(_said, value)) if isinstance(value, list) else str(value)
