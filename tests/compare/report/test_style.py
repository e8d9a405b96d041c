"""Colours of plots: variables that dark paper sets, with the colour of light paper where nobody does."""

import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from eigen2arc.compare.report import style
from eigen2arc.compare.report.style import COLORS, INK, VARIABLES, inline_svg, themed

CSS = (Path(style.__file__).parent / "report.css").read_text("utf-8")


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.1 has it."""
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def dark() -> dict[str, str]:
    """The variables that dark paper sets."""
    block = CSS[CSS.index("@media screen and (prefers-color-scheme: dark)") :].partition("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def test_every_colour_of_a_plot_has_one_on_dark_paper_that_can_be_seen() -> None:
    found = dark()
    assert set(VARIABLES.values()) <= set(found)
    paper = luminance(found["paper"])
    for name in VARIABLES.values():
        if name not in ("paper", "rule"):  # what is seen least is the grid, and what is as paper is hollow
            assert (luminance(found[name]) + 0.05) / (paper + 0.05) >= 3, name
    # As many as in light: no two lines look alike for having one colour.
    assert len({found[f"line-{n}"] for n in range(len(COLORS))}) == len(COLORS)


@pytest.mark.usefixtures("drawn")
def test_a_plot_has_variables_in_place_of_the_page_s_colours() -> None:
    figure = Figure(figsize=(2, 2))
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=COLORS[0])
    axes.set_title(f"fill: {COLORS[0]};", color=INK)
    svg = inline_svg(figure, "one", 'a "label"', {"A": {"x": [0, 1]}})
    assert f"stroke: var(--line-0, {COLORS[0]})" in svg and 'data-name="one"' in svg and "a &#34;label&#34;" in svg
    assert not re.search(rf'style="[^"]*(?<!, )({"|".join(VARIABLES)})', svg)
    assert themed("#123456") == "#123456"
