"""What Eigenfaces and Fisherfaces see: the mean face, the axes as images, and what a face becomes on them."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eigen2arc.classical.encode.encoders.eigenfaces import build as build_eigenfaces
from eigen2arc.classical.linear.projection import grey_rows
from eigen2arc.compare.report.style import COLORS

from .figure import headline, show

COLUMNS = 8

#: Numbers of axes from which a face is reconstructed.
REBUILT = (1, 3, 8, 20, 50, 100)

#: People whose images are drawn as dots, one colour each.
PEOPLE_SHOWN = 8


def eigenfaces(encoder: Any, crop: np.ndarray, crops: np.ndarray) -> Figure:
    """Draw a fitted Eigenfaces on one crop (S, S, 3) uint8; ``crops`` (N, S, S, 3) give the spread along each axis."""
    projection = encoder.projection_
    mean, axes = projection.mean, _unit(projection.axes)
    along = (grey_rows(crops) - mean) @ axes.T
    deviation, share = along.std(axis=0), along.var(axis=0) / (grey_rows(crops) - mean).var(axis=0).sum()
    size = (projection.size_px, projection.size_px)
    page = Figure(figsize=(12.4, 8.9), layout="constrained")
    headline(
        page,
        "Eigenfaces: the directions in which faces vary most",
        f"A face is the mean face plus so much of each eigenface; {len(axes)} numbers stand for {size[0] * size[1]:,} "
        "pixels. Grey is 0, per cent are shares of the variance.",
    )
    panels = page.subplots(5, COLUMNS)
    for panel in panels.ravel():
        panel.set_axis_off()
    shown = min(COLUMNS - 1, len(axes))
    _image(panels[0, 0], mean, size, "mean face")
    for k in range(shown):
        _signed(panels[0, 1 + k], axes[k], size, f"eigenface {k + 1}", f"{share[k]:.1%}")
        _image(panels[1, 1 + k], mean - 2.5 * deviation[k] * axes[k], size)
        _image(panels[2, 1 + k], mean + 2.5 * deviation[k] * axes[k], size)
    for row, sign in ((1, "minus"), (2, "plus")):
        panels[row, 0].text(0.95, 0.5, f"mean face\n{sign} 2.5\ndeviations", ha="right", va="center", fontsize=8.5)
        panels[row, 0].set(xlim=(0, 1), ylim=(0, 1))
    for column, k in enumerate(range(shown, min(shown + COLUMNS, len(axes)))):
        _signed(panels[3, column], axes[k], size, f"eigenface {k + 1}", f"{share[k]:.1%}")
    face = grey_rows(crop[None])[0] - mean
    counts = [k for k in REBUILT if k < len(axes)] + [len(axes)]
    _image(panels[4, 0], mean + face, size, "a face")
    for panel, k in zip(panels[4, 1:], counts, strict=False):
        rebuilt = axes[:k].T @ (axes[:k] @ face)
        left = np.square(face - rebuilt).sum() / max(np.square(face).sum(), 1e-9)
        _image(panel, mean + rebuilt, size, f"from {k}", f"{left:.0%} is missing")
    return page


def fisherfaces(encoder: Any, crop: np.ndarray, crops: np.ndarray, labels: np.ndarray, learned: np.ndarray) -> Figure:
    """Draw a fitted Fisherfaces, and where it puts ``crops`` (N, S, S, 3) uint8 of the people ``labels`` (N,).

    learned : (N,) bool, the crops it was fitted on; the others are new to it. crop : one more face, drawn as a cross.
    """
    projection = encoder.projection_
    size = (projection.size_px, projection.size_px)
    page = Figure(figsize=(12.4, 7.9), layout="constrained")
    headline(
        page,
        "Fisherfaces: the directions that tell people apart",
        "They hold what differs between people, and not between images of the same one. Grey is 0. "
        "Below, each colour is a person: on the left light and pose decide where an image lies, on the right the "
        "person does. Images that were not learned from show how far that holds.",
    )
    top, bottom = page.subfigures(2, 1, squeeze=False, height_ratios=[1, 2.4])[:, 0]
    images = top.subplots(1, COLUMNS)
    for panel in images:
        panel.set_axis_off()
    _image(images[0], projection.mean, size, "mean face")
    for k, (panel, axis) in enumerate(zip(images[1:], projection.axes, strict=False)):
        _signed(panel, axis, size, f"fisherface {k + 1}")
    left, right = bottom.subplots(1, 2)
    seen = learned if learned.any() else np.ones(len(crops), bool)
    unsupervised = build_eigenfaces(components=2).fit(crops[seen], labels[seen])
    for panel, fitted, name in ((left, unsupervised, "eigenfaces"), (right, encoder, "fisherfaces")):
        _scatter(panel, fitted.encode(crops)[:, :2], fitted.encode(crop[None])[0, :2], labels, learned)
        panel.set(title=f"the first two {name}", xlabel="first", ylabel="second")
    return page


def _scatter(axes: Axes, points: np.ndarray, face: np.ndarray, labels: np.ndarray, learned: np.ndarray) -> None:
    for person in range(PEOPLE_SHOWN):
        color = COLORS[person]
        own, new = (labels == person) & learned, (labels == person) & ~learned
        axes.plot(*points[own].T, "o", color=color, markersize=5)
        axes.plot(*points[new].T, "o", color=color, markersize=7, markerfacecolor="none", markeredgewidth=1.6)
    axes.plot(*face, "x", color="black", markersize=9, markeredgewidth=2)
    marks = {"learned from": ("o", "0.4"), "new": ("o", "none"), "the face of the command": ("x", "black")}
    for name, (marker, fill) in marks.items():
        axes.plot([], [], marker, color="0.4" if marker == "o" else "black", markerfacecolor=fill, label=name)
    axes.legend(fontsize=8, frameon=False, loc="best")
    axes.set(xticks=[], yticks=[])


def _unit(axes: np.ndarray) -> np.ndarray:
    """Rows of length 1: a whitened projection stretches them."""
    return axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), np.finfo(np.float32).tiny)


def _image(axes: Axes, row: np.ndarray, size: tuple[int, int], title: str = "", note: str = "") -> None:
    axes.set_axis_on()
    show(axes, row.reshape(size), title, note, vmin=0, vmax=255)


def _signed(axes: Axes, row: np.ndarray, size: tuple[int, int], title: str, note: str = "") -> None:
    axes.set_axis_on()
    most = float(np.quantile(np.abs(row), 0.995))
    show(axes, row.reshape(size), title, note, vmin=-most, vmax=most)
