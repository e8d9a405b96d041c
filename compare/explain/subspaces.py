"""Panels of the figures of Eigenfaces and Fisherfaces: rows of a subspace as images."""

import numpy as np
from matplotlib.axes import Axes

from .figure import show

#: Panels in a row of a figure.
COLUMNS = 8


def image(axes: Axes, row: np.ndarray, size: tuple[int, int], title: str = "", note: str = "") -> None:
    """Show a face, the row (P,) of its grey values 0..255."""
    axes.set_axis_on()
    show(axes, row.reshape(size), title, note, vmin=0, vmax=255)


def signed(axes: Axes, row: np.ndarray, size: tuple[int, int], title: str, note: str = "") -> None:
    """Show an axis, a row (P,) of which 0 is grey."""
    axes.set_axis_on()
    most = float(np.quantile(np.abs(row), 0.995))
    show(axes, row.reshape(size), title, note, vmin=-most, vmax=most)
