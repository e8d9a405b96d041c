"""SSH: a headless VGG-16 finds small, middle and large faces on three of its maps, in one pass.

Najibi, Samangouei, Chellappa, Davis, "SSH: Single Stage Headless Face Detector", ICCV 2017. The five points on
each face are RetinaFace's addition. Reads weights that were trained here.
"""

from pathlib import Path
from typing import Annotated

from eigen2arc.core.bounds import Ge, Le, NonNegative, Share
from eigen2arc.deep.detect.single_shot.anchors.scales import SingleScale
from eigen2arc.deep.detect.single_shot.inference.detector import SingleShot, load_detector


def build(
    *,
    weights: Path | str,
    variant: str = "ssh0.25",
    threshold: Share = 0.5,
    nms_threshold: Share = 0.3,
    scale: Annotated[float, Ge(0.01), Le(16)] = 1.0,
    longest_side_px: Annotated[int, Ge(16), Le(8192)] = 1920,
    min_size_px: NonNegative = 0.0,
    device: str = "auto",
) -> SingleShot:
    """Build SSH with its weights loaded.

    weights : best.safetensors of `eigen2arc deep train detector ssh`. variant : what was trained: ssh, the paper's
    network, or ssh0.25, one with a quarter of the channels; see `eigen2arc list detector_network`. threshold : least
    probability of a face, its score. nms_threshold : of two boxes with a higher intersection over union the worse is
    dropped; 0.3 is the authors'. scale : by which images are resampled before the network sees them. longest_side_px :
    a larger image, after that, is scaled down to it, which bounds memory. min_size_px : least width and height of a
    face in the image. Raises UserError for weights that do not fit.
    """
    return load_detector(
        "ssh",
        weights,
        variant,
        SingleScale(scale, longest_side_px),
        threshold=threshold,
        nms_threshold=nms_threshold,
        min_size_px=min_size_px,
        device=device,
    )
