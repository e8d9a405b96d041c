"""The numbers of a plot or a table, in the page, for its script to write as a CSV file."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from .page_script import data_block

#: By what the rows are of, a system or a loss: its columns, all of one length.
Numbers = Mapping[str, Mapping[str, Sequence[Any] | np.ndarray]]

#: A curve keeps so many points along each of its axes.
POINTS = 60

#: Significant digits of a number: more than its trials can carry.
DIGITS = 5


def numbers_block(name: str, numbers: Numbers, of: str = "system") -> Markup:
    """Write numbers as the block of data that belongs to the plot, or table, of that name.

    of : what the rows are of, the first column of the file. What is not finite is left empty.
    """
    series = {
        key: {name: list(map(_plain, values)) for name, values in columns.items()} for key, columns in numbers.items()
    }
    return data_block(f"numbers-{name}", {"of": of, "series": series})


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 2**53 else short


def thinned(x: np.ndarray, y: np.ndarray, *, logarithmic: bool = False) -> np.ndarray:
    """Choose points of a curve, at most 2 * POINTS: both ends, and those next to even steps of x and of y.

    x, y (K,) : ascending. logarithmic : whether the steps of x are even in its logarithm; from its least above 0.
    Returns their indices (M,), ascending.
    """
    chosen = [np.array([0, len(x) - 1])]
    for axis, logs in ((x, logarithmic), (y, False)):
        above = axis[axis > 0] if logs else axis
        if len(above):
            steps = (np.geomspace if logs else np.linspace)(above[0], above[-1], POINTS)
            chosen.append(np.clip(np.searchsorted(axis, steps, side="right") - 1, 0, len(axis) - 1))
    return np.unique(np.concatenate(chosen))
