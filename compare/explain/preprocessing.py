"""Preprocessing as a strip of images: a face before, and after each step."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from eigen2arc.compare.report.style import COLORS
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import to_grey

from .figure import headline, show

COLUMNS = 7


def parse_steps(text: str | None) -> list[list[str]]:
    """Parse gamma,median_filter+tan_triggs to [["gamma"], ["median_filter", "tan_triggs"]]; None to every step alone.

    Raises UserError for a step that does not exist.
    """
    if text is None:
        return [[name] for name in plugins.plugins("preprocessing")]
    chains = [[name.strip() for name in chain.split("+")] for chain in text.split(",")]
    for name in (name for chain in chains for name in chain):
        if not name:
            raise UserError(f"--steps {text}: a name is missing; give steps as in gamma,median_filter+tan_triggs")
        plugins.find("preprocessing", name)
    return chains


def after_each(
    crops: np.ndarray, chains: Sequence[Sequence[str]], settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, np.ndarray]:
    """Return the crops (N, S, S, 3) uint8 as they are, and after each chain of steps, by the chain's label."""
    images = {"original": crops}
    for chain in chains:
        out = crops
        for name in chain:
            out = plugins.build("preprocessing", name, **settings.get(name, {})).apply(out)
        images[" + ".join(chain)] = out
    return images


def strip(images: Mapping[str, np.ndarray], title: str) -> Figure:
    """Draw one face (1, S, S, 3) after each step, and under it the histogram of its grey levels."""
    columns = min(COLUMNS, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(1.75 * columns, 2.75 * rows + 0.5), layout="constrained")
    headline(figure, title)
    panels = figure.subplots(2 * rows, columns, squeeze=False, height_ratios=[3, 1] * rows)
    for axes in panels.ravel():
        axes.set_axis_off()
    for index, (name, crops) in enumerate(images.items()):
        row, column = divmod(index, columns)
        image, levels = panels[2 * row : 2 * row + 2, column]
        for axes in (image, levels):
            axes.set_axis_on()
        show(image, crops[0], _in_lines(name, 22))
        levels.hist(to_grey(crops[0]).ravel(), bins=64, range=(0, 256), color=COLORS[0])
        levels.set(xlim=(0, 256), xticks=[0, 128, 255], yticks=[])
        levels.spines["left"].set_visible(False)
        levels.tick_params(labelsize=6.5, length=2, pad=2)
    return figure


def table(images: Mapping[str, np.ndarray], conditions: Sequence[str], title: str) -> Figure:
    """Draw a face in each of the conditions, a row each, after each step, a column each.

    Under an image stands its correlation, of grey levels, with the same step's image in the first condition.
    """
    figure = Figure(figsize=(1.1 * len(images) + 1.1, 1.28 * len(conditions) + 1.2), layout="constrained")
    headline(
        figure,
        title,
        f"Under each image: its correlation r with the one in {conditions[0]} in the same column. A step that takes "
        "light away brings r to 1.",
    )
    panels = figure.subplots(len(conditions), len(images), squeeze=False)
    for column, (name, crops) in enumerate(images.items()):
        grey = to_grey(crops).reshape(len(crops), -1).astype(float)
        for row, axes in enumerate(panels[:, column]):
            note = f"r = {_correlation(grey[0], grey[row]):.2f}" if row else ""
            show(axes, crops[row], _in_lines(name, 13) if row == 0 else "", note)
    for axes, condition in zip(panels[:, 0], conditions, strict=True):
        axes.set_ylabel(_in_lines(condition, 11), rotation=0, ha="right", va="center", fontsize=8.5)
    return figure


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's; 0 where one of them is flat."""
    a, b = a - a.mean(), b - b.mean()
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else 0.0


def _in_lines(name: str, width: int) -> str:
    """A long name in lines, broken at spaces and after underscores, which textwrap takes as hyphens."""
    return textwrap.fill(name.replace("_", "-"), width).replace("-", "_")
