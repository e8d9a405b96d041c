"""Cascade-CNN: three small networks reject window after window, three others move and scale what is left onto faces.

Li, Lin, Shen, Brandt, Hua, "A Convolutional Neural Network Cascade for Face Detection", CVPR 2015: the step before
MTCNN. Its weights are trained here: `eigen2arc deep train detector cascade_cnn`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from eigen2arc.core.bounds import Ge, Le, Length, Share
from eigen2arc.core.checks import check_image
from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.cascade_cnn.calibration import adjust, average
from eigen2arc.deep.detect.cascade_cnn.networks import SIZES_PX, Networks, load_networks
from eigen2arc.deep.detect.cascade_cnn.windows import Windows, apply_network, drop_outside, sliding_windows
from eigen2arc.deep.ops.area_resample import IntegralImages
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.ops.nms import suppress
from eigen2arc.deep.ops.pixel_batches import batches
from eigen2arc.deep.ops.scratch import Scratch

#: Of two windows of one level that overlap by more (intersection over union) the worse is dropped after the 12- and the
#: 24-net; in the end the smaller of the two counts, so that a window inside another falls, too.
LEVEL_NMS, LAST_NMS = 0.5, 0.5


def build(
    *,
    weights: Path | str,
    min_size_px: Annotated[float, Ge(12), Le(100_000)] = 20,
    thresholds: Annotated[Sequence[Share], Length(3, 3)] = (0.5, 0.5, 0.5),
    factor: Annotated[float, Ge(0.1), Le(0.99)] = 0.709,
    device: str = "auto",
) -> "CascadeCnn":
    """Build the cascade with its weights loaded.

    weights : the folder of a training. min_size_px : the smallest face's side. thresholds : probabilities above which
    the 12-, 24- and 48-net pass a window on; the 48-net's is a face's score. factor : from one level of the pyramid to
    the next. Raises UserError for weights that do not fit.
    """
    resolved = torch_device(device)
    return CascadeCnn(load_networks(Path(weights), resolved), min_size_px, thresholds, factor, resolved)


class CascadeCnn:
    """The cascade. Its settings are build's. Faces are squares, without landmarks."""

    def __init__(
        self,
        networks: Networks,
        min_size_px: float,
        thresholds: Sequence[float],
        factor: float,
        device: torch.device,
    ) -> None:
        self.networks = networks
        self.min_size_px = min_size_px
        self.thresholds = thresholds
        self.factor = factor
        self.device = device
        self.scratch = Scratch(device)

    @torch.inference_mode()
    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces: one Faces without landmarks per image (uint8 RGB, sizes may differ), best face first."""
        shapes = [check_image(image, f"images[{i}]") for i, image in enumerate(images)]
        found: list[Faces] = []
        for part in batches(shapes, self.device.type):
            scores, windows = self.run_stages(images[part])
            boxes, score, of = (column.cpu().numpy() for column in (windows.boxes, scores, windows.image))
            found += [Faces(boxes[of == i], score[of == i]) for i in range(len(images[part]))]
        return found

    @torch.inference_mode()
    def run_stages(self, images: Sequence[np.ndarray], stages: int = 3) -> tuple[Tensor, Windows]:
        """Run the first ``stages`` stages on images; returns the scores (N,) and windows that are left.

        They are best first within an image or, before the last stage, within a level.

        Section 3.2.7: windows suppress those of their own level only, as the first networks may be surer of other
        things than of a face; in the end they do of all levels. There the paper calibrates afterwards, which is quicker
        and leaves windows behind that have been moved onto the same face.
        """
        windows = sliding_windows([image.shape[:2] for image in images], self.min_size_px, self.factor, self.device)
        sums = IntegralImages.of(images, self.scratch)
        for stage in range(stages):
            scores, windows = self._stage(stage, sums, drop_outside(sums, windows))
            if SIZES_PX[stage] < SIZES_PX[-1]:
                kept = suppress(windows.boxes, scores, windows.level, LEVEL_NMS)
            else:
                kept = suppress(windows.boxes, scores, windows.image, LAST_NMS, over="smaller")
            scores, windows = scores[kept], windows.rows(kept)
        return scores, windows

    def _stage(self, number: int, sums: IntegralImages, windows: Windows) -> tuple[Tensor, Windows]:
        """Reject windows, and move and scale the others."""
        net, calibration = self.networks[2 * number : 2 * number + 2]
        size_px = SIZES_PX[number]
        scores = apply_network(net, size_px, sums, windows).softmax(dim=1)[:, 1]
        faces = scores > self.thresholds[number]
        windows = windows.rows(faces)
        change = average(apply_network(calibration, size_px, sums, windows))
        return scores[faces], windows._replace(boxes=adjust(windows.boxes, change))
