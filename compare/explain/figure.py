"""What the figures of `eigen2arc explain` have in common: how they are written, and panels that show an image."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eigen2arc.compare.report.style import INK, PALE, RC
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write
from eigen2arc.core.outputs import check_file

DOTS_PER_INCH = 130

#: In the explanation under a title.
LETTERS_PER_INCH = 14

STYLE: dict[Any, Any] = RC | {"figure.facecolor": "white", "axes.grid": False, "axes.titlelocation": "center"}


def check_png(path: Path, image: Path | None) -> None:
    """Check that a path ends in .png, can be written and is not the image to be explained; UserError if it does not."""
    if path.suffix.lower() != ".png":
        raise UserError(f"--out {path}: the figure is a PNG file, give a name that ends in .png")
    check_file(path, image)


def write_png(path: Path, draw: Callable[..., Figure], *arguments: Any) -> None:
    """Draw a figure and write it, atomically. The same figure has the same bytes."""
    with mpl.rc_context(STYLE):
        figure = draw(*arguments)
        with atomic_write(path) as file:
            figure.savefig(file, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})


def show(axes: Axes, image: np.ndarray, title: str = "", note: str = "", **options: Any) -> None:
    """Show an image with a title above and a note below. Grey images (H, W) are drawn black to white, 0..255 if uint8.

    options : go to matplotlib's imshow.
    """
    if image.ndim == 2:
        options = {"cmap": "gray"} | ({"vmin": 0, "vmax": 255} if image.dtype == np.uint8 else {}) | options
    axes.imshow(image, interpolation="nearest", **options)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=8.5)
    axes.set_xlabel(note, fontsize=7.5, color=PALE, labelpad=2)


def headline(figure: Figure, title: str, text: str = "") -> None:
    """Write a title over the whole figure, flush left, and an explanation under it, in lines as long as fit."""
    lines = textwrap.wrap(text, int(LETTERS_PER_INCH * figure.get_figwidth()))
    # A title has one weight and size: the text is one of its own, for which empty lines of the title keep room.
    room = "\n" * (len(lines) + 1 if lines else 0)
    figure.suptitle(title + room, x=0.01, ha="left", fontsize=12, fontweight="bold", color=INK)
    below = 0.98 - 19 / 72 / figure.get_figheight()
    figure.text(0.01, below, "\n".join(lines), ha="left", va="top", fontsize=8.5, color=PALE)
