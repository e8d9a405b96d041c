"""RetinaFace and its small kin: one look at the image finds faces of all sizes and five points on each.

Deng, Guo, Ververas, Kotsia, Zafeiriou, "RetinaFace: Single-shot Multi-level Face Localisation in the Wild", CVPR 2020.
Reads weights that were trained here, and those of the public PyTorch models.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.core.bounds import check_number, check_whole
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces
from eigen2arc.deep.device import torch_device
from eigen2arc.deep.single_shot.anchors import Level, anchors
from eigen2arc.deep.single_shot.fused import fused
from eigen2arc.deep.single_shot.post_processing import to_faces
from eigen2arc.deep.single_shot.variants import MEAN, load

#: Images of one shape are looked at together, up to so many pixels: on a CPU few enough for its cache.
BATCH_PIXELS = {"cpu": 700_000, "cuda": 16_000_000}

#: So many anchors of an image, the best, take part in the non-maximum suppression, as in the public models' evaluation.
MOST_CANDIDATES = 5000


def build(
    *,
    weights: Path | str,
    variant: Literal["mobilenet0.25", "mobilenet0.25_leaky", "resnet50", "slim", "rfb"] = "mobilenet0.25",
    threshold: float = 0.5,
    nms_threshold: float = 0.4,
    scale: float = 1.0,
    longest_side_px: int = 1920,
    min_size_px: float = 0.0,
    device: str = "auto",
) -> "SingleShot":
    """The network with its weights loaded.

    weights : a .safetensors file trained here, or a state dict of the public models (.pth). variant : the network they
    were made for; of the two public files mobilenet0.25_Final.pth that of "Pytorch_Retinaface" is the leaky one, that
    of "Face-Detector-1MB-with-landmark" the other.
    threshold : least probability of a face; 0.02 where a curve over all thresholds is wanted. nms_threshold : of two
    boxes with a higher intersection over union the worse is dropped.
    scale : by which images are resampled before the network sees them. longest_side_px : a larger image, after that,
    is scaled down to it, which bounds memory. min_size_px : least width and height of a face in the image.
    device : see deep.device.
    Raises UserError for a setting that makes no sense and for weights that do not fit.
    """
    check_number(threshold, "retinaface: threshold", 0, 1)
    check_number(nms_threshold, "retinaface: nms_threshold", 0, 1)
    check_number(scale, "retinaface: scale", 0.01, 16)
    check_whole(longest_side_px, "retinaface: longest_side_px", 16, 8192)
    check_number(min_size_px, "retinaface: min_size_px", 0, 100_000)
    place = torch_device(device)
    if not Path(weights).is_file():
        raise UserError(
            f"{weights}: there is no such file; the detector retinaface needs as its weights a .safetensors file "
            "trained here, or a public state dict such as mobilenet0.25_Final.pth"
        )
    network = load(Path(weights), variant)
    levels = network.levels
    return SingleShot(
        fused(network, place), levels, threshold, nms_threshold, scale, longest_side_px, min_size_px, place
    )


class SingleShot:
    """A network with anchors as a detector. Its settings are build's."""

    def __init__(
        self,
        network: nn.Module,
        levels: Sequence[Level],
        threshold: float,
        nms_threshold: float,
        scale: float,
        longest_side_px: int,
        min_size_px: float,
        device: torch.device,
    ) -> None:
        self.network = network
        self.levels = levels
        self.threshold = threshold
        self.nms_threshold = nms_threshold
        self.scale = scale
        self.longest_side_px = longest_side_px
        self.min_size_px = min_size_px
        self.device = device
        self.mean = torch.tensor(MEAN, device=device)
        self._anchors = lru_cache(maxsize=8)(self._new_anchors)

    @property
    def test_scale(self) -> str:
        """To what size images are scaled; see core.stages.Detector."""
        size = "images as they are" if self.scale == 1 else f"images x {self.scale:g}"
        return f"{size}, {self.longest_side_px} px at most"

    @torch.inference_mode()
    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """One Faces with landmarks per image (uint8 RGB, sizes may differ), best face first."""
        shapes = [check_image(image, f"images[{i}]") for i, image in enumerate(images)]
        found = [Faces.none()] * len(shapes)
        for shape in sorted(set(shapes)):
            alike = [i for i, other in enumerate(shapes) if other == shape]
            height, width = self._seen_size(*shape)
            step = max(1, BATCH_PIXELS[self.device.type] // (height * width))
            for start in range(0, len(alike), step):
                numbers = alike[start : start + step]
                stack = np.stack([_resampled(images[i], height, width) for i in numbers])
                for i, faces in zip(numbers, self._detect_stack(stack, shape), strict=True):
                    found[i] = faces
        return found

    def _seen_size(self, height: int, width: int) -> tuple[int, int]:
        """Of what the network sees of an image of that size."""
        factor = min(self.scale, self.longest_side_px / max(height, width))
        return max(1, round(height * factor)), max(1, round(width * factor))

    def _detect_stack(self, stack: np.ndarray, shape: tuple[int, int]) -> list[Faces]:
        """Faces of (B, h, w, 3) uint8 images that had that shape (H, W) before they were resampled."""
        height, width = stack.shape[1:3]
        pixels = torch.from_numpy(stack).to(self.device).float().sub_(self.mean)
        faces = to_faces(
            self.network(pixels.permute(0, 3, 1, 2)),  # a view: the colours stay last in memory
            self._anchors(height, width),
            threshold=self.threshold,
            nms_threshold=self.nms_threshold,
            most_candidates=MOST_CANDIDATES,
            min_size_px=self.min_size_px * min(height / shape[0], width / shape[1]),
        )
        grow = np.array([shape[1] / width, shape[0] / height], np.float32)
        return [_grown(found, grow) for found in faces]

    def _new_anchors(self, height: int, width: int) -> Tensor:
        return anchors(height, width, self.levels).to(self.device)


def _resampled(image: np.ndarray, height: int, width: int) -> np.ndarray:
    if image.shape[:2] == (height, width):
        return image
    smaller = height < image.shape[0]
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def _grown(faces: Faces, grow: np.ndarray) -> Faces:
    """Times (x, y), into the image's own pixels."""
    assert faces.landmarks is not None
    return Faces(faces.boxes * np.tile(grow, 2), faces.scores, faces.landmarks * grow)
