"""Bounds of settings: they come from files and command lines, and are refused before any work is done."""

import math
from collections.abc import Sequence
from typing import Any

from .errors import UserError


def check_number(value: Any, setting: str, low: float, high: float) -> None:
    """Check that a setting is a number from ``low`` to ``high``.

    setting : what a message calls it. Raises UserError.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not (number and low <= value <= high):
        raise UserError(f"{setting}: expected a number from {low:g} to {high:g}, got {value!r}")


def check_numbers(values: Any, setting: str, count: int, low: float, high: float) -> None:
    """Check that a setting is a list of ``count`` numbers from ``low`` to ``high``. Raises UserError."""
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != count:
        raise UserError(f"{setting}: expected {count} numbers, got {values!r}")
    for value in values:
        check_number(value, setting, low, high)


def check_whole(value: Any, setting: str, low: int, high: int) -> None:
    """Check that a setting is a whole number from ``low`` to ``high``. Raises UserError."""
    if not (isinstance(value, int) and not isinstance(value, bool) and low <= value <= high):
        raise UserError(f"{setting}: expected a whole number from {low} to {high}, got {value!r}")
