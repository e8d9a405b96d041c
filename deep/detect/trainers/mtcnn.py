"""MTCNN, its three networks trained one after the other, on hard examples mined by the previous stages."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from eigen2arc.deep.detect.detectors.mtcnn import Mtcnn
from eigen2arc.deep.detect.mtcnn.loss import CascadeLoss
from eigen2arc.deep.detect.mtcnn.networks import Networks, ONet, PNet, RNet
from eigen2arc.deep.detect.mtcnn.training_data import CascadeData
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, POSITIVE

from ._cascade_training import ACCURACY, RECALL, CascadeTrainer, Settings, recall

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
    """MTCNN as _cascade_training.Cascade describes it."""

    name = "mtcnn"
    mined = ("rnet", "onet")

    def __init__(self, settings: Settings) -> None:
        self.networks = Networks(PNet(), RNet(), ONet())
        self.sizes_px = {name: size_px for name, (size_px, _) in STAGES.items()}
        self.settings = settings

    def with_loss(self, name: str) -> nn.Module:
        return CascadeLoss(getattr(self.networks, name), STAGES[name][1])

    def proposer(self, name: str, device: torch.device) -> Callable[[np.ndarray], np.ndarray]:
        detector = self.detector(device)
        # Its boxes count from 1 and include both ends.
        return lambda image: detector.propose([image], refined=name == "onet")[0] - [1, 1, 0, 0]

    def monitor(self, name: str) -> tuple[str, str]:
        return RECALL if name == "onet" else ACCURACY

    def metrics(self, name: str, data: CascadeData, device: torch.device) -> dict[str, float]:
        """Compute how many windows are told apart; for the last network, also the recall of the whole cascade."""
        crops, kind, *_ = data.held_out_batch()
        sure = (kind == POSITIVE) | (kind == NEGATIVE)
        x = crops[sure].permute(0, 3, 1, 2).float().sub(127.5).mul(1 / 128).to(device)
        predicted = getattr(self.networks, name)(x)[0].flatten().cpu() > 0.5
        metrics = {"accuracy": float((predicted == (kind[sure] == POSITIVE)).float().mean())}
        if name == "onet":
            metrics["recall"] = recall(self.detector(device), data)
        return metrics

    def detector(self, device: torch.device) -> Mtcnn:
        """Build the detector of the cascade as it is, letting more pass than in use."""
        return Mtcnn(self.networks, self.settings.min_size_px, PASSES, self.settings.factor, True, device)


def build() -> CascadeTrainer:
    """Build the trainer of the detector `mtcnn`: into the folders pnet, rnet and onet."""
    return CascadeTrainer(Cascade, Networks._fields)
