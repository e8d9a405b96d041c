"""MTCNN: a cascade of three small networks that finds faces and five points on each.

Zhang, Zhang, Li, Qiao, "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", IEEE
Signal Processing Letters 2016. The weights are those of the facenet-pytorch package, and so are the boxes, to a
fraction of a pixel, but for faces at the image's border (see build's pad); batches of any sizes are detected at the
speed of the networks.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from eigen2arc.core.bounds import Ge, Le, Length, Share
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.mtcnn.boxes import regress, to_squares, to_windows
from eigen2arc.deep.detect.mtcnn.gpu_networks import GpuNetworks, convert_for_gpu
from eigen2arc.deep.detect.mtcnn.networks import Networks, load_networks
from eigen2arc.deep.detect.mtcnn.proposals import normalize, propose_boxes
from eigen2arc.deep.detect.mtcnn.pyramid import layout
from eigen2arc.deep.ops.area_resample import IntegralImages, resample_crops
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.ops.nms import suppress
from eigen2arc.deep.ops.pixel_batches import batches
from eigen2arc.deep.ops.scratch import Scratch

#: Crops of so many pixels in all go through R-Net or O-Net at once: on a processor their maps then stay in the cache.
CROP_PIXELS = {"cpu": 64 * 24**2, "cuda": 4096 * 24**2}


def build(
    *,
    min_size_px: Annotated[float, Ge(12), Le(100_000)] = 20,
    thresholds: Annotated[Sequence[Share], Length(3, 3)] = (0.6, 0.7, 0.7),
    factor: Annotated[float, Ge(0.1), Le(0.99)] = 0.709,
    pad: bool = True,
    device: str = "auto",
    half: bool = False,
    cuda_graphs: bool = False,
    weights: Path | str | None = None,
) -> "Mtcnn":
    """Build the cascade with its weights loaded.

    min_size_px : the smallest face's side. thresholds : probabilities above which P-Net, R-Net and O-Net pass a window
    on; O-Net's is a face's score. factor : from one level of the pyramid to the next. pad : R-Net and O-Net see zeros
    beyond the image's border, as in the paper's code; false stretches what of a window lies in the image, as
    facenet-pytorch does, which moves the points of faces at the border. half : the networks compute in float16, on a
    GPU only. cuda_graphs : their kernels are launched all at once, on a GPU only, which pays for streams of frames of
    one size. weights : the folder of a training, or one of pnet.pt, rnet.pt and onet.pt; None takes those of the
    installed facenet-pytorch. Raises UserError for weights that do not fit.
    """
    resolved = torch_device(device)
    if resolved.type == "cpu" and (half or cuda_graphs):
        raise UserError("mtcnn: half and cuda_graphs need a GPU; on a CPU leave them out")
    loaded = load_networks(None if weights is None else Path(weights), resolved)
    networks = loaded if resolved.type == "cpu" else convert_for_gpu(loaded, half, cuda_graphs)
    return Mtcnn(networks, min_size_px, (thresholds[0], thresholds[1], thresholds[2]), factor, pad, resolved)


class Mtcnn:
    """The cascade. Its settings are build's.

    The boxes are those that the MATLAB original and facenet-pytorch give. Those count pixels from 1 and include
    both ends; read as ours (from 0, right and bottom exclusive) their left and top side lie up to one pixel inside the
    window that O-Net saw. The points count from 0.
    """

    def __init__(
        self,
        networks: Networks | GpuNetworks,
        min_size_px: float,
        thresholds: tuple[float, float, float],
        factor: float,
        pad: bool,
        device: torch.device,
    ) -> None:
        self.networks = networks
        self.min_size_px = min_size_px
        self.thresholds = thresholds
        self.factor = factor
        self.pad = pad
        self.device = device
        self.scratch = Scratch(device)

    @torch.inference_mode()
    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces: one Faces with landmarks per image (uint8 RGB, sizes may differ), best face first."""
        shapes = [check_image(image, f"images[{i}]") for i, image in enumerate(images)]
        found: list[Faces] = []
        for part in batches(shapes, self.device.type):
            found += self._detect_batch(images[part], tuple(shapes[part]))
        return found

    def _detect_batch(self, images: Sequence[np.ndarray], shapes: tuple[tuple[int, int], ...]) -> list[Faces]:
        levels = layout(shapes, self.min_size_px, self.factor, self.device)
        if levels is None:
            return [Faces.none()] * len(images)
        sums = IntegralImages.of(images, self.scratch)
        boxes, image = propose_boxes(self.networks.pnet, sums, levels, self.thresholds[0])
        boxes, image = self.refine(sums, boxes, image)
        xyxy, scores, points, of = (part.cpu().numpy() for part in self.output(sums, boxes, image))
        return [Faces(xyxy[of == i], scores[of == i], points[of == i]) for i in range(len(images))]

    @torch.inference_mode()
    def propose(self, images: Sequence[np.ndarray], refined: bool) -> list[np.ndarray]:
        """Propose boxes (N, 4), one array per image, counted as those of detect(): what P-Net lets pass.

        refined : what R-Net lets pass of it.
        """
        levels = layout(tuple(image.shape[:2] for image in images), self.min_size_px, self.factor, self.device)
        if levels is None:
            return [np.zeros((0, 4), np.float32)] * len(images)
        sums = IntegralImages.of(images, self.scratch)
        boxes, image = propose_boxes(self.networks.pnet, sums, levels, self.thresholds[0])
        if refined:
            boxes, image = self.refine(sums, boxes, image)
        return [boxes[image == i].cpu().numpy() for i in range(len(images))]

    def refine(self, sums: IntegralImages, boxes: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
        """Run the second stage on candidate boxes: R-Net rejects most of them and moves the others."""
        boxes, image, (scores, offsets) = self._run_network(self.networks.rnet, 24, sums, boxes, image)
        passed = scores > self.thresholds[1]
        boxes, image, scores, offsets = boxes[passed], image[passed], scores[passed], offsets[passed]
        kept = suppress(boxes, scores, image, 0.7)
        return to_squares(regress(boxes[kept], offsets[kept], 1)), image[kept]

    def output(self, sums: IntegralImages, boxes: Tensor, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Run the third stage: O-Net decides, and gives the box and the points: boxes, scores, points, image."""
        boxes, image, (scores, offsets, points) = self._run_network(self.networks.onet, 48, sums, boxes, image)
        passed = scores > self.thresholds[2]
        boxes, image, scores = boxes[passed], image[passed], scores[passed]
        xy = points[passed].view(-1, 2, 5).transpose(1, 2)
        side = boxes[:, 2:] - boxes[:, :2] + 1
        xy = side[:, None] * xy + boxes[:, None, :2] - 1
        boxes = regress(boxes, offsets[passed], 1)
        kept = suppress(boxes, scores, image, 0.7, over="smaller")
        return boxes[kept], scores[kept], xy[kept], image[kept]

    def _run_network(
        self,
        network: Callable[[Tensor], tuple[Tensor, ...]],
        size_px: int,
        sums: IntegralImages,
        boxes: Tensor,
        image: Tensor,
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """A network's outputs for the boxes' pixels; boxes outside of the image are dropped from boxes and image."""
        windows, inside = to_windows(boxes, sums.size[image], self.pad)
        boxes, image, windows = boxes[inside], image[inside], windows[inside]
        step = CROP_PIXELS[self.device.type] // size_px**2
        parts = [
            network(normalize(resample_crops(sums, i, w, size_px)))
            for i, w in zip(image.split(step), windows.split(step), strict=True)
        ]
        return boxes, image, [torch.cat(column) for column in zip(*parts, strict=True)]
