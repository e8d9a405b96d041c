"""Train a face embedding: a backbone and a loss on labelled faces, on one CPU or many GPUs. Reads as it runs.

Nothing random depends on what was drawn before: a step's batch, augmentation and dropout follow from the seed and the
step's number alone. So a run that was killed and resumed is the run that was not.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

from . import checkpoint
from .device import torch_device
from .embed import Backbone, embed, network_input
from .face_crops import face_crops
from .stopping import stop_requested
from .training_data import TrainingData
from .training_state import TrainingState
from .verification import verification_accuracy

#: In the folder of a run: what it goes on from, and what comes out.
STATE, BEST = "state.safetensors", "best.safetensors"


@dataclass(frozen=True)
class Settings:
    """All that decides what comes out. The three ``*_settings`` go to the plug-in's build."""

    backbone: str = "mobilefacenet"  # a plug-in of deep/backbones
    backbone_settings: Mapping[str, Any] = field(default_factory=lambda: {"width": 0.5})
    loss: str = "arcface"  # a plug-in of deep/losses
    loss_settings: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = "synthetic"  # a plug-in of datasets, one that says who is who
    dataset_settings: Mapping[str, Any] = field(
        default_factory=lambda: {"people": 1500, "images_per_person": 20, "seed": 1000}
    )
    held_out_people: int = 100  # people, the last of the data set, kept for verification
    landmark_jitter: float = 0.02  # standard deviation of the points that crops are cut by, in distances of the eyes
    embedding_size: int = 128  # numbers per face
    seed: int = 0  # of weights, order and augmentation
    batch_size: int = 128  # crops, over all devices
    steps: int = 3000  # batches
    warm_up_steps: int = 100  # batches in which the learning rate rises from 0
    learning_rate: float = 0.1  # per step, at its peak; from there it falls as a cosine to 0
    momentum: float = 0.9  # share of the last step that is taken again
    weight_decay: float = 5e-4  # per step and learning rate; of matrices and kernels only
    mixed_precision: str = "no"  # "no" or "bf16": faster on GPUs; on a CPU with bf16 instructions no gain was measured
    verify_every_steps: int = 250  # batches between two looks at the held-out people
    save_every_s: float = 60.0  # seconds between two saved states


class Network(nn.Module):
    """Backbone and loss as one module, which accelerate keeps alike on all devices."""

    def __init__(self, backbone: Backbone, loss: nn.Module) -> None:
        super().__init__()
        self.backbone, self.loss = backbone, loss

    def forward(self, crops: Tensor, labels: Tensor) -> Tensor:
        """(N, S, S, 3) uint8 crops and (N,) labels to the loss, a scalar."""
        return self.loss(self.backbone(network_input(crops)), labels)


def train(
    settings: Settings, out: Path, *, resume: bool = False, device: str = "auto", command: str = ""
) -> np.ndarray:
    """Train; leave in ``out`` best.safetensors (half precision), for the encoder `embedding`, and state.safetensors.

    command : what was typed, to be written down beside the weights. Returns the loss of every step, (steps,) float32.
    Raises UserError for settings that do not fit together and for a loss that is not finite, and KeyboardInterrupt
    after Ctrl-C, once the state is saved.
    """
    check_folder(out, resume)
    if settings.mixed_precision not in ("no", "bf16"):
        raise UserError(f"setting mixed_precision: expected no or bf16, got {settings.mixed_precision!r}")
    accelerator = Accelerator(mixed_precision=settings.mixed_precision, cpu=torch_device(device).type == "cpu")
    main, part, parts = accelerator.is_main_process, accelerator.process_index, accelerator.num_processes

    # The network, the people, the optimiser.
    torch.manual_seed(settings.seed)
    size = {"embedding_size": settings.embedding_size}
    backbone: Backbone = plugins.build("backbone", settings.backbone, **size, **settings.backbone_settings)
    with accelerator.main_process_first():  # one process cuts the faces, the others find them cut
        data = load_data(settings, out, backbone.size_px)
    loss = plugins.build("loss", settings.loss, **size, classes=data.people, **settings.loss_settings)
    network = Network(backbone, loss).to(accelerator.device)
    optimiser = torch.optim.SGD(parameter_groups(network, settings.weight_decay), momentum=settings.momentum)
    state = TrainingState(network, optimiser, {"settings": asdict(settings), "crops": data.name})
    if resume:
        state.load(out / STATE)
    parallel, stepper = accelerator.prepare(network, optimiser)

    saved_s = time.monotonic()
    with stop_requested() as stop, progress_bar(main) as progress:
        bar = progress.add_task("training", total=settings.steps, completed=state.step, text="")
        for crops, labels in data.batches(range(state.step, settings.steps), part, parts):
            torch.manual_seed(settings.seed + state.step)
            rate = learning_rate(settings, state.step)
            for group in optimiser.param_groups:
                group["lr"] = rate
            parallel.train()
            with accelerator.autocast():
                value = parallel(crops.to(accelerator.device), labels.to(accelerator.device))
            check_loss(value, state, out)
            stepper.zero_grad()
            accelerator.backward(value)
            stepper.step()
            state.losses.append(value.item())
            progress.update(bar, advance=1, text=f"loss {value.item():.2f}, accuracy {state.best_accuracy:.4f}")

            last = state.step == settings.steps
            if main and (last or state.step % settings.verify_every_steps == 0):
                look_at_held_out(state, data, backbone, accelerator.device)
                progress.console.print(
                    "step {step}: loss {loss:.3f}, accuracy on people held out {accuracy:.4f}".format(**state.looks[-1])
                )
                if state.looks[-1]["accuracy"] == state.best_accuracy:
                    save_weights(out / BEST, backbone, state, command)
            if main and (last or stop.is_set() or time.monotonic() - saved_s > settings.save_every_s):
                state.save(out / STATE)
                saved_s = time.monotonic()
            if stop.is_set() and not last:
                progress.console.print(
                    f"stopped after step {state.step}; go on with: eigen2arc deep train encoder --out {out} --resume"
                )
                raise KeyboardInterrupt
    return np.array(state.losses, np.float32)


