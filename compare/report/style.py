"""How every plot looks: colours and line styles of systems, settings of matplotlib, and a plot as SVG in a page."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from eigen2arc.core.files import Json

from .numbers import Numbers, numbers_block

#: Okabe and Ito's colours without the yellow that white paper swallows, then Paul Tol's "muted": told apart with every
#: kind of colour blindness, as far as twelve colours can be.
COLORS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
    "#332288", "#882255", "#7d7d2a", "#44aa99", "#aa4499", "#333333",
)  # fmt: skip

#: Lengths of dash and gap, in widths of the line; empty for a solid line.
DASHES: dict[str, tuple[float, ...]] = {
    "classical": (4, 1.6),
    "mixed": (6, 1.6, 1, 1.6),
    "peer": (1.2, 1.2),
    "deep": (),
}

STAGE_COLORS = {
    "detect": "#1b4965",
    "align": "#62b6cb",
    "preprocess": "#8a6fb3",
    "fit": "#f4a259",
    "encode": "#bc4b51",
    "match": "#8d99ae",
}

#: Of a plot's line, in points; a line that another one would hide is wider by so much for each that lies upon it.
LINE_WIDTH, WIDER = 1.7, 2.4

INK, PALE, RULE, EDGE = "#1d2330", "#667085", "#e4e7ec", "#98a2b3"

#: The variables of report.css that stand for the colours in a page, so that plots can be read on dark paper, too.
VARIABLES = {
    INK: "ink",
    PALE: "pale",
    RULE: "rule",
    EDGE: "edge",
    "#ffffff": "paper",
    **{color: f"line-{number}" for number, color in enumerate(COLORS)},
    **{color: f"stage-{stage}" for stage, color in STAGE_COLORS.items()},
}

RC: dict[Any, Any] = {
    "font.size": 9,
    "text.color": INK,
    # A dollar sign in a name is a dollar sign, not the start of a formula.
    "text.parse_math": False,
    "axes.labelcolor": PALE,
    "axes.edgecolor": EDGE,
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
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": PALE,
    "ytick.labelcolor": PALE,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": LINE_WIDTH,
    "lines.dash_capstyle": "butt",
    "lines.solid_capstyle": "butt",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "path.simplify_threshold": 0.3,
    # Text stays text: it can be searched, and takes the page's font.
    "svg.fonttype": "none",
}


@dataclass(frozen=True)
class LineStyle:
    """The colour (#rrggbb) of a system's line, its dashes, see DASHES, and its width in points."""

    color: str
    dashes: tuple[float, ...]
    width: float = LINE_WIDTH

    @property
    def kwargs(self) -> Json:
        """The keyword arguments of a matplotlib line."""
        return {"color": self.color, "linestyle": (0, self.dashes) if self.dashes else "-", "linewidth": self.width}


def line_styles(systems: list[Json]) -> dict[str, LineStyle]:
    """Assign a line style to every system, by name, in the order of the run."""
    return {
        system["name"]: LineStyle(COLORS[number % len(COLORS)], DASHES.get(system["track"], ()))
        for number, system in enumerate(systems)
    }


def widened(styles: Mapping[str, LineStyle], groups: Sequence[Sequence[str]]) -> dict[str, LineStyle]:
    """Widen the lines that others of their group are drawn upon, the first the most, so that all of them show."""
    widths = {name: LINE_WIDTH + WIDER * (len(group) - 1 - n) for group in groups for n, name in enumerate(group)}
    return {name: replace(style, width=widths.get(name, style.width)) for name, style in styles.items()}


def themed(color: str) -> str:
    """Return a colour as CSS: a variable of report.css with that colour where none is set, as in a file of its own."""
    return f"var(--{VARIABLES[color]}, {color})" if color in VARIABLES else color


def inline_svg(figure: Figure, name: str, label: str, numbers: Numbers, of: str = "system") -> Markup:
    """Render a figure as one <svg> element for a page, and its numbers beside it; the same bytes for the same figure.

    name : unique in the page; all ids inside begin with it, since ids of several figures on one page must not meet.
    label : what a screen reader says in place of the figure. numbers, of : see numbers_block; both can be downloaded.
    """
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context(RC | {"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    # The rule in it, for every element there is, would hold for the page around it, too; report.css has it for plots.
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{name}-", text)
    # Matplotlib writes colours into attributes named style alone, and text from outside as escaped text alone.
    text = re.sub(r"(?<=: )#[0-9a-f]{6}(?=[;\"])", lambda color: themed(color[0]), text)
    attributes = f'class="plot" data-name="{name}" role="img" aria-label="{escape(label)}"'
    text = re.sub(r'<svg[^>]*?(viewBox="[^"]*")[^>]*>', lambda found: f"<svg {attributes} {found[1]}>", text, count=1)
    return Markup(text.strip()) + numbers_block(name, numbers, of)
