"""DenseBox: every fourth pixel says whether it is in a face's middle and how far its sides are; on a pyramid.

Huang, Yang, Deng, Yu, "DenseBox: Unifying Landmark Localization with End to End Object Detection", 2015. A small one;
see deep/detect/single_shot/networks/densebox.py for what it has in common with RetinaFace instead of the paper. Reads
weights that were trained here.
"""

from pathlib import Path
from typing import Annotated

from eigen2arc.core.bounds import Ge, Le, Share
from eigen2arc.deep.detect.single_shot.anchors.scales import ImagePyramid
from eigen2arc.deep.detect.single_shot.inference.detector import SingleShot, load_detector
from eigen2arc.deep.detect.single_shot.networks.densebox import FACE_PX


def build(
    *,
    weights: Path | str,
    threshold: Share = 0.5,
    nms_threshold: Share = 0.4,
    min_size_px: Annotated[float, Ge(4), Le(100_000)] = 20.0,
    factor: Annotated[float, Ge(0.1), Le(0.95)] = 0.71,
    longest_side_px: Annotated[int, Ge(16), Le(8192)] = 1920,
    device: str = "auto",
) -> SingleShot:
    """Build DenseBox with its weights loaded.

    weights : best.safetensors of `eigen2arc deep train detector densebox`. threshold : least probability of a face, its
    score. nms_threshold : of two boxes with a higher intersection over union the worse is dropped. min_size_px : height
    of the smallest faces that the pyramid is made for. factor : from one level to the next; the network knows faces
    that differ by 1.56 in size. longest_side_px : of a level; for small faces in large images there may be none, which
    bounds memory. Raises UserError for weights that do not fit.
    """
    return load_detector(
        "densebox",
        weights,
        "densebox",
        ImagePyramid(FACE_PX, min_size_px, factor, longest_side_px),
        threshold=threshold,
        nms_threshold=nms_threshold,
        device=device,
    )
