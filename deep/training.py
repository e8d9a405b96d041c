"""Training any network: batches, steps, looks at what is held out, states to go on from. Reads as it runs.

Nothing random depends on what was drawn before: a step's batch, augmentation and dropout follow from the seed and the
step's number alone. So a run that was killed and resumed is the run that was not.
"""

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from eigen2arc.core.errors import UserError

from . import checkpoint
from .allocator import keep_freed_memory
from .device import torch_device
from .stopping import stop_requested
from .training_log import Log
from .training_state import TrainingState

#: In the folder of a run: what it goes on from, and what comes out.
STATE, BEST = "state.safetensors", "best.safetensors"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The settings that every training has. They and the data decide what comes out."""

    seed: int = 0  # of weights, order and augmentation
    batch_size: int = 128  # samples, over all devices
    steps: int = 3000  # batches
    warm_up_steps: int = 100  # batches in which the learning rate rises from 0
    learning_rate: float = 0.1  # per step, at its peak; from there it falls as a cosine to 0
    momentum: float = 0.9  # share of the last step that is taken again
    weight_decay: float = 5e-4  # per step and learning rate; of matrices and kernels only
    mixed_precision: str = "no"  # "no" or "bf16": faster on GPUs; on a CPU with bf16 instructions no gain was measured
    verify_every_steps: int = 250  # batches between two looks at what is held out
    save_every_s: float = 60.0  # seconds between two saved states


class Task(Protocol):
    """What is trained.

    go_on : the command that goes on with a run that was stopped. merit : the figure of a look that is the higher the
    better the weights are, and what it is called in the line about it.
    """

    go_on: str
    merit: tuple[str, str]

    @property
    def network(self) -> nn.Module:
        """From a batch's tensors to the loss, a scalar: one module, which accelerate keeps alike on all devices."""
        ...

    @property
    def deployed(self) -> nn.Module:
        """The part of the network that is wanted in the end."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """What has to be the same when a run is gone on with; "settings" among it."""
        ...

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        """The tensors of each step or, on one of several devices, this device's part of them."""
        ...

    def look(self, device: torch.device) -> dict[str, float]:
        """Figures of the network on what is held out."""
        ...


def start(schedule: Schedule, device: str) -> Accelerator:
    """Take hold of the devices. Raises UserError."""
    if schedule.mixed_precision not in ("no", "bf16"):
        raise UserError(f"setting mixed_precision: expected no or bf16, got {schedule.mixed_precision!r}")
    on_cpu = torch_device(device).type == "cpu"
    if on_cpu:
        keep_freed_memory()
    return Accelerator(mixed_precision=schedule.mixed_precision, cpu=on_cpu)


def run(
    task: Task, schedule: Schedule, out: Path, accelerator: Accelerator, *, resume: bool, command: str
) -> np.ndarray:
    """Train; leave in ``out`` best.safetensors (half precision), for use, and state.safetensors, to go on from.

    Beside them the curves for TensorBoard. command : what was typed, to be written down with the weights. Returns the
    loss of every step, (steps,) float32. Raises UserError for a loss that is not finite, and KeyboardInterrupt after
    Ctrl-C, once the state is saved.
    """
    main, part, parts = accelerator.is_main_process, accelerator.process_index, accelerator.num_processes
    network = task.network.to(accelerator.device)
    optimiser = torch.optim.SGD(parameter_groups(network, schedule.weight_decay), momentum=schedule.momentum)
    state = TrainingState(network, optimiser, task.facts, task.merit[0])
    if resume:
        state.load(out / STATE)
    parallel, stepper = accelerator.prepare(network, optimiser)

    saved_s = time.monotonic()
    with stop_requested() as stop, Log(out, schedule.steps, state.step, task.merit, main) as log:
        for batch in task.batches(range(state.step, schedule.steps), part, parts):
            torch.manual_seed(schedule.seed + state.step)
            rate = learning_rate(schedule, state.step)
            for group in optimiser.param_groups:
                group["lr"] = rate
            parallel.train()
            with accelerator.autocast():
                value = parallel(*(tensor.to(accelerator.device) for tensor in batch))
            check_loss(value, state, out)
            stepper.zero_grad()
            accelerator.backward(value)
            stepper.step()
            state.losses.append(value.item())
            log.step(state.step, state.losses[-1], rate, state.best)

            last = state.step == schedule.steps
            if main and (last or state.step % schedule.verify_every_steps == 0):
                look_at_held_out(task, state, accelerator.device)
                log.look(state.looks[-1])
                if state.looks[-1][task.merit[0]] == state.best:
                    save_weights(out / BEST, task.deployed, state, command)
            if main and (last or stop.is_set() or time.monotonic() - saved_s > schedule.save_every_s):
                state.save(out / STATE)
                saved_s = time.monotonic()
            if stop.is_set() and not last:
                log.say(f"stopped after step {state.step}; go on with: {task.go_on}")
                raise KeyboardInterrupt
    accelerator.wait_for_everyone()  # the main process has written the weights that the others may want
    return np.array(state.losses, np.float32)


def check_folder(out: Path, resume: bool) -> None:
    """A run goes on only if asked to, and is never overwritten."""
    if resume and not (out / STATE).exists():
        raise UserError(f"{out}: there is no {STATE} to resume from; leave out --resume to start anew")
    if not resume and (out / STATE).exists():
        raise UserError(f"{out}: an earlier run is there; go on with it by --resume, or choose another folder")


def saved_settings(out: Path) -> dict[str, Any]:
    """The settings of the run in that folder, by name, to resume it with."""
    check_folder(out, resume=True)
    settings: dict[str, Any] = checkpoint.load(out / STATE)[1]["settings"]
    return settings


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Biases, slopes and normalisation are not decayed: they cannot overfit."""
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


def learning_rate(schedule: Schedule, step: int) -> float:
    """Linear warm-up, then half a cosine (Loshchilov, Hutter, ICLR 2017, eq. (5), without restarts)."""
    if step < schedule.warm_up_steps:
        return schedule.learning_rate * (step + 1) / schedule.warm_up_steps
    done = (step - schedule.warm_up_steps) / max(1, schedule.steps - schedule.warm_up_steps)
    return schedule.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def check_loss(value: Tensor, state: TrainingState, out: Path) -> None:
    """Stop before a loss that is no number spoils the weights."""
    if not torch.isfinite(value):
        raise UserError(
            f"step {state.step}: the loss is {value.item()}; {out} holds what was reached before. "
            "Start anew in another folder with a lower learning_rate or more warm_up_steps"
        )


def look_at_held_out(task: Task, state: TrainingState, device: torch.device) -> None:
    """Note how well what was never trained on is done."""
    recent = float(np.mean(state.losses[-100:]))
    state.looks.append({"step": state.step, "loss": recent, **task.look(device)})


def save_weights(path: Path, deployed: nn.Module, state: TrainingState, command: str) -> None:
    """The network for use, its parameters in half precision, with all that it takes to know where it comes from."""
    tensors = deployed.state_dict() | {name: p.detach().half() for name, p in deployed.named_parameters()}
    versions = {"eigen2arc": version("eigen2arc"), "torch": torch.__version__}
    figures = {"held_out": state.looks[-1], "looks": state.looks}
    checkpoint.save(
        path, tensors, {**state.facts, "step": state.step, "command": command, "versions": versions, "figures": figures}
    )
