"""What a system needs and a machine may not have: files of the user's, and packages that are no part of the install."""

from importlib.util import find_spec
from pathlib import Path

from .suite import System

#: How a suite marks the name of a Python package.
PACKAGE = "package:"


def missing(system: System) -> str:
    """Say in words what of System.needs is not there; "" where all of it is."""
    absent = [words for need in system.needs if (words := _absent(need))]
    return " and ".join(absent)


def _absent(need: str) -> str:
    if need.startswith(PACKAGE):
        name = need.removeprefix(PACKAGE).strip()
        return "" if name and find_spec(name.partition(".")[0]) else f"the package {name} is not installed"
    return "" if Path(need).exists() else f"there is no file {need}"
