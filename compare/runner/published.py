"""A system's published figure, and how far ours is from it."""

from dataclasses import dataclass
from typing import Any

from eigen2arc.core.errors import UserError

#: What a published figure may be, and the tasks that give ours, the first one that the suite has.
FIGURES = {"accuracy": ("verification",), "rank1": ("identification",), "error": ("identification", "verification")}

KEYS = ("figure", "value", "source", "differs")


@dataclass(frozen=True)
class Published:
    """A figure that was published for a system. value : a share, 0..1. source : where it stands.

    figure : a key of FIGURES. differs : why ours may be another one; printed beside the two.
    """

    figure: str
    value: float
    source: str
    differs: str

    def beside(self, figures: dict[str, Any]) -> dict[str, Any]:
        """For metrics.json: published, ours, and the difference (ours less published), all shares.

        figures : a system's figures by task, as metrics.json has them; one of the figure's tasks is among them.
        """
        task = next(task for task in FIGURES[self.figure] if task in figures)
        right = figures[task]["accuracy"]["mean"] if task == "verification" else figures[task]["rank1"]
        ours = 1 - right if self.figure == "error" else right
        return {
            "figure": self.figure,
            "published": self.value,
            "ours": ours,
            "difference": ours - self.value,
            "source": self.source,
            "differs": self.differs,
        }


def published(table: Any, where: str) -> Published:
    """The key ``published`` of a system in a suite file. Raises UserError, beginning with ``where``."""
    if not isinstance(table, dict) or set(table) != set(KEYS):
        raise UserError(f"{where}: expected a table with {', '.join(KEYS)}, got {table!r}")
    if table["figure"] not in FIGURES:
        raise UserError(f"{where}: figure = {table['figure']!r}: expected one of {', '.join(FIGURES)}")
    value = table["value"]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise UserError(f"{where}: value = {value!r}: expected a share from 0 to 1")
    texts = [table[key] for key in ("source", "differs")]
    if not all(isinstance(text, str) and text for text in texts):
        raise UserError(f"{where}: source and differs are to be words")
    return Published(table["figure"], float(value), *texts)