def check_folder(out: Path, resume: bool) -> None:
    """A run goes on only if asked to, and is never overwritten."""
    if resume and not (out / STATE).exists():
        raise UserError(f"{out}: there is no {STATE} to resume from; leave out --resume to start anew")
    if not resume and (out / STATE).exists():
        raise UserError(f"{out}: an earlier run is there; go on with it by --resume, or choose another folder")


def settings_of(out: Path) -> Settings:
    """The settings of the run in that folder, to resume it with."""
    check_folder(out, resume=True)
    return Settings(**checkpoint.load(out / STATE)[1]["settings"])


def load_data(settings: Settings, out: Path, size_px: int) -> TrainingData:
    """The set's crops, cut or found below ``out``, the last people held out."""
    dataset = plugins.build("dataset", settings.dataset, **settings.dataset_settings)
    if dataset.labels is None:
        raise UserError(f"dataset {settings.dataset} does not say who is who: nothing can be learned from it")
    path = face_crops(dataset, out, size_px=size_px, jitter=settings.landmark_jitter, seed=settings.seed)
    people = int(dataset.labels.max()) + 1 - settings.held_out_people
    crops = np.load(path, mmap_mode="r")
    return TrainingData(path.name, crops, dataset.labels, people, settings.batch_size, settings.seed)


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Biases, slopes and normalisation are not decayed: they cannot overfit."""
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


def learning_rate(settings: Settings, step: int) -> float:
    """Linear warm-up, then half a cosine (Loshchilov, Hutter, ICLR 2017, eq. (5), without restarts)."""
    if step < settings.warm_up_steps:
        return settings.learning_rate * (step + 1) / settings.warm_up_steps
    done = (step - settings.warm_up_steps) / max(1, settings.steps - settings.warm_up_steps)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def check_loss(value: Tensor, state: TrainingState, out: Path) -> None:
    """Stop before a loss that is no number spoils the weights."""
    if not torch.isfinite(value):
        raise UserError(
            f"step {state.step}: the loss is {value.item()}; {out} holds what was reached before. "
            "Start anew in another folder with a lower learning_rate or more warm_up_steps"
        )


def look_at_held_out(state: TrainingState, data: TrainingData, backbone: Backbone, device: torch.device) -> None:
    """Note how well people who were never trained on are told apart."""
    crops, labels = data.held_out
    accuracy, pairs = verification_accuracy(embed(backbone, crops, device), labels)
    recent = float(np.mean(state.losses[-100:]))
    state.looks.append({"step": state.step, "loss": recent, "accuracy": accuracy, "pairs": pairs})


def save_weights(path: Path, backbone: Backbone, state: TrainingState, command: str) -> None:
    """The network for use, in half precision, with all that it takes to know where it comes from."""
    tensors = {k: t.half() if t.is_floating_point() else t for k, t in backbone.state_dict().items()}
    versions = {"eigen2arc": version("eigen2arc"), "torch": torch.__version__}
    figures = {"held_out": state.looks[-1], "looks": state.looks}
    checkpoint.save(
        path, tensors, {**state.facts, "step": state.step, "command": command, "versions": versions, "figures": figures}
    )


def progress_bar(shown: bool) -> Progress:
    """Steps done, time left, and the last figures; of many processes only one shows it."""
    figures = TextColumn("{task.fields[text]}")
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), figures
    return Progress(*columns, disable=not shown)
