"""Train RetinaFace and its kin, SSH or DenseBox on annotated images, on one CPU or many GPUs.

The loop is that of deep/engine/loop.py; here is what it trains: the settings, the network with its loss, and how it is
evaluated. What makes a RetinaFace, an SSH or a DenseBox of it are settings; see deep/detect/trainers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.core.bounds import Count, Ge, Le, NonNegative, Positive
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import settings_of_file
from eigen2arc.deep.detect.data.images import cache_images
from eigen2arc.deep.detect.data.validation import recall_at_one_false_positive
from eigen2arc.deep.detect.single_shot.anchors.targets import Targets
from eigen2arc.deep.detect.single_shot.inference.detector import SingleShot
from eigen2arc.deep.detect.single_shot.networks.network import MEAN, make
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.weights_io import checkpoint
from eigen2arc.deep.weights_io.state_dict_file import read_state_dict

from .data import DetectionData, load_annotated
from .multitask_loss import multitask_loss


@dataclass(frozen=True, kw_only=True)
class Settings(training.Schedule):
    """All that decides what comes out. The defaults are RetinaFace's."""

    batch_size: Count = 16  # images, over all devices
    learning_rate: Positive = 0.01  # per step, at its peak
    variant: str = "mobilenet0.25"  # one of the detector's networks, see `eigen2arc list detector_network`
    body_weights: str = ""  # a file of torchvision's weights, vgg16 or resnet50, for the body to start from; "" is none
    dataset: str = "scenes"  # a plug-in of datasets, one with annotated faces
    dataset_settings: Mapping[str, Any] = field(default_factory=lambda: {"images": 1000, "seed": 1000})
    held_out_images: Count = 50  # images, the last of the data set, to evaluate on
    size_px: Annotated[int, Ge(32), Le(8192)] = 320  # side of the squares that are cut out of the images
    box_weight: NonNegative = 0.25  # lambda_1 of the multi-task loss
    point_weight: NonNegative = 0.1  # lambda_2


class SingleShotTrainer:
    """Implements core.stages.Trainer. detector : the plug-in that the weights are for. defaults : its settings."""

    def __init__(self, detector: str, defaults: Settings) -> None:
        self.detector = detector
        self.defaults = defaults

    def train(
        self, settings: Settings, out: Path, *, resume: bool = False, device: str = "auto", command: str = ""
    ) -> np.ndarray:
        """Train the network into the folder ``out``; best.safetensors there is for the detector. See engine.loop.run.

        Returns the loss of every step, (steps,) float32. Raises UserError.
        """
        training.check_folder(out, resume)
        accelerator = training.start(settings, device)
        torch.manual_seed(settings.seed)
        network = make(settings.variant, self.detector)
        if settings.body_weights and not resume:
            load_body(network, Path(settings.body_weights))
        dataset = load_annotated(settings.dataset, settings.dataset_settings)
        assert dataset.faces is not None
        with accelerator.main_process_first():
            images = cache_images(dataset.images, out)
        data = DetectionData(
            images,
            dataset.faces,
            settings.held_out_images,
            settings.size_px,
            network.scheme,
            settings.batch_size,
            settings.seed,
        )
        resume_command = f"eigen2arc deep train detector {self.detector} --out {out} --resume"
        task = DetectionTask(NetworkWithLoss(network, settings), data, settings, dataset.images.version, resume_command)
        return training.run(task, settings, out, accelerator, resume=resume, command=command)

    def saved_settings(self, out: Path) -> Settings:
        """Read the settings of the run in the folder ``out``. Raises UserError if there is none."""
        saved = {**asdict(self.defaults), **training.saved_settings(out)}
        return settings_of_file(Settings, saved, out / training.STATE)

    def weights(self, out: Path) -> Path:
        """Return the file of a run in ``out`` that the detector takes for its setting ``weights``."""
        return out / training.BEST


class DetectionTask:
    """The task of engine.loop: faces are told from all else, with their boxes and points.

    version : of the images.
    """

    monitor = ("recall", "faces held out that are found at one false positive an image")

    def __init__(
        self, network: "NetworkWithLoss", data: DetectionData, settings: Settings, version: str, resume_command: str
    ) -> None:
        self.resume_command = resume_command
        self.network = network
        self.data = data
        self.metadata = {"variant": settings.variant, "settings": asdict(settings), "pictures": version}

    @property
    def export_module(self) -> nn.Module:
        return self.network.detector

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return self.data.batches(steps, part, parts)

    def evaluate(self, device: torch.device) -> dict[str, float]:
        """Compute how many faces of whole images that were never trained on are found."""
        scheme = self.data.scheme
        detector = SingleShot(
            self.export_module.eval(), scheme, scheme.scales, threshold=0.05, nms_threshold=0.4, device=device
        )
        rows = range(self.data.trained_on, len(self.data.images))
        found = [detector.detect([self.data.images[i]])[0] for i in rows]
        truth = [self.data.faces[i] for i in rows]
        recall, faces = recall_at_one_false_positive(found, truth)
        return {"recall": recall, "faces": faces}


class NetworkWithLoss(nn.Module):
    """A single-shot network and its loss as one module."""

    def __init__(self, detector: nn.Module, settings: Settings) -> None:
        super().__init__()
        self.detector = detector
        self.weights = (settings.box_weight, settings.point_weight)

    def forward(self, images: Tensor, matched: Tensor, boxes: Tensor, points: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (B, S, S, 3) uint8 images and their Targets."""
        predictions = self.detector(network_input(images))
        return multitask_loss(predictions, Targets(matched, boxes, points)).total(*self.weights)


def network_input(images: Tensor) -> Tensor:
    """Convert (B, H, W, 3) uint8 RGB to a network's input (B, 3, H, W) float32, colours last in memory."""
    return images.float().sub_(torch.tensor(MEAN, device=images.device)).permute(0, 3, 1, 2)


def load_body(network: nn.Module, path: Path) -> None:
    """Load torchvision's weights, trained on ImageNet, into a network's body: vgg16 for SSH, resnet50 for RetinaFace.

    path : a state dict written by torch.save; what it has for classification is left out. Raises UserError for one that
    does not fit, and for a network whose body torchvision does not know.
    """
    body = getattr(network, "body", None)
    if body is None:
        raise UserError(f"body_weights: {path} cannot be used: this variant has no body that is known elsewhere")
    state = read_state_dict(path)
    checkpoint.load_into(body, {name: state[name] for name in body.state_dict() if name in state}, str(path))
