"""What MTCNN's three networks see in an image: the pyramid, where P-Net fires, and the boxes that each leaves."""

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from eigen2arc.compare.report.style import COLORS
from eigen2arc.core.errors import UserError
from eigen2arc.deep.detect.detectors.mtcnn import Mtcnn
from eigen2arc.deep.detect.mtcnn.proposals import draw_canvas, normalize, propose_boxes
from eigen2arc.deep.detect.mtcnn.pyramid import STRIDE_PX, WINDOW_PX, Layout, layout
from eigen2arc.deep.ops.area_resample import IntegralImages

from .figure import headline, show

#: Boxes are drawn in the colour of their stage.
PNET, RNET, ONET = COLORS[:3]


@torch.inference_mode()
def figure(detector: Mtcnn, image: np.ndarray) -> Figure:
    """Draw the stages of an Mtcnn on one image (H, W, 3) uint8. Raises UserError for one below the smallest face."""
    levels = layout((image.shape[:2],), detector.min_size_px, detector.factor, detector.device)
    if levels is None:
        least = f"{detector.min_size_px:g}"
        raise UserError(f"the image is smaller than the smallest face searched for, detector.min_size_px={least}")
    sums = IntegralImages.of([image], detector.scratch)
    canvas, heat = _pyramid(detector, sums, levels)
    boxes, number = propose_boxes(detector.networks.pnet, sums, levels, detector.thresholds[0])
    refined, numbers = detector.refine(sums, boxes, number)
    faces, scores, points, _ = detector.output(sums, refined, numbers)

    page = Figure(figsize=(15, 8.4), layout="constrained")
    headline(
        page,
        "MTCNN: three networks, each a closer look at what the one before has left",
        f"P-Net goes over the image at {len(levels.scale)} scales with a window of {WINDOW_PX} px, which a face of "
        f"{detector.min_size_px:g} px fills at the first. R-Net classifies each box that is left from 24 x 24 pixels, "
        "O-Net from 48 x 48; they move the boxes, and O-Net finds five points.",
    )
    pyramid, fires, empty = page.subplots(2, 3)[0]
    show(pyramid, canvas, "the pyramid, on one canvas")
    show(
        fires, heat, f"P-Net: a face at 1, a candidate from {detector.thresholds[0]:g} on", vmin=0, vmax=1, cmap="magma"
    )
    empty.remove()
    first, second, third = page.axes[2:]
    _boxes(first, image, boxes, f"after P-Net: {len(boxes)}", PNET)
    _boxes(second, image, refined, f"after R-Net: {len(refined)}", RNET)
    _boxes(third, image, faces, f"after O-Net: {len(faces)}", ONET)
    x, y = points.cpu().numpy().reshape(-1, 2).T
    third.scatter(x, y, s=5, color=ONET)
    for (left, top, *_), score in zip(faces.tolist(), scores.tolist(), strict=True):
        third.annotate(f"{score:.3f}", (left, top), color=ONET, fontsize=7, va="bottom")
    return page


def _pyramid(detector: Mtcnn, sums: IntegralImages, levels: Layout) -> tuple[np.ndarray, np.ndarray]:
    """The canvas, uint8 RGB, and P-Net's map of it: probabilities 0..1, 0 between the levels."""
    last = levels.strips[-1]
    height, width = last.top + last.size[0], last.size[1]
    whole = np.full((height, width, 3), 255, np.uint8)
    heat = np.zeros((height // STRIDE_PX, width // STRIDE_PX), np.float32)
    for strip in levels.strips:
        pixels = draw_canvas(sums, strip, between=255.0)
        whole[strip.top : strip.top + strip.size[0]] = pixels.byte().cpu().numpy()
        probability = detector.networks.pnet(normalize(pixels[None]), strip.repeat)[0][0]
        seen = (probability * (strip.owner >= 0)).cpu().numpy()
        top = strip.top // STRIDE_PX
        heat[top : top + seen.shape[0], : seen.shape[1]] = seen
    return whole, heat


def _boxes(axes: Axes, image: np.ndarray, boxes: torch.Tensor, title: str, colour: str) -> None:
    show(axes, image, title)
    outlines = [Rectangle((x1, y1), x2 - x1, y2 - y1) for x1, y1, x2, y2 in boxes.tolist()]
    axes.add_collection(PatchCollection(outlines, facecolor="none", edgecolor=colour, linewidth=0.8))
    axes.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
