"""What the settings of a plug-in are: read from its ``build``, as it stands in the source, without importing it."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from . import bounds, plugins

#: What an annotation or a default of ``build`` may be made of; a constant of the plug-in's own file may be, too.
NAMES = vars(bounds) | {
    "Annotated": Annotated,
    "Any": Any,
    "Literal": Literal,
    "Mapping": Mapping,
    "Path": Path,
    "Sequence": Sequence,
    "np": np,
}

#: What these settings mean wherever a docstring has nothing to add.
COMMON = {
    "root": "the folder that holds the data sets, see --data-root",
    "seed": "of all that is drawn: the same seed, the same result",
    "device": 'auto (a GPU where there is one), cpu, cuda, or one GPU, such as "cuda:1"',
    "model": "a file written by `eigen2arc classical train`; it brings its own settings",
    "seconds": "how long to measure, about",
    "embedding_size": "how many numbers describe a face",
    "classes": "how many people there are to learn",
    "size_px": "side of the crop",
    "pairs_per_fold": "how many pairs are drawn for each of ten folds",
}


@dataclass(frozen=True)
class Setting:
    """A setting of a plug-in. default : None for one that is not set, and where ``required``.

    unit : "" for none. accepts : the values that are accepted, in words. meaning : from the docstring of ``build``.
    """

    name: str
    default: Any
    required: bool
    unit: str
    accepts: str
    meaning: str


def plugin_settings(kind: str, name: str) -> list[Setting]:
    """List the settings of a plug-in, in the order of ``build``. Raises UserError for a name that does not exist."""
    plugin = plugins.find(kind, name)
    tree = ast.parse(files(plugin.package).joinpath(f"{name}.py").read_text("utf-8"))
    docstring, arguments = plugins.arguments(tree) or ("", [])
    known, meanings = _constants(tree), _meanings(docstring, plugin.settings)
    return [
        Setting(
            argument.name,
            None if argument.default is None else _value(argument.default, known),
            argument.default is None,
            bounds.unit(argument.name),
            bounds.describe(_value(argument.annotation, known)) if argument.annotation else "",
            meanings.get(argument.name, ""),
        )
        for argument in arguments
    ]


def _constants(tree: ast.Module) -> dict[str, Any]:
    """NAMES, and the constants of a file that are made of those and of literals."""
    known = dict(NAMES)
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                known[name] = _value(value, known)
    return known


def _value(expression: ast.expr, known: dict[str, Any]) -> Any:
    """The value of an expression; its text where it is made of what is not known here."""
    try:
        return eval(compile(ast.Expression(expression), "build", "eval"), {"__builtins__": BUILTINS}, known)
    except (NameError, AttributeError, TypeError):
        return ast.unparse(expression)


BUILTINS = {kind.__name__: kind for kind in (bool, dict, float, int, list, str, tuple)}


def _meanings(docstring: str, settings: Sequence[str]) -> dict[str, str]:
    """What a docstring says of each setting: "components : how many. scale, factor : of the pyramid."."""
    name = "|".join(settings) or "(?!)"  # (?!) is found nowhere
    text = " ".join(docstring.split())
    pieces = re.split(rf"(?:^|(?<=[.;] ))((?:{name})(?:, (?:{name}))*) : ", text)
    meanings = {name: COMMON[name] for name in settings if name in COMMON}
    for names, meaning in zip(pieces[1::2], pieces[2::2], strict=True):
        said = re.sub(r"\s*(Raises|Returns) \w+.*$", "", meaning).strip().rstrip(".;")
        meanings |= dict.fromkeys(names.split(", "), said)
    return meanings
