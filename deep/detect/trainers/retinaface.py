"""Train RetinaFace and its kin, SSH or DenseBox on annotated pictures, on one CPU or many GPUs.

See deep/engine/loop.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.deep.detect.data.images import kept
from eigen2arc.deep.detect.data.validation import recall_at_one_false_positive
from eigen2arc.deep.detect.single_shot.anchors.targets import Targets
from eigen2arc.deep.detect.single_shot.inference.detector import SingleShot
from eigen2arc.deep.detect.single_shot.networks.body_weights import start_body
from eigen2arc.deep.detect.single_shot.networks.variants import MEAN, make
from eigen2arc.deep.detect.single_shot.training.data import DetectionData, annotated
from eigen2arc.deep.detect.single_shot.training.multitask_loss import multitask_loss
from eigen2arc.deep.engine import loop as training


@dataclass(frozen=True, kw_only=True)
class Settings(training.Schedule):
    """All that decides what comes out. detector : the plug-in that the weights are for."""

    detector: ClassVar[str] = "retinaface"
    batch_size: int = 16  # pictures, over all devices
    learning_rate: float = 0.01  # per step, at its peak
    variant: str = "mobilenet0.25"  # one of the detector's networks in deep/detect/single_shot/networks/variants.py
    body_weights: str = ""  # a file of torchvision's weights, vgg16 or resnet50, for the body to start from; "" is none
    dataset: str = "scenes"  # a plug-in of datasets, one with annotated faces
    dataset_settings: Mapping[str, Any] = field(default_factory=lambda: {"images": 1000, "seed": 1000})
    held_out_images: int = 50  # pictures, the last of the data set, kept to look at
    size_px: int = 320  # side of the squares that are cut out of the pictures
    box_weight: float = 0.25  # lambda_1 of the multi-task loss
    point_weight: float = 0.1  # lambda_2


class Network(nn.Module):
    """A single-shot network and its loss as one module."""

    def __init__(self, detector: nn.Module, settings: Settings) -> None:
        super().__init__()
        self.detector = detector
        self.weights = (settings.box_weight, settings.point_weight)

    def forward(self, pictures: Tensor, matched: Tensor, boxes: Tensor, points: Tensor) -> Tensor:
        """(B, S, S, 3) uint8 pictures and their Targets to the loss, a scalar."""
        predictions = self.detector(network_input(pictures))
        return multitask_loss(predictions, Targets(matched, boxes, points)).total(*self.weights)


def network_input(pictures: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 RGB to (B, 3, H, W) float32, colours last in memory."""
    return pictures.float().sub_(torch.tensor(MEAN, device=pictures.device)).permute(0, 3, 1, 2)


class Detection:
    """The task: faces are told from all else, with their boxes and points."""

    merit = ("recall", "faces held out that are found at one false positive an image")

    def __init__(self, network: Network, data: DetectionData, settings: Settings, version: str, out: Path) -> None:
        self.go_on = f"eigen2arc deep train detector {settings.detector} --out {out} --resume"
        self.network = network
        self.data = data
        self.facts = {"variant": settings.variant, "settings": asdict(settings), "pictures": version}

    @property
    def deployed(self) -> nn.Module:
        return self.network.detector

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return self.data.batches(steps, part, parts)

    def look(self, device: torch.device) -> dict[str, float]:
        """How many faces of whole pictures that were never trained on are found."""
        scheme = self.data.scheme
        detector = SingleShot(
            self.deployed.eval(), scheme, scheme.views, threshold=0.05, nms_threshold=0.4, device=device
        )
        rows = range(self.data.trained_on, len(self.data.pictures))
        found = [detector.detect([self.data.pictures[i]])[0] for i in rows]
        truth = [self.data.faces[i] for i in rows]
        recall, faces = recall_at_one_false_positive(found, truth)
        return {"recall": recall, "faces": faces}


def train(
    settings: Settings, out: Path, *, resume: bool = False, device: str = "auto", command: str = ""
) -> np.ndarray:
    """Train a detector; ``out``/best.safetensors is for the plug-in ``settings.detector``. See training.run."""
    training.check_folder(out, resume)
    accelerator = training.start(settings, device)
    torch.manual_seed(settings.seed)
    detector: Any = make(settings.variant, settings.detector)
    if settings.body_weights and not resume:
        start_body(detector, Path(settings.body_weights))
    dataset = annotated(settings.dataset, settings.dataset_settings)
    assert dataset.faces is not None
    with accelerator.main_process_first():
        pictures = kept(dataset.images, out)
    data = DetectionData(
        pictures,
        dataset.faces,
        settings.held_out_images,
        settings.size_px,
        detector.scheme,
        settings.batch_size,
        settings.seed,
    )
    task = Detection(Network(detector, settings), data, settings, dataset.images.version, out)
    return training.run(task, settings, out, accelerator, resume=resume, command=command)


def saved_settings(out: Path) -> Settings:
    """Those of the run in that folder. Raises UserError if there is none."""
    return Settings(**training.saved_settings(out))
