"""What Gabor encoders see: the bank of kernels, the response of each on the face, and three jets."""

import numpy as np
from matplotlib.figure import Figure, SubFigure

from eigen2arc.classical.descriptors.gabor_bank import gabor_bank
from eigen2arc.classical.descriptors.gabor_kernel import gabor_kernel
from eigen2arc.classical.encode.encoders.gabor_jets import GaborJets
from eigen2arc.classical.encode.encoders.lgbphs import LGBPHS
from eigen2arc.compare.explain.explainer import Explainer, People
from eigen2arc.compare.explain.figure import headline, show
from eigen2arc.compare.report.style import COLORS
from eigen2arc.core.align import template_points
from eigen2arc.core.image import to_grey

#: The points whose jets are shown, by their index in core.align.template_points.
JETS = {"an eye": 0, "the nose": 2, "a corner of the mouth": 4}


def explain(encoder: GaborJets | LGBPHS, crop: np.ndarray, people: People | None) -> Figure:
    """Draw the bank of a GaborJets or LGBPHS, and its moduli on a crop (S, S, 3) uint8."""
    grey = to_grey(crop)
    pixels = tuple(range(len(grey)))
    bank = gabor_bank(len(grey), pixels, pixels, encoder.scales, encoder.directions, encoder.sigma_rad)
    moduli = bank.moduli(grey[None])[0]
    page = Figure(figsize=(15.5, 0.8 * max(encoder.scales, 4) + 1.3), layout="constrained")
    headline(
        page,
        "Gabor: how strong stripes of each width and direction are",
        f"A kernel is a wave under a bell: {encoder.scales} widths (rows), {encoder.directions} directions (columns). "
        "The modulus of its response is high where the face has such stripes; those of all at one point are a jet.",
    )
    left, middle, right = page.subfigures(1, 3, squeeze=False, width_ratios=[0.42, 1, 1])[0]
    _kernels(middle, encoder, len(grey))
    _responses(right, moduli)
    _jets(left, grey, moduli)
    return page


def _jets(subfigure: SubFigure, grey: np.ndarray, moduli: np.ndarray) -> None:
    subfigure.suptitle("the crop, and three jets", fontsize=9, fontweight="bold")
    panels = subfigure.subplots(1 + len(JETS), 1, height_ratios=[2.6, *[1] * len(JETS)])
    show(panels[0], grey)
    points = np.clip(template_points(len(grey)).round().astype(int), 0, len(grey) - 1)
    for axes, (name, point), colour in zip(panels[1:], JETS.items(), COLORS[1:4], strict=True):
        x, y = points[point]
        panels[0].plot(x, y, "o", color=colour, markersize=7, markerfacecolor="none", markeredgewidth=2)
        show(axes, moduli[:, :, y, x], cmap="viridis", aspect="auto")
        axes.set_title(name, fontsize=8, color=colour)


def _kernels(subfigure: SubFigure, encoder: GaborJets | LGBPHS, size_px: int) -> None:
    subfigure.suptitle("the kernels: real subfigure", fontsize=9, fontweight="bold")
    reach = size_px // 2
    panels = subfigure.subplots(encoder.scales, encoder.directions, squeeze=False)
    for scale, row in enumerate(panels):
        for direction, axes in enumerate(row):
            psi = gabor_kernel(scale, direction, encoder.directions, encoder.sigma_rad, reach).sampled().real
            most = np.abs(psi).max()
            show(axes, psi, vmin=-most, vmax=most)


def _responses(subfigure: SubFigure, moduli: np.ndarray) -> None:
    subfigure.suptitle("their responses to the crop: modulus", fontsize=9, fontweight="bold")
    panels = subfigure.subplots(*moduli.shape[:2], squeeze=False)
    for scale, row in enumerate(panels):
        # One colour scale for all directions of a width, so that they can be compared.
        most = moduli[scale].max()
        for direction, axes in enumerate(row):
            show(axes, moduli[scale, direction], vmin=0, vmax=max(most, 1e-9), cmap="viridis")


def build() -> Explainer:
    """Build the explainer; it has no settings."""
    return explain
