"""Settings as a person writes them: KEY=VALUE on the command line, tables in TOML, fields of a training.

A value is TOML, and a bare word is a string; a dotted key leads into tables.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from .bounds import check_settings
from .errors import UserError, did_you_mean, parsing
from .files import expand_home

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

#: Tables and lists in one another: suites have six.
MAX_DEPTH = 50

#: A dotted key of more than MAX_DEPTH parts.
DEEP_KEY = re.compile(rf"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')\s*+\.\s*+){{{MAX_DEPTH}}}""")


def parse_settings(pairs: Iterable[str]) -> dict[str, Any]:
    """Parse what was given to --set, ["encoder.radius_px=3", ...], to values by key; the last one of a key counts.

    Raises UserError for a pair without a key or "=", and for a list or table with a mistake in it.
    """
    settings = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not all(key.split(".")):
            raise UserError(f"--set {pair}: expected KEY=VALUE")
        settings[key] = expand_home(toml_value(text))
    return settings


def toml_value(text: str) -> Any:
    """Parse a TOML value: 40, true, [1, 2], {name = "lda"}; what is not TOML is the string itself.

    Raises UserError for a list or table with a mistake in it.
    """
    try:
        return parse_toml(f"value = {text}", f"{text:.60}")["value"]
    except UserError as error:
        if text.lstrip().startswith(("[", "{")):
            raise UserError(str(error).replace("is not TOML", "is not a list or table in TOML")) from error
        return text


def parse_toml(text: str, where: object) -> dict[str, Any]:
    """Parse a TOML document. Raises UserError, a line that begins with ``where``, for any other text.

    Whole numbers have 64 bits, as TOML's have, and tables and lists lie at most MAX_DEPTH deep in one another.
    """
    with parsing(where, "is not TOML"):
        if DEEP_KEY.search(text):  # asked before: tomllib takes a time that grows with the square of a key's parts
            raise RecursionError
        document = tomllib.loads(text)
        inside: list[tuple[Any, int]] = [(document, 0)]
        while inside:
            value, depth = inside.pop()
            if isinstance(value, int) and not -(2**63) <= value < 2**63:
                raise ValueError("a whole number of more than 64 bits")
            if depth > MAX_DEPTH:
                raise RecursionError
            if isinstance(value, dict | list):
                inside += [(one, depth + 1) for one in (value.values() if isinstance(value, dict) else value)]
        return document


def set_setting(document: dict[str, Any], key: str, value: Any, where: str) -> None:
    """Set a value of a TOML document by its dotted key, "systems.lbp.encoder.radius_px", in place.

    A table of a list is meant by its "id", its "name" or its index; a bare name becomes the table of a plug-in,
    {name = ...}. Raises UserError, which says ``where`` it looked, for a key that leads nowhere.
    """
    *parents, last = key.split(".")
    node: Any = document
    for step in parents:
        inside = _by_name(node) if isinstance(node, list) else node
        if not isinstance(inside, dict) or step not in inside:
            known = _names(node)
            there = f"there are {', '.join(known)}" if known else "it holds no settings"
            raise UserError(f"--set {key}: there is no {step!r} in {where}: {did_you_mean(step, known)}{there}")
        if isinstance(inside[step], str):
            node[int(step) if isinstance(node, list) else step] = inside[step] = {"name": inside[step]}
        node = inside[step]
    if not isinstance(node, dict):
        raise UserError(f"--set {key}: {parents[-1]!r} in {where} holds no settings")
    node[last] = value


def _by_name(tables: list[Any]) -> dict[str, Any]:
    named = {
        str(table[key]): table for key in ("name", "id") for table in tables if isinstance(table, dict) and key in table
    }
    return named | {str(i): table for i, table in enumerate(tables)}


def _names(node: Any) -> list[str]:
    """What a key can name in a table, or in a list of tables."""
    if isinstance(node, list):
        return [str(table.get("id", table.get("name", i))) for i, table in enumerate(node) if isinstance(table, dict)]
    return list(node) if isinstance(node, dict) else []


def settings_of_file(made: type[T], settings: object, path: object) -> T:
    """Make the dataclass ``made`` of the settings that a file holds.

    Raises UserError, which names the file, for what is no table of settings, and for one that is missing, unknown, or
    not what the annotation of its field allows.
    """
    if not isinstance(settings, Mapping):
        raise UserError(f"{path}: its settings are {settings!r:.60}, expected names and values")
    check_settings(settings, made, str(path))
    required = [f.name for f in fields(made) if f.default is MISSING and f.default_factory is MISSING]
    for kind, names in (
        ("lacks the setting", set(required) - set(settings)),
        ("has an unknown setting", set(settings) - {f.name for f in fields(made)}),
    ):
        if names:
            raise UserError(f"{path}: {kind} {min(names, key=str)!r:.60}; was it written by another version?")
    return made(**settings)


def with_changes(settings: T, changes: Mapping[str, Any]) -> T:
    """Return a copy of a training's settings with some fields changed.

    "loss.scale" sets the key "scale" of the field ``loss_settings``, a mapping; its plug-in checks the key later.
    Raises UserError for a name that does not exist, with the nearest one, and for a value that the annotation of its
    field does not allow.
    """
    mappings = {f.name for f in fields(settings) if f.name.endswith("_settings")}
    names = [f.name for f in fields(settings) if f.name not in mappings]
    for key, value in changes.items():
        group, dot, inner = key.partition(".")
        if dot and f"{group}_settings" in mappings:
            old = getattr(settings, f"{group}_settings")
            settings = replace(settings, **{f"{group}_settings": {**old, inner: value}})
            continue
        if key not in names:
            groups = ", ".join(sorted(f"{name.removesuffix('_settings')}.NAME" for name in mappings))
            there = f"{did_you_mean(key, names)}there are {', '.join(names)}"
            raise UserError(f"training has no setting {key!r}: {there}; {groups}")
        check_settings({key: value}, type(settings), "training")
        if isinstance(value, int) and isinstance(getattr(settings, key), float):
            value = float(value)
        settings = replace(settings, **{key: value})
    return settings


def with_components(settings: T, **components: str) -> T:
    """Return a copy of a training's settings with other plug-ins, by their kind.

    Where one has changed, its settings start empty: they were made for the old one.
    """
    for kind, name in components.items():
        if getattr(settings, kind) != name:
            settings = replace(settings, **{kind: name, f"{kind}_settings": {}})
    return settings
