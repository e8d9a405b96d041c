"""What Fisherfaces see: the axes as images, and where they put people beside where Eigenfaces do."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eigen2arc.classical.encode.encoders.eigenfaces import Eigenfaces
from eigen2arc.classical.encode.encoders.fisherfaces import Fisherfaces
from eigen2arc.compare.explain.explainer import Explainer, People
from eigen2arc.compare.explain.figure import headline
from eigen2arc.compare.explain.subspaces import COLUMNS, image, signed
from eigen2arc.compare.report.style import COLORS

#: People whose images are drawn as dots, one colour each.
PEOPLE_SHOWN = 8


def explain(encoder: Fisherfaces, crop: np.ndarray, people: People | None) -> Figure:
    """Draw a fitted Fisherfaces, and where it puts people's faces, and the ``crop`` (S, S, 3) uint8 as a cross."""
    assert people is not None
    crops, labels, learned = people.crops, people.labels, people.learned
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
    image(images[0], projection.mean, size, "mean face")
    for k, (panel, axis) in enumerate(zip(images[1:], projection.axes, strict=False)):
        signed(panel, axis, size, f"fisherface {k + 1}")
    left, right = bottom.subplots(1, 2)
    seen = learned if learned.any() else np.ones(len(crops), bool)
    unsupervised = Eigenfaces(components=2).fit(crops[seen], labels[seen])
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


def build() -> Explainer:
    """Build the explainer; it has no settings."""
    return explain
