"""Cascade-CNN, its six networks trained one after the other, on hard examples mined by the previous stages.

Li et al. 2015, section 3.4: the calibration networks learn from windows drawn near faces; the 24- and the 48-net see
what the cascade before them takes for faces. Each of these begins with the features of the last as its coarser part.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.core.geometry import iou
from eigen2arc.deep.detect.cascade_cnn.calibration import adjust, average
from eigen2arc.deep.detect.cascade_cnn.loss import CalibrationLoss, DetectionLoss, is_near_face
from eigen2arc.deep.detect.cascade_cnn.networks import SIZES_PX, Networks
from eigen2arc.deep.detect.detectors.cascade_cnn import CascadeCnn
from eigen2arc.deep.detect.mtcnn.proposals import normalize
from eigen2arc.deep.detect.mtcnn.training_data import CascadeData
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, POSITIVE

from ._cascade_training import ACCURACY, RECALL, CascadeTrainer, Settings, recall

#: Probabilities from which on windows pass to the training of the 24- and the 48-net, and are counted after the latter:
#: lower than in use, so that the next one also sees what it will see when the net before is unsure.
PASSES = (0.3, 0.3, 0.05)

#: Windows held out that go through a network at once.
WINDOWS_AT_ONCE = 128

OVERLAP = ("overlap", "mean intersection over union of windows near faces held out with them, once calibrated")


class Cascade:
    """Cascade-CNN as _cascade_training.Cascade describes it."""

    name = "cascade_cnn"
    mined = ("net24", "net48")

    def __init__(self, settings: Settings) -> None:
        self.networks = Networks.new()
        self.sizes_px = dict(zip(Networks._fields, np.repeat(SIZES_PX, 2).tolist(), strict=True))
        self.settings = settings

    def with_loss(self, name: str) -> nn.Module:
        if name == "net24":
            self.networks.net24.begin_with(self.networks.net12)
        if name == "net48":
            self.networks.net48.begin_with(self.networks.net24)
        network = getattr(self.networks, name)
        return CalibrationLoss(network) if _calibrates(name) else DetectionLoss(network)

    def proposer(self, name: str, device: torch.device) -> Callable[[np.ndarray], np.ndarray]:
        detector, stages = self.detector(device), 1 + self.mined.index(name)
        return lambda image: detector.run_stages([image], stages)[1].boxes.cpu().numpy()

    def monitor(self, name: str) -> tuple[str, str]:
        if name == "calibration48":
            return RECALL
        return OVERLAP if _calibrates(name) else ACCURACY

    def metrics(self, name: str, data: CascadeData, device: torch.device) -> dict[str, float]:
        """Compute how many windows are told apart, or how well calibrated; at last, also the recall of the cascade."""
        crops, kind, offsets, _ = data.held_out_batch()
        chosen = is_near_face(kind) if _calibrates(name) else (kind == POSITIVE) | (kind == NEGATIVE)
        network = getattr(self.networks, name)
        logits = torch.cat(
            [network(normalize(part.to(device).float())).cpu() for part in crops[chosen].split(WINDOWS_AT_ONCE)]
        )
        if not _calibrates(name):
            return {"accuracy": float((logits.argmax(dim=1) == (kind[chosen] == POSITIVE)).float().mean())}
        metrics = {"overlap": overlap(logits, offsets[chosen])}
        if name == "calibration48":
            metrics["recall"] = recall(self.detector(device), data)
        return metrics

    def detector(self, device: torch.device) -> CascadeCnn:
        """Build the detector of the cascade as it is, letting more pass than in use."""
        return CascadeCnn(self.networks, self.settings.min_size_px, PASSES, self.settings.factor, device)


def _calibrates(name: str) -> bool:
    return name.startswith("calibration")


def overlap(logits: Tensor, offsets: Tensor) -> float:
    """Compute the mean intersection over union of calibrated windows with their faces, 0..1.

    logits : (N, 45). offsets : (N, 4), see nearest_pattern().
    """
    window = torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(len(offsets), 4)
    calibrated, faces = adjust(window, average(logits)).numpy(), (window + offsets).numpy()
    return float(np.mean([iou(a[None], b[None]) for a, b in zip(calibrated, faces, strict=True)]))


def build() -> CascadeTrainer:
    """Build the trainer of the detector `cascade_cnn`: into a folder for each of the six networks."""
    return CascadeTrainer(Cascade, Networks._fields)
