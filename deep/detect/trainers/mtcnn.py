"""Train MTCNN's three networks one after the other, each on what the ones before it let pass.

See deep/engine/loop.py.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from eigen2arc.deep.detect.detectors.mtcnn import Mtcnn
from eigen2arc.deep.detect.mtcnn.loss import CascadeLoss
from eigen2arc.deep.detect.mtcnn.networks import Networks, ONet, PNet, RNet
from eigen2arc.deep.detect.mtcnn.training_data import CascadeData
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, POSITIVE
from eigen2arc.deep.engine import loop as training

from ._cascade_training import ACCURACY, RECALL, Settings, recall, train_in_turn

#: Side of each network's input, and the weights of its losses (Zhang et al. 2016, section II.C).
STAGES = {
    "pnet": (12, (1.0, 0.5, 0.5)),
    "rnet": (24, (1.0, 0.5, 0.5)),
    "onet": (48, (1.0, 0.5, 1.0)),
}

#: Probabilities from which on P-Net and R-Net let windows pass to the next one's training, and O-Net's to be counted:
#: lower than in use, so that the next one also sees what it will see when the net before is unsure.
PASSES = (0.5, 0.5, 0.05)


class Cascade:
    """See cascade_training.Cascade."""

    name = "mtcnn"
    mined = ("rnet", "onet")

    def __init__(self, settings: Settings) -> None:
        self.networks = Networks(PNet(), RNet(), ONet())
        self.sizes_px = {name: size_px for name, (size_px, _) in STAGES.items()}
        self.settings = settings

    def with_loss(self, name: str) -> nn.Module:
        return CascadeLoss(getattr(self.networks, name), STAGES[name][1])

    def passed(self, name: str, device: torch.device) -> Callable[[np.ndarray], np.ndarray]:
        detector = self.detector(device)
        # Its boxes count from 1 and include both ends.
        return lambda picture: detector.passed([picture], refined=name == "onet")[0] - [1, 1, 0, 0]

    def merit(self, name: str) -> tuple[str, str]:
        return RECALL if name == "onet" else ACCURACY

    def figures(self, name: str, data: CascadeData, device: torch.device) -> dict[str, float]:
        """How many windows are told apart; of the last network, how many faces the whole cascade finds."""
        crops, kind, *_ = data.held_out_batch()
        sure = (kind == POSITIVE) | (kind == NEGATIVE)
        x = crops[sure].permute(0, 3, 1, 2).float().sub(127.5).mul(1 / 128).to(device)
        said = getattr(self.networks, name)(x)[0].flatten().cpu() > 0.5
        figures = {"accuracy": float((said == (kind[sure] == POSITIVE)).float().mean())}
        if name == "onet":
            figures["recall"] = recall(self.detector(device), data)
        return figures

    def detector(self, device: torch.device) -> Mtcnn:
        """The cascade as it is, letting more pass than in use."""
        return Mtcnn(self.networks, self.settings.min_size_px, PASSES, self.settings.factor, device)


def train(
    settings: Settings, out: Path, *, resume: bool = False, device: str = "auto", command: str = ""
) -> np.ndarray:
    """Train the three networks into ``out``/pnet, rnet and onet; ``out`` is for the detector `mtcnn` as its weights.

    Returns the losses of all steps, one network after the other. See training.run.
    """
    check_folder(out, resume)
    accelerator = training.start(settings, device)
    torch.manual_seed(settings.seed)
    return train_in_turn(Cascade(settings), settings, out, accelerator, command)


def check_folder(out: Path, resume: bool) -> None:
    """A run goes on only if asked to, and is never overwritten: it has begun where P-Net's state is."""
    training.check_folder(out / "pnet", resume)


def saved_settings(out: Path) -> Settings:
    """Those of the run in that folder. Raises UserError if there is none."""
    return Settings(**training.saved_settings(out / "pnet"))
