"""Docstrings that read on their own in a tooltip: those of functions start with a verb, and who is public has one."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "datasets", "classical", "deep", "recognize", "compare")

#: In the imperative, one a line. A docstring that starts with another verb adds it here.
VERBS = frozenset(Path(__file__).with_name("imperatives.txt").read_text("utf-8").split())

#: Longer functions need words, shorter ones may speak for themselves.
LONGEST_WITHOUT_DOCSTRING = 8


def public_functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield functions and methods whose names, and whose classes' names, have no leading underscore; no properties."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            is_property = any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
            if not node.name.startswith("_") and not is_property:
                yield node


def offender(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return what is wrong with a function's docstring, "" where it is right."""
    docstring = ast.get_docstring(function)
    if docstring is None:
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        return f"{length} lines and no docstring" if length > LONGEST_WITHOUT_DOCSTRING else ""
    first = docstring.split()[0].rstrip(",.:")
    return "" if first in VERBS else f"its docstring starts with {first!r}, no verb of tests/imperatives.txt"


def test_functions_say_what_they_do() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {wrong}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        for function in public_functions(ast.parse(path.read_text("utf-8")))
        if (wrong := offender(function))
    ]
    assert not found, "\n" + "\n".join(found)


def test_every_module_says_what_it_is() -> None:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    silent = [
        str(path.relative_to(ROOT)) for path in paths if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent, "\n" + "\n".join(silent)


def test_an_offender_is_named() -> None:
    long = "def f():\n" + "    x = 1\n" * 9
    made = (
        'def g():\n    """Of a box."""\n'
        'class A:\n    @property\n    def p(self):\n        """Size."""\n'
        'def h():\n    """Read it."""\n'
    )
    wrong = {function.name: offender(function) for function in public_functions(ast.parse(long + made))}
    assert wrong == {
        "f": "10 lines and no docstring",
        "g": "its docstring starts with 'Of', no verb of tests/imperatives.txt",
        "h": "",
    }
