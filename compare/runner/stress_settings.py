"""What a suite's table [stress] says: which stresses its pairs are put under, and how many pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import plugins

KEYS = ("stresses", "pairs")

#: Every stress that the set can be put under.
ALL = "all"

#: So many pairs give each point of a curve an interval of about 5 points to either side.
PAIRS = 300


@dataclass(frozen=True)
class StressSettings:
    """The stresses, and the number of pairs of [verification], evenly chosen, that are put under each.

    all_that_apply : whether those that the set cannot be put under are left out; else they are an error.
    """

    stresses: tuple[Component, ...]
    pairs: int
    all_that_apply: bool

    @classmethod
    def parse(cls, table: Any, where: str) -> "StressSettings":
        """Read the table: ``stresses``, "all" or a list of plug-ins, and ``pairs``.

        Raises UserError, which begins with ``where``, for another value.
        """
        if not isinstance(table, dict) or not set(table) <= set(KEYS):
            raise UserError(f"{where}: expected a table that may hold {', '.join(KEYS)}, got {table!r:.200}")
        pairs, given = table.get("pairs", PAIRS), table.get("stresses", ALL)
        if not isinstance(pairs, int) or isinstance(pairs, bool) or pairs < 2:
            raise UserError(f"{where}: pairs = {pairs!r:.60}: expected a whole number of at least 2")
        everything = given in (ALL, [ALL])
        chosen = list(plugins("stress")) if everything else given
        if not isinstance(chosen, list) or not chosen:
            raise UserError(f'{where}: stresses = {given!r:.60}: expected "{ALL}", or a list of names or tables')
        stresses = tuple(Component.parse("stress", one, where) for one in chosen)
        names = [stress.name for stress in stresses]
        if len(set(names)) < len(names):
            raise UserError(f"{where}: stresses = {names!r:.200}: expected each once")
        return cls(stresses, pairs, everything)


def add_stress(document: dict[str, Any], words: str) -> None:
    """Add stresses, "blur,jpeg" or "all", to a suite's document, in place of those that it names itself.

    Those that it has a table for keep their settings.
    """
    table = document.setdefault("stress", {})
    if isinstance(table, dict):
        own = table.get("stresses", [])
        known = {one["name"]: one for one in own if isinstance(one, dict) and "name" in one}
        table["stresses"] = [known.get(word, word) for word in split(words)]


def split(words: str) -> Sequence[str]:
    """Split "blur, jpeg" at its commas."""
    return [word.strip() for word in words.split(",") if word.strip()]
