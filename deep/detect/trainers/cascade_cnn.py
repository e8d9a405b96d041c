"""Train Cascade-CNN's six networks one after the other, each on what the ones before it let pass. See
deep/engine/loop.py.

Li et al. 2015, section 3.4: the calibration networks learn from windows drawn near faces; the 24- and the 48-net see
what the cascade before them takes for faces. Each of these begins with the features of the last as its coarser part.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.core.geometry import iou
from eigen2arc.deep.detect.cascade_cnn.calibration import adjust, average
from eigen2arc.deep.detect.cascade_cnn.loss import CalibrationLoss, DetectionLoss, near_face
from eigen2arc.deep.detect.cascade_cnn.networks import SIZES_PX, Networks
from eigen2arc.deep.detect.detectors.cascade_cnn import CascadeCnn
from eigen2arc.deep.detect.mtcnn.candidates import normalise
from eigen2arc.deep.detect.mtcnn.training_data import CascadeData
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, POSITIVE
from eigen2arc.deep.engine import loop as training

from ._cascade_training import ACCURACY, RECALL, Settings, recall, train_in_turn

#: Probabilities from which on windows pass to the training of the 24- and the 48-net, and are counted after the latter:
#: lower than in use, so that the next one also sees what it will see when the net before is unsure.
PASSES = (0.3, 0.3, 0.05)

#: Windows held out that go through a network at once.
AT_ONCE = 128

OVERLAP = ("overlap", "mean intersection over union of windows near faces held out with them, once calibrated")


class Cascade:
    """See cascade_training.Cascade."""

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
        return CalibrationLoss(network) if calibrates(name) else DetectionLoss(network)

    def passed(self, name: str, device: torch.device) -> Callable[[np.ndarray], np.ndarray]:
        detector, stages = self.detector(device), 1 + self.mined.index(name)
        return lambda picture: detector.passed([picture], stages)[1].boxes.cpu().numpy()

    def merit(self, name: str) -> tuple[str, str]:
        if name == "calibration48":
            return RECALL
        return OVERLAP if calibrates(name) else ACCURACY

    def figures(self, name: str, data: CascadeData, device: torch.device) -> dict[str, float]:
        """How many windows are told apart, or how well calibrated; of the last network, how many faces all six find."""
        crops, kind, offsets, _ = data.held_out_batch()
        chosen = near_face(kind) if calibrates(name) else (kind == POSITIVE) | (kind == NEGATIVE)
        network = getattr(self.networks, name)
        said = torch.cat([network(normalise(part.to(device).float())).cpu() for part in crops[chosen].split(AT_ONCE)])
        if not calibrates(name):
            return {"accuracy": float((said.argmax(dim=1) == (kind[chosen] == POSITIVE)).float().mean())}
        figures = {"overlap": overlap(said, offsets[chosen])}
        if name == "calibration48":
            figures["recall"] = recall(self.detector(device), data)
        return figures

    def detector(self, device: torch.device) -> CascadeCnn:
        """The cascade as it is, letting more pass than in use."""
        return CascadeCnn(self.networks, self.settings.min_size_px, PASSES, self.settings.factor, device)


def calibrates(name: str) -> bool:
    return name.startswith("calibration")


def overlap(logits: Tensor, offsets: Tensor) -> float:
    """Mean intersection over union of calibrated windows with their faces. offsets : (N, 4), see nearest()."""
    window = torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(len(offsets), 4)
    calibrated, faces = adjust(window, average(logits)).numpy(), (window + offsets).numpy()
    return float(np.mean([iou(a[None], b[None]) for a, b in zip(calibrated, faces, strict=True)]))


def train(
    settings: Settings, out: Path, *, resume: bool = False, device: str = "auto", command: str = ""
) -> np.ndarray:
    """Train the six networks into folders of ``out``, which is for the detector `cascade_cnn` as its weights.

    Returns the losses of all steps, one network after the other. See training.run.
    """
    check_folder(out, resume)
    accelerator = training.start(settings, device)
    torch.manual_seed(settings.seed)
    return train_in_turn(Cascade(settings), settings, out, accelerator, command)


def check_folder(out: Path, resume: bool) -> None:
    """A run goes on only if asked to, and is never overwritten: it has begun where the 12-net's state is."""
    training.check_folder(out / "net12", resume)


def saved_settings(out: Path) -> Settings:
    """Those of the run in that folder. Raises UserError if there is none."""
    return Settings(**training.saved_settings(out / "net12"))
