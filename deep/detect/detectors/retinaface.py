"""RetinaFace and lightweight variants: one pass over the image finds faces of all sizes and five points on each.

Deng, Guo, Ververas, Kotsia, Zafeiriou, "RetinaFace: Single-shot Multi-level Face Localisation in the Wild", CVPR 2020.
Reads weights that were trained here, and those of the public PyTorch models.
"""

from pathlib import Path
from typing import Annotated

from eigen2arc.core.bounds import Ge, Le, NonNegative, Share
from eigen2arc.deep.detect.single_shot.anchors.scales import SingleScale
from eigen2arc.deep.detect.single_shot.inference.detector import SingleShot, load_detector


def build(
    *,
    weights: Path | str,
    variant: str = "mobilenet0.25",
    threshold: Share = 0.5,
    nms_threshold: Share = 0.4,
    scale: Annotated[float, Ge(0.01), Le(16)] = 1.0,
    longest_side_px: Annotated[int, Ge(16), Le(8192)] = 1920,
    min_size_px: NonNegative = 0.0,
    device: str = "auto",
) -> SingleShot:
    """Build RetinaFace, or one of its kin, with its weights loaded.

    weights : a .safetensors file trained here, or a state dict of the public models (.pth). variant : the network they
    were made for, mobilenet0.25, mobilenet0.25_leaky, resnet50, slim, rfb, see `eigen2arc list detector_network`; of
    the two public files mobilenet0.25_Final.pth that of "Pytorch_Retinaface" is the leaky one, that of
    "Face-Detector-1MB-with-landmark" the other. threshold : least probability of a face, its score; 0.02 where a curve
    over all thresholds is wanted. nms_threshold : of two boxes with a higher intersection over union the worse is
    dropped. scale : by which images are resampled before the network sees them. longest_side_px : a larger image, after
    that, is scaled down to it, which bounds memory. min_size_px : least width and height of a face in the image. Raises
    UserError for weights that do not fit.
    """
    return load_detector(
        "retinaface",
        weights,
        variant,
        SingleScale(scale, longest_side_px),
        threshold=threshold,
        nms_threshold=nms_threshold,
        min_size_px=min_size_px,
        device=device,
        needs="a .safetensors file trained here, or a public state dict such as mobilenet0.25_Final.pth",
    )
