"""Settings against their annotations: what passes, what is refused, and in which words."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest

from eigen2arc.core.bounds import (
    Count,
    Ge,
    Gt,
    Le,
    Length,
    Lt,
    MultipleOf,
    PluginTable,
    Positive,
    Share,
    check_settings,
    unit,
)
from eigen2arc.core.errors import UserError


def build(
    *,
    number: Annotated[float, Ge(1), Le(10)] = 1,
    open: Annotated[float, Gt(0), Lt(1)] = 0.5,
    whole: Annotated[int, Ge(1), Le(3)] = 1,
    side: Annotated[int, Ge(16), MultipleOf(16)] = 112,
    radius_px: Positive = 1.0,
    flag: bool = False,
    solver: Literal["auto", "exact"] = "auto",
    edition: Literal["", "first"] = "",
    pairs: Literal[0] | Annotated[int, Ge(2)] = 0,
    shrinkage: Share | Literal["auto"] = 0.0,
    thresholds: Annotated[Sequence[Share], Length(3, 3)] = (0, 0, 0),
    grid: Count | Sequence[Count] = 7,
    base: PluginTable | None = None,
    settings: Mapping[str, Any] | None = None,
    model: str | Path | None = None,
) -> None: ...


ACCEPTED = {
    "number": [1, 2.5, 10, np.float32(3)],
    "open": [0.001, 0.999],
    "whole": [1, 3, np.int64(2)],
    "side": [16, 112],
    "radius_px": [1, 0.1],
    "flag": [True, False],
    "solver": ["auto", "exact"],
    "edition": ["", "first"],
    "pairs": [0, 2],
    "shrinkage": ["auto", 0, 1],
    "thresholds": [[0, 0.5, 1], (1, 1, 1)],
    "grid": [7, [5, 7], (3,)],
    "base": ["lda", {"name": "lda"}, None],
    "settings": [{"a": 1}, None],
    "model": ["a.safetensors", Path("a"), None],
}

REFUSED = {
    "number": [0.999, 10.001, float("nan"), float("inf"), "5", None, False, [5]],
    "open": [0, 1],
    "whole": [0, 4, 2.0, True, "2"],
    "side": [0, 100, 32.0],
    "radius_px": [0, -1],
    "flag": [0, 1, "true"],
    "solver": ["Auto", 1, None],
    "edition": ["second", None],
    "pairs": [1, False, "0"],
    "shrinkage": ["much", 1.1, True],
    "thresholds": [[0, 0.5], [0, 0, 2], 0.5, "abc", {}],
    "grid": [0, [5, 0], "77", [[5]]],
    "base": [5, ["lda"]],
    "settings": ["a", [1]],
    "model": [5, True],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ACCEPTED.items() for value in values])
def test_what_the_annotation_allows_passes(name: str, value: object) -> None:
    check_settings({name: value}, build, "step")


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_the_rest_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(UserError) as refused:
        check_settings({name: value}, build, "step")
    assert str(refused.value).startswith(f"step: {name} = {value!r}: ")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("number", 0, "expected a number from 1 to 10"),
        ("open", 1, "expected a number above 0 and below 1"),
        ("whole", 2.0, "expected a whole number from 1 to 3"),
        ("edition", "firs", r"did you mean 'first'\?.*expected one of \"\", first"),
        ("pairs", 1, "expected 0 or a whole number of at least 2"),
        ("side", 8, "expected a whole number of at least 16 and divisible by 16"),
        ("radius_px", 0, r"expected a number above 0 \(pixels\)"),
        ("flag", 1, "expected true or false"),
        ("solver", "exakt", "did you mean 'exact'. expected one of auto, exact"),
        ("shrinkage", 2, 'expected a number from 0 to 1 or "auto"'),
        ("thresholds", [1], "expected a list, each a number from 0 to 1, with 3 entries"),
        ("base", 5, "expected a name, or a table of a name and settings"),
        ("settings", 5, "expected a table"),
        ("model", 5, "expected a path"),
    ],
)
def test_the_message_says_what_was_expected(name: str, value: object, words: str) -> None:
    with pytest.raises(UserError, match=rf"{words}$"):
        check_settings({name: value}, build, "step")


def test_a_unit_is_the_last_part_of_a_name() -> None:
    assert unit("radius_px") == "pixels"
    assert unit("margin_rad") == "radians"
    assert unit("margin") == unit("components") == ""
