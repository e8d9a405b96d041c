"""Bounds of settings, written where a setting stands: ``components: Annotated[int, Ge(1)] = 200``.

From the annotations of a plug-in's ``build`` alone come the check of what a person wrote (core.plugins.build), the
words of its message, and the table of `eigen2arc list KIND NAME`. The names are those of annotated-types. pydantic's
validate_call reads such annotations, too; it is not used, since detectors and trainings run on GPU machines that come
without it, and since its messages would have to be worded anew.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from .errors import UserError, did_you_mean


@dataclass(frozen=True)
class Ge:
    """A bound: greater than or equal to ``limit``."""

    limit: float

    def holds(self, value: float) -> bool:
        return bool(value >= self.limit)

    def __str__(self) -> str:
        return f"of at least {self.limit:.10g}"


@dataclass(frozen=True)
class Gt:
    """A bound: greater than ``limit``."""

    limit: float

    def holds(self, value: float) -> bool:
        return bool(value > self.limit)

    def __str__(self) -> str:
        return f"above {self.limit:.10g}"


@dataclass(frozen=True)
class Le:
    """A bound: less than or equal to ``limit``."""

    limit: float

    def holds(self, value: float) -> bool:
        return bool(value <= self.limit)

    def __str__(self) -> str:
        return f"up to {self.limit:.10g}"


@dataclass(frozen=True)
class Lt:
    """A bound: less than ``limit``."""

    limit: float

    def holds(self, value: float) -> bool:
        return bool(value < self.limit)

    def __str__(self) -> str:
        return f"below {self.limit:.10g}"


@dataclass(frozen=True)
class MultipleOf:
    """A bound: a multiple of ``unit``."""

    unit: int

    def holds(self, value: int) -> bool:
        return value % self.unit == 0

    def __str__(self) -> str:
        return f"divisible by {self.unit}"


@dataclass(frozen=True)
class Length:
    """A bound of a list: it has at least ``least`` entries, and at most ``most`` where that is given."""

    least: int
    most: int | None = None

    def holds(self, value: Sequence[Any]) -> bool:
        return self.least <= len(value) <= (len(value) if self.most is None else self.most)

    def __str__(self) -> str:
        return f"with {self.least}{'' if self.least == self.most else ' or more'} entries"


Count = Annotated[int, Ge(1)]
Natural = Annotated[int, Ge(0)]
Seed = Natural
Share = Annotated[float, Ge(0), Le(1)]
Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
#: A margin on an angle.
AcuteAngle = Annotated[float, Ge(0), Lt(math.pi / 2)]
EmbeddingSize = Annotated[int, Ge(1), Le(65536)]
#: A side of an image, a crop or a window.
SidePx = Annotated[int, Ge(1), Le(8192)]
#: A plug-in inside a plug-in: its name, or a table of its name and settings.
PluginTable = str | Mapping[str, Any]

#: What the last part of a setting's name says about its unit.
UNITS = {"px": "pixels", "rad": "radians", "deg": "degrees", "s": "seconds", "grey": "grey levels", "years": "years"}

_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Path: "a path"}


def unit(setting: str) -> str:
    """Return the unit of a setting, which its name ends with, "pixels" of radius_px; "" for one without."""
    return UNITS.get(setting.rpartition("_")[2], "")


def check_settings(settings: Mapping[str, Any], function: Callable[..., Any], owner: str) -> None:
    """Check settings against the annotations of the function, or dataclass, that is to be called with them.

    Raises UserError in the name of ``owner`` for the first value that does not fit: what it is, what was expected, the
    unit, and the nearest word where it is one of several.
    """
    allowed = hints(function)
    for name, value in settings.items():
        if name in allowed and not fits(value, allowed[name]):
            near = did_you_mean(value, _choices(allowed[name])) if isinstance(value, str) else ""
            of_unit = f" ({unit(name)})" if unit(name) else ""
            raise UserError(f"{owner}: {name} = {value!r:.200}: {near}expected {describe(allowed[name])}{of_unit}")


@cache
def hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function's arguments, bounds included; of a class, those of its constructor."""
    arguments_of = function.__init__ if isinstance(function, type) else function  # type: ignore[misc]
    return get_type_hints(arguments_of, include_extras=True)


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a value is what an annotation asks for. Numbers are finite; True is none."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return fits(value, args[0]) and all(bound.holds(value) for bound in args[1:])
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in args)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in args)
    if origin in (Sequence, list, tuple):
        return isinstance(value, list | tuple) and all(fits(one, args[0]) for one in value)
    if hint in (int, float):
        number = isinstance(value, Integral if hint is int else Real) and not isinstance(value, bool)
        return number and _is_finite(value)
    return hint is Any or isinstance(value, origin or hint)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


def describe(hint: Any) -> str:
    """Describe what an annotation asks for: "a whole number of at least 1", "one of fast, quality"."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        match args[1:]:
            case [Ge(low), Le(high)]:
                return f"{describe(args[0])} from {low:.10g} to {high:.10g}"
            case bounds:
                return f"{describe(args[0])} {' and '.join(map(str, bounds))}"
    if origin in (Union, UnionType):
        if set(get_args(PluginTable)) <= set(args):
            return "a name, or a table of a name and settings"
        # A path is written as text, and nothing is not written at all.
        kinds = [one for one in args if one is not NoneType and not (one is str and Path in args)]
        return " or ".join(map(describe, kinds))
    if origin is Literal:
        if len(args) == 1:
            return f'"{args[0]}"' if isinstance(args[0], str) else str(args[0])
        return "one of " + ", ".join(str(one) or '""' for one in args)
    if origin in (Sequence, list, tuple):
        return f"a list, each {describe(args[0])},"
    return "a table" if (origin or hint) is Mapping else _WORDS.get(hint, getattr(hint, "__name__", str(hint)))


def _choices(hint: Any) -> list[str]:
    """All words that an annotation lists."""
    if get_origin(hint) is Literal:
        return [str(one) for one in get_args(hint)]
    return [word for inner in get_args(hint) for word in _choices(inner)]
