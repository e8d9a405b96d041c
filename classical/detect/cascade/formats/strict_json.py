"""JSON from anywhere, read with suspicion: a small file of plain values, every key once, every value as expected.

Python's reader takes more than JSON allows (NaN, keys twice) and fails in its own ways (recursion, huge numbers).
Here every fault is a ValueError that says where it is.
"""

import json
from pathlib import Path
from typing import Any

#: Whatever is larger in a model is not meant, and would not survive as a float32.
LARGEST = 1e30


def load_object(path: Path, max_bytes: int) -> dict[str, Any]:
    """The object in a file. Raises ValueError for one that is too large, no JSON, or no object; OSError as open()."""
    with path.open("rb") as file:
        text = file.read(max_bytes + 1)  # not asked for before: a pipe has no size
    if len(text) > max_bytes:
        raise ValueError(f"more than {max_bytes:,} bytes, which is the limit")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("lists or objects nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, got {_kind(value)}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r:.40} stands there twice")
    return keys


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), f"{value!r:.40}")


def members(value: object, keys: tuple[str, ...], place: str) -> list[Any]:
    """The values of an object that has exactly these keys."""
    if not isinstance(value, dict):
        raise ValueError(f"{place}: expected an object, got {_kind(value)}")
    if set(value) != set(keys):
        raise ValueError(
            f"{place}: expected the keys {', '.join(keys)}, got {', '.join(map(repr, value)) or 'none':.80}"
        )
    return [value[key] for key in keys]


def items(value: object, low: int, high: int, place: str) -> list[Any]:
    """The items of a list that has from ``low`` to ``high`` of them."""
    if not isinstance(value, list):
        raise ValueError(f"{place}: expected a list, got {_kind(value)}")
    if not low <= len(value) <= high:
        wanted = str(low) if low == high else f"{low} to {high:,}"
        raise ValueError(f"{place}: expected {wanted} items, got {len(value):,}")
    return value


def number(value: object, place: str) -> float:
    """A finite number that a float32 can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        raise ValueError(f"{place}: expected a finite number, got {_kind(value)}")
    return float(value)


def integer(value: object, low: int, high: int, place: str) -> int:
    """A whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{place}: expected a whole number from {low:,} to {high:,}, got {_kind(value)}")
    return value
