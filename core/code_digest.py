"""A digest of the code that a plug-in runs: its module's and that of all modules it imports, read without importing.

Comments, docstrings and line breaks do not count: a better sentence does not throw away what was computed.
"""

import ast
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .artefacts import digest
from .plugins import KINDS, plugins

#: Functions that are given a kind and read its plug-ins' sources, but run none.
LOOK_UPS = ("find", "plugins")

#: Files that count in a package, besides its code.
WEIGHTS = (".json", ".safetensors")

#: What has a docstring.
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Source:
    """A module, or a package with the weights that it ships.

    digest : of its code. names : dotted names in its import statements and strings; some are those of modules.
    built : kinds of plug-ins that it builds, each with a name, or None where that is only known when it runs.
    """

    is_package: bool
    digest: str
    names: frozenset[str]
    built: frozenset[tuple[str, str | None]]


def code_digest(module: str, words: frozenset[str] = frozenset()) -> str:
    """Compute the digest of a module ("eigen2arc.core.image") and of what it imports, 32 hex digits; words: closure."""
    return digest(*[(name, source.digest) for name, source in sorted(closure(module, words).items())])


@cache
def closure(module: str, words: frozenset[str] = frozenset()) -> dict[str, Source]:
    """Find a module, the project's modules that it imports, those that they import, and so on, by dotted name.

    A package counts where something is imported from it that is none of its modules: to load it changes no result. So
    do plug-ins that are built: the one of that name where the code spells it out, otherwise those that ``words``,
    the strings in the settings, name. Where they name none, it is a default or stands in a model file: then all of the
    kind count. Found once in a process, whose code does not change either.
    """
    found: dict[str, Source] = {}
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen or "." not in name:
            continue
        seen.add(name)
        source = _read(name)
        if source is None:
            waiting.append(name.rpartition(".")[0])  # the module, or the package, of what is imported
            continue
        found[name] = source
        waiting += source.names
        for kind, spelt in source.built:
            known = plugins(kind)
            chosen = known.keys() & (words if spelt is None else {spelt}) or known.keys()
            waiting += [known[one].module for one in chosen]
    return found


@cache
def _read(name: str) -> Source | None:
    """Read a module or package; None where the name is that of neither."""
    above = name.rpartition(".")[0]
    if "." in above and ((source := _read(above)) is None or not source.is_package):
        return None  # what find_spec looks for inside a module it would import first
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return None
    file, is_package = Path(spec.origin), spec.submodule_search_locations is not None
    weights = [entry for entry in file.parent.iterdir() if entry.name.endswith(WEIGHTS)] if is_package else []
    code, nodes = _code(ast.parse(file.read_text("utf-8")))
    names: set[str] = set()
    built: set[tuple[str, str | None]] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            inside = name.split(".")[: name.count(".") + 1 + is_package - node.level] if node.level else []
            names.update(".".join([*inside, *filter(None, [node.module]), alias.name]) for alias in node.names)
        elif isinstance(node, ast.Constant):
            names.add(str(node.value))
        elif isinstance(node, ast.Call):
            built.update(_built(node))
    top = name.partition(".")[0]
    own = {one for one in names if one.startswith(f"{top}.") and one.replace(".", "_").isidentifier()}
    contents = sorted((entry.name, hashlib.sha256(entry.read_bytes()).hexdigest()) for entry in weights)
    return Source(is_package, digest(code, contents), frozenset(own), frozenset(built))


def _code(tree: ast.Module) -> tuple[str, list[ast.AST]]:
    """The SHA-256 of a module's syntax tree without its docstrings, and the tree's nodes.

    As ast.dump and ast.walk would, in half of their time: a run reads a hundred modules before it starts.
    """
    words: list[str] = []
    nodes: list[ast.AST] = []

    def visit(value: Any) -> None:
        if isinstance(value, ast.AST):
            nodes.append(value)
            words.append(type(value).__name__)
            if isinstance(value, DOCUMENTED) and ast.get_docstring(value, clean=False) is not None:
                value.body = value.body[1:]
            for field in value._fields:
                visit(getattr(value, field))
        elif isinstance(value, list):
            words.append(str(len(value)))
            for one in value:
                visit(one)
        else:
            words.append(repr(value))

    visit(tree)
    return hashlib.sha256("\n".join(words).encode()).hexdigest(), nodes


def _built(call: ast.Call) -> list[tuple[str, str | None]]:
    """The kind, and the name if it is spelt out, that a call is given; nothing where its first argument is no kind."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else None for a in call.args]
    kind, name = [*given, None, None][:2]
    return [(kind, name)] if kind in KINDS and function not in LOOK_UPS else []
