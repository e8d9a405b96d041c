"""Training any network: batches, steps, looks at what is held out, states to go on from. Reads as it runs.

Nothing random depends on what was drawn before: a step's batch, augmentation and dropout follow from the seed and the
step's number alone. So a run that was killed and resumed is the run that was not.
"""

import errno
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.deep.distributed.partial_fc import keep_shards_apart
from eigen2arc.deep.distributed.processes import any_says
from eigen2arc.deep.distributed.sync_batch_norm import synchronise_norms
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.weights_io import checkpoint

from .allocator import keep_freed_memory
from .learning_rate import check_rates, learning_rate
from .log import Log
from .optimizers import Optimisers
from .schedule import Schedule
from .state import TrainingState
from .stopping import stop_requested

#: In the folder of a run: what it goes on from, and what comes out.
STATE, BEST = "state.safetensors", "best.safetensors"

#: What a full disk says: no space, no more of the user's quota, no more than a file may have.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFull(UserError):
    """There is no room for the next state; the last one is whole."""


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

    def look(self, device: torch.device) -> dict[str, Any]:
        """Figures of the network on what is held out."""
        ...


def start(schedule: Schedule, device: str) -> Accelerator:
    """Take hold of the devices. Raises UserError."""
    check_rates(schedule)
    on_cpu = torch_device(device).type == "cpu"
    accepted = ("no", "bf16") if on_cpu else ("no", "bf16", "fp16")
    if schedule.mixed_precision not in accepted:
        wanted, got = " or ".join(accepted), schedule.mixed_precision
        raise UserError(f"setting mixed_precision: expected {wanted} on this device, got {got!r}")
    if on_cpu:
        keep_freed_memory()
    return Accelerator(mixed_precision=schedule.mixed_precision, cpu=on_cpu)


def run(
    task: Task,
    schedule: Schedule,
    out: Path,
    accelerator: Accelerator,
    *,
    resume: bool,
    command: str,
    shown: bool = True,
) -> np.ndarray:
    """Train; leave in ``out`` best.safetensors (half precision), for use, and state.safetensors, to go on from.

    Beside them the state before that one, and the curves for TensorBoard. command : what was typed, to be written down
    with the weights. shown : whether progress is shown. Returns the loss of every step, (steps,) float32. Raises
    UserError for a loss that is not finite and for a full disk, and KeyboardInterrupt after Ctrl-C, once the state is
    saved.
    """
    main, part, parts = accelerator.is_main_process, accelerator.process_index, accelerator.num_processes
    network = synchronise_norms(task.network).to(accelerator.device)
    optimisers = Optimisers(network, schedule)
    state = TrainingState(network, optimisers.by_name, task.facts, task.merit[0], accelerator.scaler)
    begun_from = state.load(out / STATE) if resume else None
    keep_shards_apart(network)
    parallel = accelerator.prepare(network)
    optimisers.prepare(accelerator)

    saved_s = time.monotonic()
    with (
        disk_can_fill(out, state, task.go_on),
        stop_requested() as stop,
        Log(out, schedule.steps, state.step, task.merit, main and shown) as log,
    ):
        if begun_from not in (None, out / STATE):
            log.say(f"{out / STATE} is damaged; going on from {begun_from}, step {state.step}")
        for batch in task.batches(range(state.step, schedule.steps), part, parts):
            torch.manual_seed(schedule.seed + state.step)
            rate = learning_rate(schedule, state.step)
            stepper = optimisers.of(state.step, rate)
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
                if state.last_is_best:
                    save_weights(out / BEST, task.deployed, state, command)
            due = time.monotonic() - saved_s > schedule.save_every_s
            due, stopping = any_says([last or due, stop.is_set()])
            if due or stopping:
                state.save(out / STATE, main)
                saved_s = time.monotonic()
            if stopping and not last:
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


@contextmanager
def disk_can_fill(out: Path, state: TrainingState, go_on: str) -> Iterator[None]:
    """A disk that is full is the user's to empty: the last state and the best weights are whole."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise DiskFull(
            f"{out}: {error.strerror} after step {state.step}; what was saved there before is whole. "
            f"Make room and go on with: {go_on}"
        ) from error


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
    # Histograms stay in the state: who reads a weights file wants numbers.
    looks = [{name: value for name, value in look.items() if not isinstance(value, list)} for look in state.looks]
    figures = {"held_out": looks[-1], "looks": looks}
    checkpoint.save(
        path, tensors, {**state.facts, "step": state.step, "command": command, "versions": versions, "figures": figures}
    )
