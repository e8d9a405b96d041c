"""Changing a frozen dataclass of settings by name, strict about names that do not exist."""

import difflib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from eigen2arc.core.errors import UserError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def with_changes(settings: T, changes: Mapping[str, Any]) -> T:
    """Return a copy of a training's settings with some fields changed.

    "loss.scale" sets the key "scale" of the field ``loss_settings``, a mapping; its plug-in checks the key later.
    Raises UserError for a name that does not exist, with the nearest one, and for a value of the wrong kind.
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
            near = difflib.get_close_matches(key, names, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            groups = ", ".join(sorted(f"{name.removesuffix('_settings')}.NAME" for name in mappings))
            raise UserError(f"training has no setting {key!r}: {hint}there are {', '.join(names)}; {groups}")
        kind = type(getattr(settings, key))
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise UserError(f"setting {key}: expected {kind.__name__}, got {value!r}")
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
