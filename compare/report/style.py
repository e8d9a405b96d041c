"""How a system looks in every figure of the page: its colour, and its track as the style of the line."""

from dataclasses import dataclass
from typing import Any

#: Okabe and Ito's colours without the yellow that white paper swallows, then Paul Tol's "muted": told apart with every
#: kind of colour blindness, as far as twelve colours can be.
COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
    "#332288", "#882255", "#7d7d2a", "#44aa99", "#aa4499", "#333333",
)  # fmt: skip

#: Lengths of dash and gap, in widths of the line; empty for a solid line.
DASHES: dict[str, tuple[float, ...]] = {"classical": (4, 1.6), "mixed": (6, 1.6, 1, 1.6), "deep": ()}

STAGE_COLOURS = {
    "detect": "#1b4965",
    "align": "#62b6cb",
    "preprocess": "#8a6fb3",
    "fit": "#f4a259",
    "encode": "#bc4b51",
    "match": "#8d99ae",
}

INK, PALE, RULE = "#1d2330", "#667085", "#e4e7ec"

RC: dict[Any, Any] = {
    "font.size": 9,
    "text.color": INK,
    # A dollar sign in a name is a dollar sign, not the start of a formula.
    "text.parse_math": False,
    "axes.labelcolor": PALE,
    "axes.edgecolor": "#98a2b3",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "xtick.color": "#98a2b3",
    "ytick.color": "#98a2b3",
    "xtick.labelcolor": PALE,
    "ytick.labelcolor": PALE,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 1.7,
    "lines.dash_capstyle": "butt",
    "lines.solid_capstyle": "butt",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "path.simplify_threshold": 0.3,
    # Text stays text: it can be searched, and takes the page's font.
    "svg.fonttype": "none",
}


@dataclass(frozen=True)
class Look:
    """A system's colour (#rrggbb) and the dashes of its line, see DASHES."""

    colour: str
    dashes: tuple[float, ...]

    @property
    def line(self) -> dict[str, Any]:
        """Keyword arguments of a matplotlib line."""
        return {"color": self.colour, "linestyle": (0, self.dashes) if self.dashes else "-"}


def looks(systems: list[dict[str, Any]]) -> dict[str, Look]:
    """The look of every system, by name, in the order of the run."""
    return {
        system["name"]: Look(COLOURS[number % len(COLOURS)], DASHES.get(system["track"], ()))
        for number, system in enumerate(systems)
    }
