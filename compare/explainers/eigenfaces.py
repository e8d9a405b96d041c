"""What Eigenfaces see: the mean face, the axes as images, and what a face becomes on them."""

import numpy as np
from matplotlib.figure import Figure

from eigen2arc.classical.encode.encoders.eigenfaces import Eigenfaces
from eigen2arc.classical.linear.projection import grey_rows
from eigen2arc.compare.explain.explainer import Explainer, People
from eigen2arc.compare.explain.figure import headline
from eigen2arc.compare.explain.subspaces import COLUMNS, image, signed

#: Numbers of axes from which a face is reconstructed.
REBUILT = (1, 3, 8, 20, 50, 100)


def explain(encoder: Eigenfaces, crop: np.ndarray, people: People | None) -> Figure:
    """Draw a fitted Eigenfaces on one crop (S, S, 3) uint8; people give the spread along each axis."""
    assert people is not None
    projection = encoder.projection_
    mean, axes = projection.mean, _unit(projection.axes)
    faces = grey_rows(people.crops) - mean
    along = faces @ axes.T
    deviation, share = along.std(axis=0), along.var(axis=0) / faces.var(axis=0).sum()
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
    image(panels[0, 0], mean, size, "mean face")
    for k in range(shown):
        signed(panels[0, 1 + k], axes[k], size, f"eigenface {k + 1}", f"{share[k]:.1%}")
        image(panels[1, 1 + k], mean - 2.5 * deviation[k] * axes[k], size)
        image(panels[2, 1 + k], mean + 2.5 * deviation[k] * axes[k], size)
    for row, sign in ((1, "minus"), (2, "plus")):
        panels[row, 0].text(0.95, 0.5, f"mean face\n{sign} 2.5\ndeviations", ha="right", va="center", fontsize=8.5)
        panels[row, 0].set(xlim=(0, 1), ylim=(0, 1))
    for column, k in enumerate(range(shown, min(shown + COLUMNS, len(axes)))):
        signed(panels[3, column], axes[k], size, f"eigenface {k + 1}", f"{share[k]:.1%}")
    face = grey_rows(crop[None])[0] - mean
    counts = [k for k in REBUILT if k < len(axes)] + [len(axes)]
    image(panels[4, 0], mean + face, size, "a face")
    for panel, k in zip(panels[4, 1:], counts, strict=False):
        rebuilt = axes[:k].T @ (axes[:k] @ face)
        left = np.square(face - rebuilt).sum() / max(np.square(face).sum(), 1e-9)
        image(panel, mean + rebuilt, size, f"from {k}", f"{left:.0%} is missing")
    return page


def _unit(axes: np.ndarray) -> np.ndarray:
    """Rows of length 1: a whitened projection stretches them."""
    return axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), np.finfo(np.float32).tiny)


def build() -> Explainer:
    """Build the explainer; it has no settings."""
    return explain
