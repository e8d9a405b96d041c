"""Components inside of components: plug-ins named as in a suite, by a name or by a table of a name and settings."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import plugins
from .errors import UserError

#: One plug-in as a suite names it: {"name": ..., and its settings}.
Table = dict[str, Any]


def as_table(given: Any, owner: str) -> Table:
    """Convert a name or a table into a table of its own.

    Raises UserError in the name of ``owner`` for anything else.
    """
    if isinstance(given, str):
        return {"name": given}
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise UserError(f'{owner}: expected a name, or a table with "name" and settings, got {given!r}')
    return copy.deepcopy(dict(given))


def from_table(kind: str, table: Table) -> Any:
    """Build the plug-in that a table names, with the table's settings.

    Raises UserError for an unknown name or setting.
    """
    settings = {key: value for key, value in table.items() if key != "name"}
    return plugins.build(kind, table["name"], **settings)


def learns(table: Table) -> bool:
    """Tell whether the encoder of a table has to be fitted; one that is given a fitted model does not."""
    return plugins.find("encoder", table["name"]).learns and "model" not in table


def prefixed(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Add a component's prefix to the names of its tensors, so that several components fit into one file."""
    return {f"{prefix}.{key}": value for key, value in tensors.items()}


def prefixed_shapes(shapes: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Add a component's prefix to the names in SHAPES, and to their letters, which say nothing about another's."""

    def own(size: str) -> str:
        return size if size.isdigit() or size == "_" else f"{prefix}.{size}"

    return {f"{prefix}.{key}": " ".join(map(own, pattern.split())) for key, pattern in shapes.items()}


def without_prefix(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Select the tensors of the component ``prefix``, under their own names."""
    start = f"{prefix}."
    return {key.removeprefix(start): value for key, value in tensors.items() if key.startswith(start)}
