"""A network with anchors as a detector: RetinaFace, SSH, DenseBox."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.single_shot.anchors.anchors import anchors
from eigen2arc.deep.detect.single_shot.anchors.scales import Scales
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme
from eigen2arc.deep.detect.single_shot.networks.network import MEAN, load
from eigen2arc.deep.ops.device import torch_device

from .fusion import fuse
from .post_processing import Candidates, select_candidates, to_faces

#: Images of one shape make a batch, up to so many pixels: on a CPU few enough for its cache.
BATCH_PIXELS = {"cpu": 700_000, "cuda": 16_000_000}

#: So many anchors of an image at one scale, the best, take part in the non-maximum suppression, as in the evaluation of
#: RetinaFace's public models.
MOST_CANDIDATES = 5000


class SingleShot:
    """A network that finds faces in one pass, or one a level of a pyramid.

    network : (B, 3, H, W) float32 RGB minus MEAN to Predictions, in evaluation mode on the device. scheme : what they
    are about. scales : at what scales it is run. threshold : least probability of a face. nms_threshold and min_size_px
    : see to_faces.
    """

    def __init__(
        self,
        network: nn.Module,
        scheme: Scheme,
        scales: Scales,
        *,
        threshold: float,
        nms_threshold: float,
        min_size_px: float = 0.0,
        device: torch.device,
    ) -> None:
        self.network = network
        self.scheme = scheme
        self.scales = scales
        self.threshold = threshold
        self.nms_threshold = nms_threshold
        self.min_size_px = min_size_px
        self.device = device
        self.mean = torch.tensor(MEAN, device=device)
        self._anchors = lru_cache(maxsize=32)(self._new_anchors)

    @property
    def test_scale(self) -> str:
        """To what size images are scaled; see core.stages.Detector."""
        return self.scales.description

    @torch.inference_mode()
    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces: one Faces with landmarks per image (uint8 RGB, sizes may differ), best face first."""
        shapes = [check_image(image, f"images[{i}]") for i, image in enumerate(images)]
        found = [Faces.none()] * len(shapes)
        for shape in sorted(set(shapes)):
            sizes = self.scales.sizes(*shape)
            if not sizes:
                continue
            alike = [i for i, other in enumerate(shapes) if other == shape]
            step = max(1, BATCH_PIXELS[self.device.type] // max(height * width for height, width in sizes))
            for start in range(0, len(alike), step):
                rows = alike[start : start + step]
                candidates = [self._candidates([images[i] for i in rows], *size) for size in sizes]
                faces = to_faces(candidates, len(rows), nms_threshold=self.nms_threshold, min_size_px=self.min_size_px)
                for i, own in zip(rows, faces, strict=True):
                    found[i] = own
        return found

    def _candidates(self, images: Sequence[np.ndarray], height: int, width: int) -> Candidates:
        """Detect candidates in images of one shape, resampled to that size; in the images' own pixels."""
        stack = np.stack([_resampled(image, height, width) for image in images])
        pixels = torch.from_numpy(stack).to(self.device).float().sub_(self.mean)
        found = select_candidates(
            self.network(pixels.permute(0, 3, 1, 2)),  # a view: the colours stay last in memory
            self._anchors(height, width),
            self.scheme.codec,
            threshold=self.threshold,
            most=MOST_CANDIDATES,
        )
        return found.scale(images[0].shape[1] / width, images[0].shape[0] / height)

    def _new_anchors(self, height: int, width: int) -> Tensor:
        return anchors(height, width, self.scheme.levels).to(self.device)


def _resampled(image: np.ndarray, height: int, width: int) -> np.ndarray:
    if image.shape[:2] == (height, width):
        return image
    smaller = height < image.shape[0]
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def load_detector(
    name: str,
    weights: Path | str,
    variant: str,
    scales: Scales,
    *,
    threshold: float,
    nms_threshold: float,
    min_size_px: float = 0.0,
    device: str,
    needs: str = "a .safetensors file trained here",
) -> SingleShot:
    """Load the detector of that name, its network with the weights of a file. needs : what it can have for weights.

    Raises UserError for weights that do not fit.
    """
    resolved = torch_device(device)
    if not Path(weights).is_file():
        raise UserError(f"{weights}: there is no such file; the detector {name} needs as its weights {needs}")
    network = load(Path(weights), variant, name)
    scheme = network.scheme
    return SingleShot(
        fuse(network, resolved),
        scheme,
        scales,
        threshold=threshold,
        nms_threshold=nms_threshold,
        min_size_px=min_size_px,
        device=resolved,
    )
